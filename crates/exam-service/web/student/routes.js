// The pages of students.

import { Frame } from "../design/frame.js";
import { lazily } from "../design/states.js";
import { speak, t } from "../language.js";
import { inPeace } from "../offline.js";
import { html } from "../view.js";
import { ExamPage } from "./exam/page.js";

/** What is not for sitting an exam, and waits until that is there. */
const LATER = {
  before: () => import("./before.js"),
  exams: () => import("./exams.js"),
  history: () => import("./history.js"),
  receipt: () => import("./receipt.js"),
  result: () => import("./result.js"),
};

/** @type {readonly import("../router.js").Route[]} */
const ROUTES = [
  { path: "/exams", view: lazily(LATER.exams, "Exams") },
  { path: "/exams/:id", view: lazily(LATER.before, "BeforePage") },
  { path: "/history", view: lazily(LATER.history, "History") },
  { path: "/attempts/:id", view: ExamPage },
  { path: "/attempts/:id/receipt", view: lazily(LATER.receipt, "ReceiptPage") },
  { path: "/attempts/:id/result", view: lazily(LATER.result, "ResultPage") },
];

/**
 * In an exam there is nothing beside it: no way out that is hit by mistake.
 * @param {{ path: string, children: unknown }} props
 */
function StudentFrame({ path, children }) {
  if (/^\/attempts\/[^/]+$/.test(path)) return html`${children}`;
  const places = [{ path: "/exams", label: t("exams.title") }, { path: "/history", label: t("history.title") }];
  return html`<${Frame} path=${path} places=${places}>${children}<//>`;
}

function style() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("./student.css", import.meta.url).href;
  document.head.append(sheet);
  return new Promise((resolve) => { sheet.onload = sheet.onerror = () => resolve(undefined); });
}

/** @returns {Promise<import("../main.js").Area>} */
export async function area() {
  // All of them are here then, of this release, whatever becomes of the network.
  inPeace(() => Promise.allSettled(Object.values(LATER).map((load) => load())));
  await Promise.all([speak("student"), style()]);
  return { routes: ROUTES, start: "/exams", Frame: StudentFrame };
}

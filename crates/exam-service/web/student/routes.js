// The pages of students.

import { Frame } from "../design/frame.js";
import { speak, t } from "../language.js";
import { html } from "../view.js";
import { BeforePage } from "./before.js";
import { ExamPage } from "./exam/page.js";
import { Exams } from "./exams.js";
import { History } from "./history.js";
import { ReceiptPage } from "./receipt.js";
import { ResultPage } from "./result.js";

/** @type {readonly import("../router.js").Route[]} */
const ROUTES = [
  { path: "/exams", view: Exams },
  { path: "/exams/:id", view: BeforePage },
  { path: "/history", view: History },
  { path: "/attempts/:id", view: ExamPage },
  { path: "/attempts/:id/receipt", view: ReceiptPage },
  { path: "/attempts/:id/result", view: ResultPage },
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
  await Promise.all([speak("student"), style()]);
  return { routes: ROUTES, start: "/exams", Frame: StudentFrame };
}

// The pages of lecturers, invigilators and administrators. Each area adds its routes, and its place in the bar for the
// roles that may use it; a large one is loaded when it is opened: `view: lazily(() => import("./board/board.js"), "Board")`.

import { Frame } from "../design/frame.js";
import { Failed, Loading, useLoaded } from "../design/states.js";
import { speak, t } from "../language.js";
import * as session from "../session.js";
import { html } from "../view.js";
import { Courses } from "./courses.js";
import { withSheets } from "./sheets.js";

/** @typedef {"lecturer" | "invigilator" | "administrator"} StaffRole */

/** @type {readonly import("../router.js").Route[]} */
const ROUTES = [
  { path: "/courses", view: Courses },
  { path: "/bank", view: lazily(withSheets(() => import("./bank/questions.js")), "Bank") },
  { path: "/bank/:course", view: lazily(withSheets(() => import("./bank/questions.js")), "Bank") },
  { path: "/bank/:course/import", view: lazily(withSheets(() => import("./bank/import.js")), "Import") },
  { path: "/bank/:course/export", view: lazily(withSheets(() => import("./bank/export.js")), "Export") },
  { path: "/bank/:course/questions/:question", view: lazily(withSheets(() => import("./bank/question.js")), "QuestionPage") },
  { path: "/exams", view: lazily(withSheets(() => import("./exams/exams.js")), "Exams") },
  { path: "/exams/:course", view: lazily(withSheets(() => import("./exams/exams.js")), "Exams") },
  { path: "/exams/:course/:exam/:step", view: lazily(withSheets(() => import("./exams/exam.js")), "ExamPage") },
  { path: "/results", view: lazily(withSheets(() => import("./results/results.js")), "Results") },
  { path: "/results/:course", view: lazily(withSheets(() => import("./results/results.js")), "Results") },
  { path: "/results/:course/:exam/:part", view: lazily(withSheets(() => import("./results/exam.js")), "ResultPage") },
];

/** @type {readonly { path: string, label: import("../language.js").Key, roles: readonly StaffRole[] }[]} */
const PLACES = [
  { path: "/courses", label: "courses.title", roles: ["lecturer", "invigilator", "administrator"] },
  { path: "/bank", label: "bank.title", roles: ["lecturer", "administrator"] },
  { path: "/exams", label: "plan.title", roles: ["lecturer", "administrator"] },
  { path: "/results", label: "marks.title", roles: ["lecturer", "administrator"] },
];

/** @param {{ path: string, children: unknown }} props */
function StaffFrame({ path, children }) {
  const role = /** @type {StaffRole} */ (session.current()?.user.role);
  const places = PLACES.filter(({ roles }) => roles.includes(role)).map((place) => ({ path: place.path, label: t(place.label) }));
  return html`<${Frame} path=${path} places=${places} isWide>${children}<//>`;
}

/**
 * A view whose file is loaded when it is shown.
 * @param {() => Promise<Record<string, any>>} load
 * @param {string} name
 */
export function lazily(load, name) {
  return function Lazy(/** @type {Record<string, string>} */ parameters) {
    const file = useLoaded(load, []);
    if (file.isLoading) return html`<${Loading} />`;
    if (!file.value) return html`<${Failed} error=${file.error} onRetry=${file.reload} />`;
    return html`<${file.value[name]} ...${parameters} />`;
  };
}

/** @returns {Promise<import("../main.js").Area>} */
export async function area() {
  await speak("staff");
  return { routes: ROUTES, start: "/courses", Frame: StaffFrame };
}

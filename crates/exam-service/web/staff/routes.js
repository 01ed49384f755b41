// The pages of lecturers, invigilators and administrators. Each area adds its routes, and its place in the bar for the
// roles that may use it; a large one is loaded when it is opened: `view: lazily(() => import("./board/board.js"), "Board")`.

import { Frame } from "../design/frame.js";
import { lazily } from "../design/states.js";
import { speak, t } from "../language.js";
import * as session from "../session.js";
import { html } from "../view.js";
import { Bell } from "./account/bell.js";
import { SignInAgain } from "./account/sign-in-again.js";
import { Courses } from "./courses.js";
import { withSheets } from "./sheets.js";
import { Leaving } from "./unsaved.js";

/** @typedef {"lecturer" | "invigilator" | "administrator"} StaffRole */

/** @type {readonly import("../router.js").Route[]} */
const ROUTES = [
  { path: "/courses", view: Courses },
  { path: "/board", view: lazily(() => import("./board/today.js"), "Today") },
  { path: "/board/:exam", view: lazily(() => import("./board/board.js"), "Board") },
  { path: "/board/:exam/attempts/:attempt", view: lazily(() => import("./board/timeline.js"), "Timeline") },
  { path: "/board/:exam/slips", view: lazily(() => import("./codes/slips.js"), "Slips") },
  { path: "/board/:exam/attendance", view: lazily(() => import("./codes/attendance.js"), "Attendance") },
  { path: "/board/:exam/incidents", view: lazily(() => import("./board/incidents.js"), "Incidents") },
  { path: "/board/:exam/emergency", view: lazily(() => import("./codes/emergency.js"), "EmergencyFiles") },
  { path: "/account", view: lazily(() => import("./account/own.js"), "OwnAccount") },
  { path: "/people", view: lazily(() => import("./people/accounts.js"), "Accounts") },
  { path: "/people/accounts/:id", view: lazily(() => import("./people/account.js"), "Account") },
  { path: "/people/import", view: lazily(() => import("./people/import.js"), "Import") },
  { path: "/people/courses", view: lazily(() => import("./people/courses.js"), "CoursesOfPeople") },
  { path: "/people/courses/:id", view: lazily(() => import("./people/course.js"), "CourseOfPeople") },
  { path: "/people/departments", view: lazily(() => import("./people/departments.js"), "Departments") },
  { path: "/system", view: lazily(() => import("./system/state.js"), "SystemState") },
  { path: "/system/jobs", view: lazily(() => import("./system/jobs.js"), "Jobs") },
  { path: "/system/audit", view: lazily(() => import("./system/audit.js"), "Audit") },
  { path: "/system/settings", view: lazily(() => import("./system/settings.js"), "Settings") },
  { path: "/bank", view: lazily(withSheets(() => import("./bank/questions.js")), "Bank") },
  { path: "/bank/:course", view: lazily(withSheets(() => import("./bank/questions.js")), "Bank") },
  { path: "/bank/:course/import", view: lazily(withSheets(() => import("./bank/import.js")), "Import") },
  { path: "/bank/:course/export", view: lazily(withSheets(() => import("./bank/export.js")), "Export") },
  { path: "/bank/:course/categories", view: lazily(withSheets(() => import("./bank/categories.js")), "Categories") },
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
  { path: "/board", label: "today.place", roles: ["lecturer", "invigilator", "administrator"] },
  { path: "/courses", label: "courses.title", roles: ["lecturer", "invigilator", "administrator"] },
  { path: "/bank", label: "bank.title", roles: ["lecturer", "administrator"] },
  { path: "/exams", label: "plan.title", roles: ["lecturer", "administrator"] },
  { path: "/results", label: "marks.title", roles: ["lecturer", "administrator"] },
  { path: "/people", label: "people.title", roles: ["administrator"] },
  { path: "/system", label: "system.title", roles: ["administrator"] },
];

/** @param {{ path: string, children: unknown }} props */
function StaffFrame({ path, children }) {
  const role = /** @type {StaffRole} */ (session.current()?.user.role);
  const places = PLACES.filter(({ roles }) => roles.includes(role)).map((place) => ({ path: place.path, label: t(place.label) }));
  return html`<${Frame} path=${path} places=${places} account="/account" tools=${html`<${Bell} />`} isWide>${children}<${Leaving} />${session.hasEnded() && html`<${SignInAgain} />`}<//>`;
}

/** @returns {Promise<import("../main.js").Area>} */
export async function area() {
  await speak("staff");
  const start = session.current()?.user.role === "invigilator" ? "/board" : "/courses";
  return { routes: ROUTES, start, Frame: StaffFrame };
}

// The pages of students.

import { Frame } from "../design/frame.js";
import { speak } from "../language.js";
import { html } from "../view.js";
import { Exams } from "./exams.js";

/** @type {readonly import("../router.js").Route[]} */
const ROUTES = [
  { path: "/exams", view: Exams },
];

/** @param {{ path: string, children: unknown }} props */
const StudentFrame = ({ path, children }) => html`<${Frame} path=${path}>${children}<//>`;

/** @returns {Promise<import("../main.js").Area>} */
export async function area() {
  await speak("student");
  return { routes: ROUTES, start: "/exams", Frame: StudentFrame };
}

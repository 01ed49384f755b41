import { call } from "../api.js";
import { Badge } from "../design/badge.js";
import { Empty, show, useLoaded } from "../design/states.js";
import { Table } from "../design/table.js";
import { dateAndTime, number, t } from "../language.js";
import { html } from "../view.js";
import { all } from "./pages.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */

/** All that somebody may see. @returns {Promise<Course[]>} */
export const allCourses = () => all(async (after) => {
  const { courses: rows, next } = await call("GET /api/v1/courses", { query: { limit: 200, after } });
  return { rows, next };
});

/** @returns {import("../design/table.js").Column<Course>[]} */
const columns = () => [
  { name: "code", label: t("courses.code"), show: ({ code }) => code, by: ({ code }) => code },
  { name: "title", label: t("courses.name"), show: ({ title }) => title, by: ({ title }) => title },
  { name: "students", label: t("courses.students"), show: ({ id, student_count }) => html`<a href=${`#/people/courses/${id}`}>${number(student_count)}</a>`, by: (course) => course.student_count, isNumeric: true },
  { name: "created", label: t("courses.since"), show: (course) => dateAndTime(course.created_at), by: (course) => course.created_at },
  { name: "state", label: t("courses.state"), show: ({ archived_at }) => html`<${Badge} tone=${archived_at ? "plain" : "good"}>${t(archived_at ? "courses.archived" : "courses.active")}<//>` },
];

/** The courses that one teaches or watches; all of them for administrators. */
export function Courses() {
  const courses = useLoaded(allCourses, []);
  return html`<h1>${t("courses.title")}</h1>
    ${show(courses, (list) => list.length === 0 ? html`<${Empty} title=${t("courses.none")}><p>${t("courses.none_hint")}</p><//>`
      : html`<${Table} testid="courses" caption=${t("courses.title")} columns=${columns()} rows=${list} keyOf=${(/** @type {Course} */ { id }) => id} sorted=${{ name: "code" }} />`)}`;
}

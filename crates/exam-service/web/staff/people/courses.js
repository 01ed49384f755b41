import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { number, t } from "../../language.js";
import { go } from "../../router.js";
import { html, useState } from "../../view.js";
import { all } from "../pages.js";
import { PeopleArea, isAdministrator } from "./area.js";
import { CourseForm } from "./course-form.js";
import { loadDepartments } from "./departments.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */

/** The most that one request lists. */
const PAGE = 500;

const loadCourses = () => all(async (/** @type {string | undefined} */ after) => {
  const { courses, next } = await call("GET /api/v1/courses", { query: { limit: PAGE, after } });
  return { rows: courses, next };
});

async function load() {
  const [courses, departments] = await Promise.all([loadCourses(), loadDepartments()]);
  return { courses, departments };
}

/**
 * @param {Map<string, string>} names of departments
 * @returns {import("../../design/table.js").Column<Course>[]}
 */
const columns = (names) => [
  { name: "code", label: t("course.code"), show: ({ id, code }) => html`<a href=${`#/people/courses/${id}`}>${code}</a>`, by: ({ code }) => code },
  { name: "title", label: t("course.title"), show: ({ title }) => title, by: ({ title }) => title },
  { name: "department", label: t("course.department"), show: ({ department_id }) => names.get(department_id ?? "") ?? "–", by: ({ department_id }) => names.get(department_id ?? "") ?? null },
  { name: "students", label: t("course.students"), show: ({ student_count }) => number(student_count), by: ({ student_count }) => student_count, isNumeric: true },
  { name: "state", label: t("course.state"), show: ({ archived_at }) => archived_at && html`<${Badge}>${t("course.archived")}<//>`, by: ({ archived_at }) => (archived_at ? 1 : 0) },
];

/** Courses: who is in them is on the page of each. */
export function CoursesOfPeople() {
  const loaded = useLoaded(load, []);
  const [search, setSearch] = useState("");
  const [isNew, setNew] = useState(false);
  const make = async (/** @type {{ code: string, title: string, department_id: string | null }} */ body) => {
    const course = await call("POST /api/v1/courses", { body });
    go(`/people/courses/${course.id}`);
  };
  const fits = (/** @type {Course} */ { code, title }) => `${code} ${title}`.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase());
  return html`<${PeopleArea}>
    ${show(loaded, ({ courses, departments }) => html`
      <div class="tools">
        <${Field} name="search" type="search" label=${t("people.search")} value=${search} onInput=${setSearch} autocomplete="off" />
        <span class="grow"></span>
        ${isAdministrator() && html`<${Button} testid="course-new" onClick=${() => setNew(true)}>${t("course.new")}<//>`}
      </div>
      ${courses.filter(fits).length === 0 ? html`<${Empty} title=${t(courses.length === 0 ? "course.none" : "course.none_found")} />`
        : html`<${Table} testid="courses-of-people" caption=${t("people.courses")} columns=${columns(new Map(departments.map(({ id, name }) => [id, name])))} rows=${courses.filter(fits)}
          keyOf=${(/** @type {Course} */ { id }) => id} sorted=${{ name: "code" }} />`}
      ${isNew && html`<${CourseForm} departments=${departments} send=${make} onClose=${() => setNew(false)} />`}`)}
  <//>`;
}

import { Field } from "../../design/field.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */
/** @typedef {import("exam-api").Schemas["Department"]} Department */

/**
 * @param {object} props
 * @param {Course} [props.course] left out for a new one
 * @param {readonly Department[]} props.departments
 * @param {(fields: { code: string, title: string, department_id: string | null }) => Promise<void>} props.send
 * @param {() => void} props.onClose
 */
export function CourseForm({ course, departments, send, onClose }) {
  const [fields, setFields] = useState({ code: course?.code ?? "", title: course?.title ?? "", department: course?.department_id ?? "" });
  const set = (/** @type {keyof typeof fields} */ name) => (/** @type {string} */ value) => setFields((now) => ({ ...now, [name]: value }));
  const run = () => send({ code: fields.code.trim(), title: fields.title.trim(), department_id: fields.department || null });
  return html`<${FormDialog} title=${t(course ? "course.edit" : "course.new")} action=${t("save")} testid="course-form" run=${run} onClose=${onClose}>
    <${Field} name="course-code" label=${t("course.code")} hint=${t("course.code_hint")} value=${fields.code} onInput=${set("code")} required autofocus autocomplete="off" />
    <${Field} name="course-title" label=${t("course.title")} value=${fields.title} onInput=${set("title")} required autocomplete="off" />
    <${Field} name="course-department" type="select" label=${t("course.department")} value=${fields.department} onInput=${set("department")}>
      <option value="" selected=${fields.department === ""}>${t("course.no_department")}</option>
      ${departments.map(({ id, name }) => html`<option value=${id} selected=${fields.department === id}>${name}</option>`)}
    <//>
  <//>`;
}

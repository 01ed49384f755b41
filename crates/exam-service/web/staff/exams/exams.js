import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Field } from "../../design/field.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, number, t } from "../../language.js";
import { go } from "../../router.js";
import { html, useState } from "../../view.js";
import { useAction } from "../work.js";
import { CourseChoice } from "../course-choice.js";
import { all } from "../pages.js";
import { Copy } from "./copy.js";
import { fromLocal, toLocal } from "./local-time.js";

/** @typedef {import("exam-api").Schemas["ExamLine"]} ExamLine */

/** @type {Record<string, "plain" | "accent" | "good" | "warn">} */
const TONES = { draft: "plain", review: "warn", published: "good", closed: "accent" };

/** @param {{ state: string }} props */
export const ExamState = ({ state }) => html`<${Badge} tone=${TONES[state] ?? "plain"} testid="exam-state">${t(/** @type {import("../../language.js").Key} */ (`plan.state.${state}`))}<//>`;

/** All exams of a course. @param {string} course */
export const examsOf = (course) => all(async (after) => {
  const { exams: rows, next } = await call("GET /api/v1/courses/{id}/exams", { path: { id: course }, query: { limit: 100, after } });
  return { rows, next };
});

/** @param {string} course @param {(exam: ExamLine) => void} onCopy @returns {import("../../design/table.js").Column<ExamLine>[]} */
const columns = (course, onCopy) => [
  { name: "title", label: t("plan.exam"), by: ({ title }) => title, show: ({ id, title, code }) => html`<a href=${`#/exams/${course}/${id}/basics`}>${title}</a>${code !== id && html` <span class="soft">${code}</span>`}` },
  { name: "state", label: t("plan.state"), by: ({ state }) => state, show: ({ state }) => html`<${ExamState} state=${state} />` },
  { name: "starts", label: t("plan.starts"), by: ({ starts_at }) => starts_at, show: ({ starts_at }) => dateAndTime(starts_at) },
  { name: "ends", label: t("plan.ends"), by: ({ ends_at }) => ends_at, show: ({ ends_at }) => dateAndTime(ends_at) },
  { name: "minutes", label: t("plan.minutes"), isNumeric: true, by: (exam) => exam.duration_seconds, show: (exam) => number(exam.duration_seconds / 60) },
  { name: "questions", label: t("plan.questions"), isNumeric: true, by: (exam) => exam.question_count, show: (exam) => number(exam.question_count) },
  { name: "candidates", label: t("plan.candidates"), isNumeric: true, by: (exam) => exam.candidate_count, show: (exam) => number(exam.candidate_count) },
  { name: "actions", label: t("bank.actions"), isAction: true, show: (exam) => html`<${Button} small kind="quiet" testid="copy-exam" aria-label=${t("plan.copy_what", { what: exam.title })} onClick=${() => onCopy(exam)}>${t("plan.copy")}<//>` },
];

/** The exams of a course. @param {{ course?: string }} props */
export function Exams({ course }) {
  return html`<div class="row apart"><h1>${t("plan.title")}</h1><${CourseChoice} area="exams" course=${course} /></div>
    ${course && html`<${List} key=${course} course=${course} />`}`;
}

/** @param {{ course: string }} props */
function List({ course }) {
  const exams = useLoaded(() => examsOf(course), [course]);
  const [isNew, setNew] = useState(false);
  const [copied, setCopied] = useState(/** @type {ExamLine | null} */ (null));
  return html`<div class="row toolbar"><${Button} testid="new-exam" onClick=${() => setNew(true)}>${t("plan.new")}<//></div>
    ${show(exams, (list) => (list.length === 0 ? html`<${Empty} title=${t("plan.none")}><p>${t("plan.none_hint")}</p><//>`
      : html`<${Table} testid="exams" caption=${t("plan.title")} columns=${columns(course, setCopied)} rows=${list} keyOf=${(/** @type {ExamLine} */ { id }) => id} sorted=${{ name: "starts", isDescending: true }} />`))}
    ${isNew && html`<${NewExam} course=${course} onClose=${() => setNew(false)} />`}
    ${copied && html`<${Copy} key=${copied.id} course=${course} exam=${copied} onClose=${() => setCopied(null)} />`}`;
}

const HOUR_MS = 3600000;

/** What an exam begins with; everything can be changed afterwards. @param {{ course: string, onClose: () => void }} props */
function NewExam({ course, onClose }) {
  const tomorrow = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 24 * HOUR_MS;
  const [title, setTitle] = useState("");
  const [starts, setStarts] = useState(toLocal(new Date(tomorrow).toISOString()));
  const [minutes, setMinutes] = useState("60");
  const [isBusy, run] = useAction();
  const make = () => run(async () => {
    const duration_seconds = Math.round(Number(minutes) * 60);
    const starts_at = fromLocal(starts);
    const ends_at = new Date(Date.parse(starts_at) + duration_seconds * 1000).toISOString();
    const { id } = await call("POST /api/v1/courses/{id}/exams", { path: { id: course }, body: { title, starts_at, ends_at, duration_seconds } });
    go(`/exams/${course}/${id}/questions`);
  });
  return html`<${Dialog} title=${t("plan.new")} testid="new-exam-dialog" onClose=${onClose} actions=${html`
      <${Button} kind="secondary" onClick=${onClose}>${t("plan.cancel")}<//>
      <${Button} testid="make-exam" busy=${isBusy} disabled=${!title.trim() || !starts || !(Number(minutes) > 0)} onClick=${make}>${t("plan.make")}<//>`}>
    <div class="stack"><${Field} name="exam-title" label=${t("plan.exam_title")} value=${title} maxlength="200" onInput=${setTitle} />
      <${Field} name="exam-starts" type="datetime-local" label=${t("plan.starts")} value=${starts} onInput=${setStarts} />
      <${Field} name="exam-minutes" type="number" min="1" label=${t("plan.minutes")} value=${minutes} onInput=${setMinutes} /></div><//>`;
}

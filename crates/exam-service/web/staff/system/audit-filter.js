// Which lines of the log are looked for, and the log as a file.

import { RequestError, call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { t } from "../../language.js";
import { query } from "../../router.js";
import { html, useState } from "../../view.js";
import { useLoaded } from "../../design/states.js";
import { allCourses } from "../courses.js";
import { examsOf } from "../exams/exams.js";
import { fromLocal } from "../exams/local-time.js";
import { download } from "../files.js";
import { Wrong, useWork } from "../work.js";
import { deed } from "./audit-line.js";

/** @typedef {{ action: string, who: string, actor: string, course: string, exam: string, from: string, until: string }} Looked times as forms have them */

/** Every deed of the service, in the order of its own list; a test of the service holds the messages against it. */
const DEEDS = [
  "account_made", "accounts_imported", "account_changed", "password_set", "second_factor_removed", "sessions_ended", "department_made",
  "department_renamed", "course_made", "course_changed", "people_enrolled", "enrolment_ended", "group_made", "group_removed", "group_members_set",
  "exam_codes_made", "category_made", "category_moved", "category_removed", "questions_added", "question_changed", "question_archived",
  "question_taken_back", "media_added", "exam_made", "exam_cloned", "exam_changed", "exam_state_changed", "exam_approved", "candidates_added",
  "candidate_removed", "accommodation_set", "seat_plan_set", "seats_set", "grade_given", "key_corrected", "results_released", "job_retried",
  "emergency_file", "credit_time", "pause", "fire_exit", "resume", "force_submit", "reopen", "break", "give_back_outage", "maintenance_on",
  "maintenance_off", "message", "incident_noted", "take_back_time",
];

/** Nothing, or the exam of a link to here: `#/system/audit?exam=ID`. @returns {Looked} */
export const start = () => ({ action: "", who: "", actor: "", course: "", exam: query().get("exam") ?? "", from: "", until: "" });

/** @param {Looked} looked */
export const isEmpty = ({ action, actor, exam, from, until }) => !action && !actor && !exam && !from && !until;

/** The same as the service takes it. @param {Looked} looked */
export const queryOf = ({ action, actor, exam, from, until }) => ({
  action: action || undefined, actor: actor || undefined, exam: exam || undefined, from: from ? fromLocal(from) : undefined, until: until ? fromLocal(until) : undefined,
});

/** Whom a login means. @param {string} login */
async function accountOf(login) {
  const { users } = await call("GET /api/v1/users", { query: { search: login, limit: 50 } });
  const found = users.find((user) => user.login.toLowerCase() === login.toLowerCase()) ?? (users.length === 1 ? users[0] : null);
  if (!found) throw new Error(users.length === 0 ? t("audit.nobody", { login }) : t("audit.several", { login }));
  return found;
}

/** @param {{ looked: Looked, onChange: (looked: Looked) => void }} props */
export function Filter({ looked, onChange }) {
  const [draft, setDraft] = useState(looked);
  const work = useWork();
  const set = (/** @type {keyof Looked} */ name) => (/** @type {string} */ value) => setDraft({ ...draft, [name]: value });
  const apply = (/** @type {Event} */ event) => {
    event.preventDefault();
    return work.run(async () => {
      const found = draft.who.trim() ? await accountOf(draft.who.trim()) : null;
      const next = { ...draft, who: found?.login ?? "", actor: found?.id ?? "" };
      setDraft(next);
      onChange(next);
    });
  };
  const clear = () => {
    const nothing = { ...start(), exam: "" };
    work.forget();
    setDraft(nothing);
    onChange(nothing);
  };
  return html`<form class="audit-filter card" onSubmit=${apply}>
    <${Field} name="audit-action" type="select" label=${t("audit.action")} value=${draft.action} onInput=${set("action")}>
      <option value="">${t("audit.all_deeds")}</option>${DEEDS.map((one) => html`<option value=${one}>${deed(one)}</option>`)}<//>
    <${Field} name="audit-who" label=${t("audit.who_login")} value=${draft.who} onInput=${set("who")} autocomplete="off" />
    <${ExamChoice} draft=${draft} onChange=${setDraft} />
    <${Field} name="audit-from" type="datetime-local" label=${t("audit.from")} value=${draft.from} onInput=${set("from")} />
    <${Field} name="audit-until" type="datetime-local" label=${t("audit.until")} value=${draft.until} onInput=${set("until")} />
    <div class="row"><${Button} type="submit" testid="audit-look" busy=${work.isBusy}>${t("audit.look")}<//>
      ${!isEmpty(looked) && html`<${Button} kind="secondary" testid="audit-all" onClick=${clear}>${t("audit.show_all")}<//>`}
      <span class="grow"></span><${Files} looked=${looked} /></div>
    <${Wrong} error=${work.error} testid="audit-filter-problem" />
  </form>`;
}

/** An exam is found through its course. @param {{ draft: Looked, onChange: (looked: Looked) => void }} props */
function ExamChoice({ draft, onChange }) {
  const courses = useLoaded(allCourses, []);
  const exams = useLoaded(async () => {
    if (draft.course) return examsOf(draft.course);
    // Of a link from elsewhere only the exam is known.
    return draft.exam ? [await call("GET /api/v1/exams/{id}", { path: { id: draft.exam } })] : [];
  }, [draft.course]);
  return html`<${Field} name="audit-course" type="select" label=${t("audit.course")} value=${draft.course} onInput=${(/** @type {string} */ course) => onChange({ ...draft, course, exam: "" })}>
      <option value="">${t("audit.any")}</option>${courses.value?.map(({ id, code, title }) => html`<option value=${id}>${code} · ${title}</option>`)}<//>
    <${Field} name="audit-exam" type="select" label=${t("audit.exam")} value=${draft.exam} disabled=${!draft.course && !draft.exam} onInput=${(/** @type {string} */ exam) => onChange({ ...draft, exam })}>
      <option value="">${t("audit.any")}</option>${exams.value?.map(({ id, title }) => html`<option value=${id}>${title}</option>`)}<//>`;
}

/** What is shown as a file that can be checked elsewhere. @param {{ looked: Looked }} props */
function Files({ looked }) {
  const work = useWork();
  const save = (/** @type {"csv" | "jsonl"} */ format) => () => work.run(() => {
    const wanted = Object.entries({ format, ...queryOf(looked) }).filter(([, value]) => value !== undefined);
    return download(`/api/v1/audit/export?${new URLSearchParams(/** @type {[string, string][]} */ (wanted))}`, `audit.${format}`);
  });
  return html`<${Button} kind="secondary" small testid="audit-csv" disabled=${work.isBusy} onClick=${save("csv")}>CSV<//>
    <${Button} kind="secondary" small testid="audit-jsonl" disabled=${work.isBusy} onClick=${save("jsonl")}>JSON Lines<//>
    ${work.error instanceof RequestError && html`<${Wrong} error=${work.error} />`}`;
}

// The exams of a student: which is open, which is coming and when, which is over.

import { call } from "../api.js";
import { Badge } from "../design/badge.js";
import { Button } from "../design/button.js";
import { Empty, show, useLoaded } from "../design/states.js";
import { dateAndTime, t } from "../language.js";
import { html } from "../view.js";
import { until, useServerTime } from "./time.js";

/** @typedef {import("exam-api").Schemas["Exam"]} Exam */

export function Exams() {
  const exams = useLoaded(() => call("GET /api/v1/my/exams"), []);
  const now = useServerTime(exams.value?.server_time);
  return html`<h1>${t("exams.title")}</h1>
    ${show(exams, ({ exams: list }) => (list.length === 0 ? html`<${Empty} title=${t("exams.none")}><p>${t("exams.none_hint")}</p><//>`
      : html`<ul class="exams" data-testid="exam-list">${sorted(list, now).map((exam) => html`<${ExamItem} key=${exam.id} exam=${exam} now=${now} />`)}</ul>`))}`;
}

/**
 * @param {Exam} exam
 * @param {number} now
 * @returns {"going" | "open" | "coming" | "done" | "over"}
 */
function stateOf(exam, now) {
  if (exam.attempt?.state === "submitted") return "done";
  if (exam.attempt) return "going";
  if (now < Date.parse(exam.starts_at)) return "coming";
  return now < Date.parse(exam.ends_at) ? "open" : "over";
}

const ORDER = ["going", "open", "coming", "done", "over"];

/**
 * What can be done now comes first, then what comes next.
 * @param {readonly Exam[]} exams
 * @param {number} now
 */
function sorted(exams, now) {
  const place = (/** @type {Exam} */ exam) => ORDER.indexOf(stateOf(exam, now));
  const isPast = (/** @type {Exam} */ exam) => (place(exam) >= ORDER.indexOf("done") ? -1 : 1);
  return [...exams].sort((one, other) => place(one) - place(other) || isPast(one) * (Date.parse(one.starts_at) - Date.parse(other.starts_at)));
}

const TONES = /** @type {const} */ ({ going: "warn", open: "good", coming: "accent", done: "plain", over: "plain" });

/** @param {{ exam: Exam, now: number }} props */
function ExamItem({ exam, now }) {
  const state = stateOf(exam, now);
  const minutes = Math.round(exam.duration_seconds / 60);
  return html`<li class="card exam-item" data-testid="exam" data-state=${state}>
    <div class="grow">
      <h2>${exam.title}${exam.is_practice && html` <${Badge} tone="accent">${t("exam.practice")}<//>`}</h2>
      <p class="soft small">${t("exam.questions", { count: exam.question_count })} · ${t("exam.minutes", { count: minutes })}</p>
      <p class="soft small">${t("exam.window", { from: dateAndTime(exam.starts_at), to: dateAndTime(exam.ends_at) })}</p>
    </div>
    <div class="state-and-action">
      <${Badge} tone=${TONES[state]}>${t(`exam.state.${state}`)}${state === "coming" ? ` ${until(Date.parse(exam.starts_at) - now)}` : ""}<//>
      <${ExamAction} exam=${exam} state=${state} now=${now} />
    </div>
  </li>`;
}

/**
 * Which attempt would be begun now, or null where none can.
 * @param {Exam} exam
 * @param {number} now
 */
export function nextAttempt({ attempt, attempts_allowed, starts_at, ends_at }, now) {
  if (now < Date.parse(starts_at) || now >= Date.parse(ends_at)) return null;
  if (!attempt) return 1;
  return attempt.state === "submitted" && attempt.number < attempts_allowed ? attempt.number + 1 : null;
}

/** @param {{ exam: Exam, state: ReturnType<typeof stateOf>, now: number }} props */
function ExamAction({ exam, state, now }) {
  if (state === "done" && nextAttempt(exam, now) !== null) {
    return html`<div class="row"><${Button} kind="secondary" testid="show-result" href=${`#/attempts/${exam.attempt?.id}/receipt`}>${t("exam.receipt")}<//>
      <${Button} testid="again" href=${`#/exams/${exam.id}`}>${t("exam.again")}<//></div>`;
  }
  if (state === "done") return html`<${Button} kind="secondary" testid="show-result" href=${`#/attempts/${exam.attempt?.id}/receipt`}>${t("exam.receipt")}<//>`;
  if (state === "over") return null;
  const label = state === "going" ? t("exam.go_on") : t(state === "open" ? "exam.prepare_and_start" : "exam.prepare");
  return html`<${Button} kind=${state === "coming" ? "secondary" : "primary"} testid="prepare" href=${`#/exams/${exam.id}`}>${label}<//>`;
}

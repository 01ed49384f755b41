// Where invigilators begin: the exams that are on, and those to come.

import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { number, t } from "../../language.js";
import { html } from "../../view.js";
import { period, watchedExams } from "./exams.js";
import { useStyle } from "./style.js";

/** @typedef {import("./exams.js").WatchedExam} WatchedExam */
/** @typedef {"now" | "today" | "later" | "past"} Part */

const PAST_SHOWN = 10;
/** Something is left to be done after the end: late credits, slips, the attendance list. */
const STILL_ON_MS = 60 * 60 * 1000;

/** @param {readonly WatchedExam[]} exams @param {number} now @returns {Record<Part, WatchedExam[]>} */
export function sortByTime(exams, now) {
  /** @type {Record<Part, WatchedExam[]>} */
  const parts = { now: [], today: [], later: [], past: [] };
  const endOfDay = new Date(now).setHours(24, 0, 0, 0);
  for (const exam of [...exams].sort((one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at))) {
    const starts = Date.parse(exam.starts_at);
    if (Date.parse(exam.ends_at) + STILL_ON_MS < now) parts.past.unshift(exam);
    else parts[starts <= now ? "now" : starts < endOfDay ? "today" : "later"].push(exam);
  }
  return { ...parts, past: parts.past.slice(0, PAST_SHOWN) };
}

/** @param {{ exam: WatchedExam, part: Part }} props */
const Exam = ({ exam, part }) => html`<li class="card exam-line" data-testid="watched-exam">
  <div class="grow">
    <h3>${exam.title}</h3>
    <p class="soft small">${exam.course_code && `${exam.course_code} · `}${period(exam)} · ${t("today.minutes", { count: Math.round(exam.duration_seconds / 60) })}
      ${" · "}${t("today.candidates", { count: exam.candidate_count, shown: number(exam.candidate_count) })}</p>
  </div>
  ${part === "now" && html`<${Badge} tone="accent">${t("today.on")}<//>`}
  <div class="row">
    <${Button} small kind=${part === "now" ? "primary" : "secondary"} testid="to-board" href=${`#/board/${exam.id}`}>${t("today.board")}<//>
    <${Button} small kind="quiet" testid="to-slips" href=${`#/board/${exam.id}/slips`}>${t("slips.title")}<//>
    <${Button} small kind="quiet" testid="to-attendance" href=${`#/board/${exam.id}/attendance`}>${t("attendance.title")}<//>
  </div>
</li>`;

export function Today() {
  useStyle();
  const exams = useLoaded(watchedExams, []);
  return html`<h1>${t("today.title")}</h1>
    ${show(exams, (list) => {
      if (list.length === 0) return html`<${Empty} title=${t("today.none")}><p>${t("today.none_hint")}</p><//>`;
      const parts = sortByTime(list, Date.now());
      return html`<div class="stack">${/** @type {Part[]} */ (["now", "today", "later", "past"]).map((part) => (parts[part].length > 0 || part === "now") && html`<section class="stack tight" data-testid=${`part-${part}`}>
        <h2>${t(/** @type {import("../../language.js").Key} */ (`today.part.${part}`))}</h2>
        ${parts[part].length === 0 ? html`<p class="soft">${t("today.none_now")}</p>` : html`<ul class="exam-lines">${parts[part].map((exam) => html`<${Exam} key=${exam.id} exam=${exam} part=${part} />`)}</ul>`}
      </section>`)}</div>`;
    })}`;
}

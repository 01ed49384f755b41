// What the exam's rules show of a result: the score, and of each question the points, one's answer, what was right.

import { RequestError, call } from "../api.js";
import { Badge } from "../design/badge.js";
import { Button } from "../design/button.js";
import { show, useLoaded } from "../design/states.js";
import { number, t } from "../language.js";
import { html } from "../view.js";
import { load } from "./exam/preparing.js";
import { ResponseText } from "./question/response-text.js";
import { Formatted } from "./text/formatted.js";

/** @typedef {import("exam-api").ReplyOf<"GET /api/v1/attempts/{id}/result">} Result */

/** @typedef {{ reason: string, isOpen: boolean }} Waiting why there is no result yet */

/**
 * The result of an attempt, or why there is none yet.
 * @param {string} id
 */
export const loadResult = (id) => call("GET /api/v1/attempts/{id}/result", { path: { id } }).catch(waiting);

/**
 * @param {unknown} error
 * @returns {Waiting}
 */
function waiting(error) {
  const isOpen = error instanceof RequestError && error.kind === "attempt-open";
  if (error instanceof RequestError && (isOpen || error.kind === "results-not-released")) return { reason: error.message, isOpen };
  throw error;
}

/**
 * The score, or why there is none yet.
 * @param {{ id: string, result: Result | Waiting }} props
 */
export const ResultSummary = ({ id, result }) => html`<section class="card" data-testid="result">
  <h2>${t("result.title")}</h2>
  ${"reason" in result ? html`<p data-testid="no-result">${result.reason}</p>` : html`<${Score} result=${result} />
    ${result.questions.length > 0 && html`<${Button} kind="secondary" testid="details" href=${`#/attempts/${id}/result`}>${t("result.details")}<//>`}`}
</section>`;

/** @param {{ result: Result }} props */
const Score = ({ result }) => html`<p class="score figures"><strong data-testid="score">${t("result.score", { score: number(result.score), most: number(result.max_score) })}</strong>
    ${result.grade && html` <${Badge} tone="accent">${result.grade}<//>`}</p>
  ${!result.is_final && html`<p class="soft">${t("result.not_final")}</p>`}`;

/** @param {{ id: string }} props */
export function ResultPage({ id }) {
  const loaded = useLoaded(async () => {
    const [result, attempt] = await Promise.all([call("GET /api/v1/attempts/{id}/result", { path: { id } }), call("GET /api/v1/attempts/{id}", { path: { id } })]);
    load(attempt).catch(() => {});
    return { result, attempt };
  }, [id]);
  return show(loaded, ({ result, attempt }) => html`<div class="stack">
    <h1>${attempt.title}</h1>
    <section class="card" data-testid="result"><${Score} result=${result} /></section>
    <ol class="results">${attempt.paper.questions.map((question, index) => {
      const outcome = result.questions.find(({ question_id }) => question_id === question.id);
      return html`<li class="card stack tight" key=${question.id} data-testid=${`result-${index + 1}`}><${QuestionResult} number=${index + 1} question=${question} outcome=${outcome} /></li>`;
    })}</ol>
    <div class="row"><${Button} kind="secondary" testid="back" href="#/exams">${t("receipt.back")}<//></div>
  </div>`);
}

/** @param {{ number: number, question: import("./question/question.js").Question, outcome: Result["questions"][number] | undefined }} props */
function QuestionResult({ number: place, question, outcome }) {
  const earned = outcome?.earned;
  const tone = earned === undefined || earned === null ? "plain" : earned >= question.points ? "good" : earned > 0 ? "warn" : "bad";
  return html`<div class="row apart"><h2>${t("palette.question", { number: place })}</h2>
      <${Badge} tone=${tone}>${earned === undefined || earned === null ? t("result.points_of", { most: number(question.points) }) : t("result.score", { score: number(earned), most: number(question.points) })}<//></div>
    <${Formatted} text=${question.text} format=${question.format} />
    ${outcome && "response" in outcome && html`<div><p class="label">${t("result.response")}</p><${ResponseText} question=${question} response=${outcome.response} /></div>`}
    ${outcome && outcome.solution && html`<div><p class="label">${t("result.solution")}</p><${ResponseText} question=${question} response=${outcome.solution} /></div>`}
    ${outcome?.explanation && html`<div><p class="label">${t("result.explanation")}</p><${Formatted} text=${outcome.explanation} /></div>`}
    ${outcome?.comment && html`<div><p class="label">${t("result.comment")}</p><p dir="auto">${outcome.comment}</p></div>`}`;
}

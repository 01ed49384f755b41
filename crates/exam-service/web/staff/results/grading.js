import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, Loading, show, useLoaded } from "../../design/states.js";
import { number, t } from "../../language.js";
import { Formatted } from "../../student/text/formatted.js";
import { leaving } from "../../router.js";
import { html, useEffect, useRef, useState } from "../../view.js";
import { useAction, useWork, wordsOf } from "../work.js";
import { numberOf } from "../input.js";
import { useUnsaved } from "../unsaved.js";

/** @typedef {import("exam-api").Schemas["AnswerToGrade"]} AnswerToGrade */
/** @typedef {import("exam-api").Schemas["QuestionToGrade"]} QuestionToGrade */

/** Answers without names, one after the other. @param {{ exam: string }} props */
export function Grading({ exam }) {
  const [question, setQuestion] = useState("");
  const [isAgain, setAgain] = useState(false);
  const [, draw] = useState(0);
  const change = (/** @type {() => void} */ what) => {
    leaving(what);
    // Whoever stays sees in the choice what is shown.
    draw((count) => count + 1);
  };
  const wanted = `${question} ${isAgain}`;
  const loaded = useLoaded(async () => {
    const ask = { question: question || undefined, graded: isAgain || undefined };
    return { wanted, ask, first: await call("GET /api/v1/exams/{id}/grading", { path: { id: exam }, query: { ...ask, limit: 20 } }) };
  }, [exam, question, isAgain]);
  const questions = useLoaded(async () => (await call("GET /api/v1/exams/{id}/grading", { path: { id: exam }, query: { limit: 1 } })).questions, [exam]);
  return html`<div class="row toolbar"><label class="row"><span class="soft">${t("bank.question")}</span><select class="input auto pick-question" data-testid="grade-question" value=${question} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => { const { value } = event.currentTarget; change(() => setQuestion(value)); }}>
        <option value="">${t("grade.all")}</option>${(questions.value ?? []).map(({ id, text }) => html`<option value=${id}>${text.slice(0, 80)}</option>`)}</select></label>
      <${Check} name="again" checked=${isAgain} onChange=${(/** @type {boolean} */ isTicked) => change(() => setAgain(isTicked))}>${t("grade.again")}<//></div>
    ${show(loaded, (found) => (found.wanted === wanted ? html`<${Queue} key=${wanted} exam=${exam} first=${found.first} ask=${found.ask} />` : html`<${Loading} />`))}`;
}

/** @param {{ exam: string, first: import("exam-api").Schemas["GradingReply"], ask: { question?: string, graded?: boolean } }} props */
function Queue({ exam, first, ask }) {
  const [answers, setAnswers] = useState(first.answers);
  const [next, setNext] = useState(first.next ?? null);
  const [at, setAt] = useState(0);
  const [isBusy, run] = useAction();
  const more = () => run(async () => {
    const reply = await call("GET /api/v1/exams/{id}/grading", { path: { id: exam }, query: { ...ask, limit: 20, after: next ?? undefined } });
    setAnswers((before) => [...before, ...reply.answers]);
    setNext(reply.next ?? null);
  });
  // The next part is there before the last answer of this one.
  useEffect(() => {
    if (next && !isBusy && at >= answers.length - 5) more();
  }, [at, next, answers.length]);
  const answer = answers[at];
  const question = first.questions.find(({ id }) => id === answer?.question_id);
  if (!answer || !question) {
    return next ? html`<p role="status">${t("loading")} <${Button} small kind="secondary" onClick=${more}>${t("request.retry")}<//></p>`
      : html`<${Empty} title=${answers.length === 0 ? t("grade.none") : t("grade.done")}>${at > 0 && html`<${Button} kind="secondary" testid="back" onClick=${() => setAt(at - 1)}>${t("grade.back")}<//>`}<//>`;
  }
  const keep = (/** @type {AnswerToGrade} */ graded) => {
    setAnswers((before) => before.map((one, index) => (index === at ? graded : one)));
    setAt(at + 1);
  };
  return html`<p class="soft small" data-testid="grade-place">${t(next ? "grade.place_more" : "grade.place", { place: at + 1, all: answers.length })} · ${t("grade.keys")}</p>
    <${OneAnswer} key=${`${answer.attempt_id} ${answer.question_id}`} answer=${answer} question=${question} onDone=${keep} onBack=${at > 0 ? () => leaving(() => setAt(at - 1)) : undefined} onSkip=${() => leaving(() => setAt(at + 1))} />`;
}

/** @param {{ answer: AnswerToGrade, question: QuestionToGrade, onDone: (answer: AnswerToGrade) => void, onBack?: () => void, onSkip: () => void }} props */
function OneAnswer({ answer, question, onDone, onBack, onSkip }) {
  const grade = answer.grade ?? null;
  const hasRubric = question.rubric.length > 0;
  const [start] = useState(() => ({ points: String(grade?.points ?? ""), comment: grade?.comment ?? "",
    criteria: /** @type {Record<string, string>} */ (Object.fromEntries(Object.entries(grade?.criteria ?? {}).map(([id, value]) => [id, String(value)]))) }));
  const [points, setPoints] = useState(start.points);
  const [criteria, setCriteria] = useState(start.criteria);
  const [comment, setComment] = useState(start.comment);
  useUnsaved(points !== start.points || criteria !== start.criteria || comment !== start.comment);
  const { isBusy, error: refusal, run } = useWork();
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const given = question.rubric.map(({ id }) => numberOf(criteria[id] ?? ""));
  const total = hasRubric ? given.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0) : numberOf(points) ?? 0;
  const isWhole = hasRubric ? given.every((value) => value !== null) : numberOf(points) !== null;
  const save = () => run(async () => {
    const marks = hasRubric ? { criteria: Object.fromEntries(question.rubric.map(({ id }, index) => [id, given[index] ?? 0])) } : { points: numberOf(points) };
    const reply = await call("PUT /api/v1/attempts/{id}/grades/{question_id}", { path: { id: answer.attempt_id, question_id: answer.question_id }, body: { seen_version: grade?.version ?? 0, comment, ...marks } });
    toast(t("grade.saved", { points: number(reply.points) }));
    onDone({ ...answer, grade: { question_id: answer.question_id, graded_at: "", graded_by: "", graded_by_name: "", comment, points: reply.points, version: reply.version, ...("criteria" in marks ? { criteria: marks.criteria } : {}) } });
  });
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && isWhole && !isBusy) {
      event.preventDefault();
      save();
    } else if (event.altKey && event.key === "ArrowRight") { event.preventDefault(); onSkip(); }
    else if (event.altKey && event.key === "ArrowLeft" && onBack) { event.preventDefault(); onBack(); }
  };
  const isConflict = refusal instanceof RequestError && refusal.kind === "changed-meanwhile";
  const text = /** @type {{ text?: string } | null} */ (answer.response)?.text ?? "";
  return html`<div class="beside grading" onKeyDown=${onKey}>
    <div class="stack"><section class="card"><h2 class="out-of-sight">${t("bank.question")}</h2><${Formatted} text=${question.text} format=${question.format} />
        ${question.grader_notes && html`<p class="notes"><strong>${t("bank.grader_notes")}:</strong> ${question.grader_notes}</p>`}</section>
      <section class="card"><h2>${t("grade.answer")}</h2><p class="written" dir="auto" data-testid="answer">${text}</p></section></div>
    <form class="card stack sticky" ref=${form} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (isWhole) save(); }}>
      <fieldset class="stack" disabled=${isBusy}>${grade && html`<p><${Badge}>${t("grade.was", { points: number(grade.points ?? 0) })}<//></p>`}
      ${hasRubric ? question.rubric.map((criterion, index) => html`<${Field} key=${criterion.id} name=${`criterion-${index + 1}`} type="number" min="0" max=${criterion.points} step="any" label=${`${criterion.text} (${t("grade.most", { count: criterion.points })})`} value=${criteria[criterion.id] ?? ""}
          onInput=${(/** @type {string} */ value) => setCriteria({ ...criteria, [criterion.id]: value })} />`)
        : html`<${Field} name="grade-points" type="number" min="0" max=${question.points} step="any" label=${t("bank.points")} value=${points} onInput=${setPoints} />`}
      <p class="figures"><strong data-testid="grade-total">${number(total)}</strong> / ${number(question.points)}</p>
      <${Field} name="comment" type="textarea" dir="auto" label=${t("grade.comment")} hint=${t("grade.comment_hint")} value=${comment} onInput=${setComment} /></fieldset>
      ${refusal && html`<${Banner} tone="bad" testid="refusal"><p>${isConflict ? t("grade.conflict") : wordsOf(refusal)}</p><//>`}
      <div class="row"><${Button} type="submit" testid="grade-save" busy=${isBusy} disabled=${!isWhole}>${t("grade.save")}<//>
        <${Button} kind="secondary" testid="skip" onClick=${onSkip}>${t("grade.skip")}<//>${onBack && html`<${Button} kind="quiet" testid="back" onClick=${onBack}>${t("grade.back")}<//>`}</div></form></div>`;
}

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Banner, toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { dateAndTime, t } from "../../language.js";
import { QuestionFields } from "../../student/question/question.js";
import { html, useState } from "../../view.js";
import * as session from "../../session.js";
import { useWork, wordsOf } from "../work.js";

/** @typedef {import("./exam.js").Exam} Exam */
/** @typedef {{ place: { in: "exam" | "section" | "question", number?: number, text?: string }, severity: string, what: string, remedy: string }} Finding */
/** @typedef {"draft" | "review" | "published" | "closed"} State */

/** Where one may go from each state; the first is the way on. @type {Record<string, State[]>} */
const WAYS = { draft: ["review"], review: ["published", "draft"], published: ["closed"], closed: ["published"] };
/** What is asked before: what cannot simply be taken back. */
const ASKED = new Set(["review>published", "published>closed"]);

/** @param {Finding["place"]} place */
const placeOf = ({ in: where, number, text }) => (where === "exam" ? t("plan.place.exam") : t(/** @type {import("../../language.js").Key} */ (`plan.place.${where}`), { number: number ?? 0, text: text ?? "" }));

/** What is wrong with an exam and where it is mended, and its way to publication. @param {{ course: string, exam: Exam, save: () => Promise<void>, onTake: (exam: Exam) => void, onStep: (step: string) => void }} props */
export function Checking({ course, exam, save, onTake, onStep }) {
  const found = useLoaded(async () => {
    await save();
    return call("POST /api/v1/exams/{id}/check", { path: { id: exam.id } });
  }, [exam.id, exam.revision]);
  const [asked, setAsked] = useState(/** @type {State | null} */ (null));
  const { isBusy, error: refusal, run, forget } = useWork();
  const move = (/** @type {State} */ state) => run(async () => {
    setAsked(null);
    onTake(/** @type {Exam} */ (await call("POST /api/v1/exams/{id}/state", { path: { id: exam.id }, body: { state } })));
    toast(t(/** @type {import("../../language.js").Key} */ (`plan.moved.${state}`)));
  });
  const approve = () => run(async () => {
    onTake(/** @type {Exam} */ (await call("POST /api/v1/exams/{id}/approval", { path: { id: exam.id }, body: { revision: exam.revision } })));
    toast(t("plan.approved"));
  });
  const isAuthor = exam.author_id === session.current()?.user.id;
  const canPublish = found.value?.can_be_published ?? false;
  const word = (/** @type {State} */ state) => t(/** @type {import("../../language.js").Key} */ (`plan.move.${exam.state}.${state}`));
  const question = (/** @type {State} */ state) => t(/** @type {import("../../language.js").Key} */ (`plan.ask.${state}`));
  return html`<section class="card stack"><h2>${t("plan.check_title")}</h2>
      ${show(found, ({ findings }) => html`<${Findings} course=${course} exam=${exam} findings=${/** @type {any} */ (findings)} onStep=${onStep} />`)}
      <p><${Button} small kind="secondary" onClick=${found.reload}>${t("plan.check_again")}<//></p></section>
    <section class="card stack"><h2>${t("plan.way")}</h2><p>${t(/** @type {import("../../language.js").Key} */ (`plan.about.${exam.state}`))}</p>
      ${exam.reviewed_at && html`<p class="good-word">✓ ${t("plan.reviewed", { when: dateAndTime(exam.reviewed_at) })}</p>`}
      ${refusal && html`<${Banner} tone="bad" testid="state-refusal" onClose=${forget}><p>${wordsOf(refusal)}</p><//>`}
      <div class="row">${(WAYS[exam.state] ?? []).map((state, index) => html`<${Button} testid=${`to-${state}`} kind=${index === 0 ? "primary" : "secondary"} busy=${isBusy} disabled=${state === "published" && exam.state === "review" && !canPublish}
          onClick=${() => (ASKED.has(`${exam.state}>${state}`) ? setAsked(state) : move(state))}>${word(state)}<//>`)}
        ${exam.state === "review" && !isAuthor && !exam.reviewed_at && html`<${Button} kind="secondary" testid="approve" busy=${isBusy} onClick=${approve}>${t("plan.approve")}<//>`}</div></section>
    <${ExamPreview} exam=${exam} />
    ${asked && html`<${Dialog} title=${word(asked)} testid="ask" onClose=${() => setAsked(null)} actions=${html`<${Button} kind="secondary" onClick=${() => setAsked(null)}>${t("plan.cancel")}<//><${Button} testid="sure" busy=${isBusy} onClick=${() => move(asked)}>${word(asked)}<//>`}><p>${question(asked)}</p><//>`}`;
}

/** @param {{ course: string, exam: Exam, findings: Finding[], onStep: (step: string) => void }} props */
function Findings({ course, exam, findings, onStep }) {
  if (findings.length === 0) return html`<p class="good-word" data-testid="no-findings">✓ ${t("plan.no_findings")}</p>`;
  const fixed = (exam.draft?.sections ?? []).flatMap((/** @type {any} */ { items }) => items.flatMap((/** @type {any} */ { question }) => question ?? []));
  const mend = (/** @type {Finding["place"]} */ place) => (place.in === "question" && place.number && fixed[place.number - 1]
    ? html`<${Button} small kind="quiet" href=${`#/bank/${course}/questions/${fixed[place.number - 1]}`}>${t("plan.mend")}<//>`
    : html`<${Button} small kind="quiet" onClick=${() => onStep(place.in === "exam" ? "basics" : "questions")}>${t("plan.mend")}<//>`);
  return html`<ul class="findings" data-testid="findings">${findings.map(({ place, severity, what, remedy }) => html`<li class=${severity}><div class="row apart"><span><strong>${placeOf(place)}: ${what}</strong> ${remedy}</span>${mend(place)}</div></li>`)}</ul>`;
}

/** The exam as some student would see it. @param {{ exam: Exam }} props */
function ExamPreview({ exam }) {
  const [seed, setSeed] = useState(0);
  const loaded = useLoaded(async () => (seed === 0 ? null : call("GET /api/v1/exams/{id}/preview", { path: { id: exam.id }, query: { seed: String(seed) } })), [exam.id, exam.revision, seed]);
  return html`<section class="card stack"><h2>${t("plan.preview")}</h2><p class="row"><${Button} small kind="secondary" testid="preview-exam" onClick=${() => setSeed(seed + 1)}>${t(seed === 0 ? "plan.preview_show" : "plan.preview_other")}<//></p>
    ${seed > 0 && show(loaded, (preview) => preview && html`<ol class="paper">${preview.paper.questions.map((question) => html`<li key=${`${seed}-${question.id}`}><${QuestionFields} question=${question} response=${null} isDisabled onAnswer=${() => {}} /></li>`)}</ol>`)}</section>`;
}

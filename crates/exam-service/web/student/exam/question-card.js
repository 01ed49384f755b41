import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Check } from "../../design/field.js";
import { t } from "../../language.js";
import { html, useEffect, useRef, useState } from "../../view.js";
import { QuestionFields } from "../question/question.js";
import { Formatted } from "../text/formatted.js";
import { mayGo } from "./navigation.js";
import { PracticeCheck } from "./practice.js";

/**
 * The question one is at, and the way to the next.
 * @param {{ sitting: import("./sitting.js").Sitting, onReview: () => void }} props
 */
export function QuestionCard({ sitting, onReview }) {
  const { paper } = sitting.attempt;
  const question = sitting.question();
  const answer = sitting.answers.get(question.id);
  const [leaving, setLeaving] = useState(/** @type {number | null} */ (null));
  const isFirst = useRef(true);
  useEffect(() => {
    const text = document.getElementById("question-text");
    // The page has just been opened: whoever works with keys begins here, and not before the long list of all questions.
    if (!isFirst.current) text?.focus();
    else if (document.activeElement === document.body) text?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [question.id]);
  const section = paper.sections[question.section];
  const go = (/** @type {number} */ index) => (sitting.closes(index) ? setLeaving(index) : sitting.goTo(index));
  const may = (/** @type {number} */ index) => mayGo(paper, sitting.furthest, index);
  const leave = () => {
    const index = /** @type {number} */ (leaving);
    setLeaving(null);
    sitting.goTo(index);
  };
  const isLast = sitting.index === paper.questions.length - 1;
  return html`<article class="card question-card">
    ${section?.title && html`<h2 class="section-title">${section.title}</h2>`}
    ${section?.instructions && html`<div class="instructions soft"><${Formatted} text=${section.instructions} /></div>`}
    <div class="row apart">
      <span class="soft" data-testid="question-number">${t("question.number", { number: sitting.index + 1, all: paper.questions.length })}</span>
      <${Check} name="flag" checked=${answer.flagged} disabled=${!sitting.isTakingAnswers()} onChange=${(/** @type {boolean} */ flagged) => sitting.answer({ flagged })}>${t("question.flag")}<//>
    </div>
    <${QuestionFields} question=${question} response=${answer.response} isDisabled=${!sitting.isTakingAnswers()} onAnswer=${(/** @type {any} */ response) => sitting.answer({ response })} />
    ${sitting.attempt.is_practice && html`<${PracticeCheck} key=${question.id} sitting=${sitting} />`}
    ${paper.navigation !== "free" && html`<p class="soft small">${t(paper.navigation === "questions_in_order" ? "navigation.questions" : "navigation.sections")}</p>`}
    <div class="row actions">
      ${paper.navigation !== "questions_in_order" && html`<${Button} kind="secondary" testid="previous" disabled=${!may(sitting.index - 1)} onClick=${() => go(sitting.index - 1)}>${t("question.previous")}<//>`}
      ${isLast ? html`<${Button} testid="submit" disabled=${sitting.isPaused} onClick=${onReview}>${t("submit.open")}<//>`
        : html`<${Button} testid="next" disabled=${!may(sitting.index + 1)} onClick=${() => go(sitting.index + 1)}>${t("question.next")}<//>`}
      <${Button} kind="quiet" testid="clear" disabled=${answer.response === null || !sitting.isTakingAnswers()} onClick=${() => sitting.answer({ response: null })}>${t("question.clear")}<//>
      <span class="grow"></span>
      ${!isLast && html`<${Button} kind="secondary" testid="submit" disabled=${sitting.isPaused} onClick=${onReview}>${t("submit.open")}<//>`}
    </div>
    ${leaving !== null && html`<${Dialog} title=${t("navigation.leave")} testid="leave" onClose=${() => setLeaving(null)}
      actions=${html`<${Button} kind="secondary" testid="stay" onClick=${() => setLeaving(null)}>${t("navigation.stay")}<//><${Button} testid="go-on" onClick=${leave}>${t("navigation.go_on")}<//>`}>
      <p>${t(paper.navigation === "questions_in_order" ? "navigation.leave_question" : "navigation.leave_section")}</p><//>`}
  </article>`;
}

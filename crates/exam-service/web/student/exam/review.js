import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { t } from "../../language.js";
import { html } from "../../view.js";
import { mayGo } from "./navigation.js";

/**
 * What is unanswered or flagged, before handing in for good.
 * @param {{ sitting: import("./sitting.js").Sitting, onClose: () => void }} props
 */
export function Review({ sitting, onClose }) {
  const { questions } = sitting.attempt.paper;
  const places = questions.map(({ id }, index) => ({ id, index }));
  const unanswered = places.filter(({ id }) => !sitting.answers.isAnswered(id));
  const flagged = places.filter(({ id }) => sitting.answers.get(id).flagged);
  const go = (/** @type {number} */ index) => {
    onClose();
    sitting.goTo(index);
  };
  const submit = () => {
    onClose();
    sitting.submit("student");
  };
  const list = (/** @type {typeof places} */ found) => html`<div class="row">${found.map(({ index }) => html`<${Button} kind="secondary" small
    disabled=${index !== sitting.index && !mayGo(sitting.attempt.paper, sitting.furthest, index)} aria-label=${t("palette.question", { number: index + 1 })} onClick=${() => go(index)}>${index + 1}<//>`)}</div>`;
  return html`<${Dialog} title=${t("submit.title")} testid="review" onClose=${onClose}
    actions=${html`<${Button} kind="secondary" testid="cancel-submit" onClick=${onClose}>${t("submit.cancel")}<//><${Button} testid="confirm-submit" onClick=${submit}>${t("submit.now")}<//>`}>
    <div class="stack">
      ${unanswered.length === 0 ? html`<p data-testid="unanswered">${t("submit.all_answered")}</p>`
        : html`<div class="stack tight"><p data-testid="unanswered">${t("submit.unanswered", { count: unanswered.length })}</p>${list(unanswered)}</div>`}
      ${flagged.length > 0 && html`<div class="stack tight"><p>${t("submit.flagged", { count: flagged.length })}</p>${list(flagged)}</div>`}
      <p>${t("submit.final")}</p>
    </div>
  <//>`;
}

import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Failed, Loading, useLoaded } from "../../design/states.js";
import { number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { nameOfKind } from "../bank/document.js";
import { QuestionFilter } from "../bank/filter.js";
import { EVERYTHING, useQuestions } from "../bank/listing.js";
import { categoriesOf, titleOf } from "../bank/questions.js";
import { ticked } from "../input.js";

/** Chooses questions of the bank. @param {{ course: string, used: readonly string[], onTake: (ids: string[]) => void, onClose: () => void }} props */
export function Picker({ course, used, onTake, onClose }) {
  const [filter, setFilter] = useState(EVERYTHING);
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const categories = useLoaded(() => categoriesOf(course), [course]);
  const listing = useQuestions(course, filter);
  const turn = (/** @type {string} */ id) => ticked((isChosen) => setChosen(isChosen ? [...chosen, id] : chosen.filter((one) => one !== id)));
  return html`<${Dialog} title=${t("plan.pick")} testid="picker" onClose=${onClose} actions=${html`<${Button} kind="secondary" onClick=${onClose}>${t("plan.cancel")}<//>
      <${Button} testid="take-picked" disabled=${chosen.length === 0} onClick=${() => onTake(chosen)}>${t("plan.take", { count: chosen.length })}<//>`}>
    <${QuestionFilter} filter=${filter} categories=${categories.value ?? []} onChange=${setFilter} hasArchived=${false} />
    ${listing.error && html`<${Failed} error=${listing.error} onRetry=${listing.reload} />`}
    <ul class="pick-list">${listing.questions.map((line, index) => html`<li key=${line.id}><label class="check"><input type="checkbox" data-testid=${`pick-question-${index + 1}`} checked=${used.includes(line.id) || chosen.includes(line.id)} disabled=${used.includes(line.id)} onChange=${turn(line.id)} />
      <span><strong>${titleOf(line)}</strong> <span class="soft small">${nameOfKind(line.kind)} · ${t("bank.points")}: ${number(line.points)}${line.tags.length > 0 && ` · ${line.tags.join(", ")}`}</span></span></label></li>`)}</ul>
    ${listing.isLoading ? html`<${Loading} />` : listing.questions.length === 0 && !listing.error ? html`<p class="soft">${t("bank.none_fits")}</p>` : null}
    ${listing.next && html`<p class="more"><${Button} small kind="secondary" busy=${listing.isLoading} onClick=${listing.more}>${t("bank.more")}<//></p>`}
  <//>`;
}

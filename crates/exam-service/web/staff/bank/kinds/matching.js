import { t } from "../../../language.js";
import { html } from "../../../view.js";
import { typed } from "../../input.js";
import { OptionList, Scoring } from "./options.js";

/** @typedef {import("../document.js").Option} Option */

/** @param {import("./options.js").EditorProps} props */
export function Matching({ kind, onChange, isFixed }) {
  /** The key has nothing of what is gone. */
  const keep = (/** @type {{ prompts?: Option[], choices?: Option[] }} */ parts) => {
    /** @type {import("../document.js").Kind} */
    const next = { ...kind, ...parts };
    const has = (/** @type {Option[]} */ options, /** @type {string} */ id) => options.some((option) => option.id === id);
    const correct = Object.entries(kind.correct).filter(([prompt, choice]) => has(next.prompts, prompt) && has(next.choices, String(choice)));
    onChange({ ...next, correct: Object.fromEntries(correct) });
  };
  const pair = (/** @type {string} */ prompt) => (/** @type {string} */ choice) => {
    const correct = { ...kind.correct, [prompt]: choice };
    if (!choice) delete correct[prompt];
    onChange({ ...kind, correct });
  };
  const partner = (/** @type {Option} */ { id }, /** @type {number} */ number) => html`<select class="input" data-testid=${`partner-${number}`} aria-label=${t("bank.partner_of", { number })} value=${kind.correct[id] ?? ""} onChange=${typed(pair(id))}>
    <option value="">${t("bank.no_partner")}</option>${kind.choices.map((/** @type {Option} */ choice, /** @type {number} */ index) => html`<option value=${choice.id}>${choice.text || t("bank.choice").replace("{number}", String(index + 1))}</option>`)}</select>`;
  return html`<fieldset><legend class="label">${t("bank.choices")}</legend><p class="soft small">${t("bank.choices_hint")}</p>
      <${OptionList} name="choice" label=${t("bank.choice")} more=${t("bank.more_choices")} options=${kind.choices} isFixed=${isFixed} onChange=${(/** @type {Option[]} */ choices) => keep({ choices })} /></fieldset>
    <fieldset><legend class="label">${t("bank.prompts")}</legend><p class="soft small">${t("bank.prompts_hint")}</p>
      <${OptionList} name="prompt" label=${t("bank.prompt")} more=${t("bank.more_prompts")} options=${kind.prompts} isFixed=${isFixed} least=${1} onChange=${(/** @type {Option[]} */ prompts) => keep({ prompts })} after=${partner} />
      <${Scoring} rules=${["per_pair", "all_or_nothing"]} value=${kind.scoring} onChange=${(/** @type {string} */ scoring) => onChange({ ...kind, scoring })} /></fieldset>`;
}

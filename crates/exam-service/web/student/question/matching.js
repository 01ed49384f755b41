import { t } from "../../language.js";
import { html } from "../../view.js";
import { Formatted } from "../text/formatted.js";

/** Each prompt with a list to choose its partner from: as easy with keys as with a mouse. @param {import("./question.js").KindProps} props */
export function Matching({ question, response, onAnswer }) {
  /** @type {Record<string, string>} */
  const pairs = response?.pairs ?? {};
  const choose = (/** @type {string} */ prompt, /** @type {string} */ choice) => {
    const next = { ...pairs, [prompt]: choice };
    if (!choice) delete next[prompt];
    onAnswer(Object.keys(next).length > 0 ? { pairs: next } : null);
  };
  return html`<div class="matching">${(question.prompts ?? []).map((prompt, index) => html`<div class="pair" key=${prompt.id}>
    <label for=${`prompt-${index + 1}`}><${Formatted} text=${prompt.text} /></label>
    <select class="input" id=${`prompt-${index + 1}`} data-testid=${`prompt-${index + 1}`} value=${pairs[prompt.id] ?? ""}
      onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => choose(prompt.id, event.currentTarget.value)}>
      <option value="">${t("matching.choose")}</option>
      ${question.options.map((option) => html`<option value=${option.id}>${option.text}</option>`)}
    </select>
  </div>`)}</div>`;
}

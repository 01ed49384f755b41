import { t } from "../../language.js";
import { html } from "../../view.js";
import { Formatted } from "../text/formatted.js";

/** @typedef {import("./question.js").KindProps} KindProps */

/**
 * @param {object} props
 * @param {"radio" | "checkbox"} props.type
 * @param {string} props.name
 * @param {string} props.value
 * @param {boolean} props.checked
 * @param {number} props.place from 1
 * @param {string} [props.text] what it says; who writes a question sees it before there is any
 * @param {(checked: boolean) => void} props.onChange
 * @param {import("../../view.js").ComponentChildren} [props.children]
 */
const Option = ({ type, name, value, checked, place, text, onChange, children }) => html`<label class=${`option ${checked ? "chosen" : ""}`}>
  <input type=${type} name=${name} value=${value} checked=${checked} data-testid=${`option-${place}`} aria-label=${text === undefined || text.trim() ? null : t("kind.option", { number: place })}
    onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => onChange(event.currentTarget.checked)} />
  <span>${children}</span></label>`;

/** @param {KindProps} props */
export const MultipleChoice = ({ question, response, onAnswer }) => html`${question.options.map((option, index) => html`<${Option} type="radio" key=${option.id}
  name=${question.id} value=${option.id} place=${index + 1} checked=${response?.selected?.includes(option.id) ?? false} text=${option.text}
  onChange=${() => onAnswer({ selected: [option.id] })}><${Formatted} text=${option.text} /><//>`)}`;

/** @param {KindProps} props */
export function MultipleResponse({ question, response, onAnswer }) {
  /** @type {string[]} */
  const selected = response?.selected ?? [];
  const turn = (/** @type {string} */ id, /** @type {boolean} */ isOn) => {
    const next = isOn ? [...selected, id] : selected.filter((one) => one !== id);
    onAnswer(next.length > 0 ? { selected: next } : null);
  };
  return html`${question.options.map((option, index) => html`<${Option} type="checkbox" key=${option.id} name=${question.id} value=${option.id}
    place=${index + 1} checked=${selected.includes(option.id)} text=${option.text} onChange=${(/** @type {boolean} */ isOn) => turn(option.id, isOn)}><${Formatted} text=${option.text} /><//>`)}`;
}

/** @param {KindProps} props */
export const TrueFalse = ({ question, response, onAnswer }) => html`${[true, false].map((value, index) => html`<${Option} type="radio" key=${String(value)}
  name=${question.id} value=${String(value)} place=${index + 1} checked=${response?.value === value}
  onChange=${() => onAnswer({ value })}>${t(value ? "kind.true" : "kind.false")}<//>`)}`;

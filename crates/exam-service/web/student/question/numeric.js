import { t } from "../../language.js";
import { html, useState } from "../../view.js";

const MOST_CHARACTERS = 60;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

/**
 * A number as the server reads it, or null. A comma before decimals is one way to write a point; both in one number are
 * ambiguous, and no number.
 * @param {string} typed
 */
export function asNumber(typed) {
  const text = typed.trim().replace(/[\u2212\u2013]/g, "-");
  const written = text.includes(".") ? text : text.replace(",", ".");
  return written.length <= MOST_CHARACTERS && NUMBER.test(written) ? written : null;
}

/** @param {import("./question.js").KindProps} props */
export function Numeric({ question, response, onAnswer }) {
  const units = question.units ?? [];
  const [typed, setTyped] = useState(response?.number ?? "");
  const [unit, setUnit] = useState(response?.unit ?? (units.length === 1 ? units[0] : ""));
  // Another window may have changed it, or it was cleared.
  const [last, setLast] = useState(response);
  if (response !== last) {
    setLast(response);
    if (response?.number !== undefined && response.number !== asNumber(typed)) setTyped(response.number);
    if (response === null && asNumber(typed) !== null) setTyped("");
  }
  const isWrong = typed.trim() !== "" && asNumber(typed) === null;
  const answer = (/** @type {string} */ text, /** @type {string} */ chosen) => {
    const number = asNumber(text);
    // What is no number is no answer: nothing is stored as if it were one.
    if (number === null) {
      if (response !== null) onAnswer(null);
      return;
    }
    onAnswer(units.length > 0 && chosen ? { number, unit: chosen } : { number });
  };
  const type = (/** @type {{ currentTarget: HTMLInputElement }} */ event) => {
    setTyped(event.currentTarget.value);
    answer(event.currentTarget.value, unit);
  };
  const choose = (/** @type {{ currentTarget: HTMLSelectElement }} */ event) => {
    setUnit(event.currentTarget.value);
    answer(typed, event.currentTarget.value);
  };
  return html`<div class="row numeric">
      <input class="input number" type="text" inputmode="decimal" autocomplete="off" dir="ltr" aria-labelledby="question-text" data-testid="number" maxlength=${MOST_CHARACTERS}
        aria-invalid=${isWrong ? "true" : null} aria-describedby=${isWrong ? "number-problem" : null} value=${typed} onInput=${type} />
      ${units.length > 0 && html`<select class="input unit" aria-label=${t("numeric.unit")} data-testid="unit" value=${unit} onChange=${choose}>
        <option value="">${t("numeric.choose_unit")}</option>${units.map((one) => html`<option value=${one}>${one}</option>`)}</select>`}
    </div>
    ${isWrong && html`<p class="problem small" id="number-problem" role="alert">${t("numeric.wrong")}</p>`}`;
}

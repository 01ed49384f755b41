import { t } from "../../language.js";
import { html } from "../../view.js";

/** @typedef {import("./question.js").KindProps} KindProps */

const SHORT_ANSWER_CHARACTERS = 500;

/** Characters as the server counts them: an emoji is one. */
const length = (/** @type {string} */ text) => [...text].length;

/** What no keyboard makes, and the server refuses. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/**
 * @param {string} text
 * @param {number} most
 */
function cleaned(text, most) {
  const clean = text.replace(CONTROLS, "");
  return length(clean) <= most ? clean : [...clean].slice(0, most).join("");
}

/**
 * @param {string} text
 * @param {number} most
 */
const asResponse = (text, most) => (text === "" ? null : { text: cleaned(text, most) });

/** @param {KindProps} props */
export function ShortAnswer({ question, response, onAnswer }) {
  const most = question.maximum_characters ?? SHORT_ANSWER_CHARACTERS;
  const change = (/** @type {{ currentTarget: HTMLInputElement }} */ event) => onAnswer(asResponse(event.currentTarget.value, most));
  return html`<input class="input" type="text" dir="auto" autocomplete="off" spellcheck=${false} aria-labelledby="question-text" data-testid="text"
    value=${response?.text ?? ""} onInput=${change} />`;
}

/** @param {KindProps} props */
export function Essay({ question, response, onAnswer }) {
  const most = question.maximum_characters ?? 20000;
  const text = response?.text ?? "";
  const count = length(text);
  const change = (/** @type {{ currentTarget: HTMLTextAreaElement }} */ event) => {
    const field = event.currentTarget;
    const next = asResponse(field.value, most);
    // What goes past the limit is not taken, and is not shown as if it were.
    if (next && next.text !== field.value) field.value = next.text;
    onAnswer(next);
  };
  return html`<textarea class="input essay" dir="auto" aria-labelledby="question-text" aria-describedby="essay-length" data-testid="text"
      value=${text} onInput=${change}></textarea>
    <p class="soft small figures" id="essay-length">${t("essay.length", { used: count, most })}</p>`;
}

// An answer in words: what was answered, or what would have been right.

import { t } from "../../language.js";
import { html } from "../../view.js";
import { Formatted } from "../text/formatted.js";

/** @param {{ question: import("./question.js").Question, response: any }} props */
export function ResponseText({ question, response }) {
  const name = (/** @type {string} */ id) => [...question.options, ...(question.prompts ?? [])].find((option) => option.id === id)?.text ?? "?";
  const item = (/** @type {string} */ text) => html`<li><${Formatted} text=${text} /></li>`;
  if (!response) return html`<p class="soft">${t("result.none")}</p>`;
  if (response.selected) return html`<ul>${response.selected.map((/** @type {string} */ id) => item(name(id)))}</ul>`;
  if (response.order) return html`<ol>${response.order.map((/** @type {string} */ id) => item(name(id)))}</ol>`;
  if (response.pairs) return html`<ul>${Object.entries(response.pairs).map(([prompt, choice]) => item(`${name(prompt)} → ${name(String(choice))}`))}</ul>`;
  if (response.value !== undefined) return html`<p>${t(response.value ? "kind.true" : "kind.false")}</p>`;
  if (response.number !== undefined) return html`<p class="figures" dir="ltr">${response.number} ${response.unit ?? ""}</p>`;
  return html`<p class="written" dir="auto">${response.text}</p>`;
}

// What a page has to say: banners that stay with what they belong to, toasts that go away again.

import { html, useEffect, useState } from "../view.js";
import { t } from "../language.js";
import { Button } from "./button.js";

/** @typedef {"info" | "good" | "warn" | "bad"} Tone */

const SHOWN_MS = 6000;

/** @type {{ id: number, tone: Tone, text: string }[]} */
let toasts = [];
/** @type {Set<() => void>} */
const listeners = new Set();
let last = 0;

/**
 * @param {object} props
 * @param {Tone} [props.tone]
 * @param {string} [props.testid]
 * @param {() => void} [props.onClose] shows a button that takes it away
 * @param {import("../view.js").ComponentChildren} [props.children]
 */
export function Banner({ tone = "info", testid, onClose, children }) {
  const role = tone === "bad" || tone === "warn" ? "alert" : "status";
  return html`<div class=${`banner ${tone}`} role=${role} data-testid=${testid}>
    <div class="text">${children}</div>
    ${onClose && html`<${Button} kind="quiet" small onClick=${onClose}>${t("close")}<//>`}
  </div>`;
}

/**
 * Says something in passing: what was done, not what has to be read.
 * @param {string} text
 * @param {Tone} [tone]
 */
export function toast(text, tone = "good") {
  last += 1;
  const id = last;
  toasts = [...toasts.slice(-3), { id, tone, text }];
  const tell = () => { for (const listener of listeners) listener(); };
  tell();
  setTimeout(() => {
    toasts = toasts.filter((one) => one.id !== id);
    tell();
  }, SHOWN_MS);
}

/** Where toasts are shown; each page has it once. */
export function Toasts() {
  const [, draw] = useState(0);
  useEffect(() => {
    const listener = () => draw((count) => count + 1);
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }, []);
  return html`<div class="toasts no-print" role="status" aria-live="polite">
    ${toasts.map(({ id, tone, text }) => html`<div key=${id} class=${`banner ${tone}`} data-testid="toast"><div class="text">${text}</div></div>`)}
  </div>`;
}

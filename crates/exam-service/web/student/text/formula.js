// Formulas in texts: \( ... \) in a line, \[ ... \] or $$ ... $$ on a line of their own, drawn by KaTeX as elements.

import { html, useLayoutEffect, useRef, useState } from "../../view.js";

const FORMULA = /\\\((.+?)\\\)|\\\[([\s\S]+?)\\\]|\$\$([\s\S]+?)\$\$/g;
const FOLDER = new URL("../../vendor/katex-0.19.1/", import.meta.url).href;

/** @typedef {{ tex: string, isBlock: boolean }} FormulaProps */

/** @type {Promise<typeof import("katex")> | null} */
let library = null;

/** @param {string} text */
export const hasFormula = (text) => new RegExp(FORMULA.source).test(text);

/** Loads what draws formulas; its letters come with the style sheet, when they are used. */
export function loadFormulas() {
  library ??= (async () => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = `${FOLDER}katex.css`;
    document.head.append(sheet);
    await import(`${FOLDER}katex.js`);
    return /** @type {any} */ (window).katex;
  })();
  return library;
}

/**
 * Texts and formulas in turn.
 * @param {string} text
 * @returns {(string | FormulaProps)[]}
 */
export function splitFormulas(text) {
  /** @type {(string | FormulaProps)[]} */
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(FORMULA)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push({ tex: found[1] ?? found[2] ?? found[3], isBlock: found[1] === undefined });
    end = found.index + found[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** @param {FormulaProps} props */
export function Formula({ tex, isBlock }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [isPlain, setPlain] = useState(false);
  useLayoutEffect(() => {
    const draw = async () => {
      const katex = await loadFormulas();
      // What an author got wrong is shown as it was written.
      if (place.current) katex.render(tex, place.current, { displayMode: isBlock, throwOnError: false, trust: false, maxExpand: 200, strict: "ignore", output: "htmlAndMathml" });
    };
    draw().catch(() => setPlain(true));
  }, [tex, isBlock]);
  if (isPlain) return html`<code dir="ltr">${tex}</code>`;
  return html`<span class=${isBlock ? "formula block" : "formula"} dir="ltr" ref=${place}></span>`;
}

// What an exam needs besides its paper, loaded before the start: images and sounds, what reads Markdown, what draws formulas.

import { hasFormula, loadFormulas } from "../text/formula.js";
import { loadMarkdown } from "../text/formatted.js";
import { mediaIn, urlOf } from "../text/media.js";

const FORMULA_LETTERS = ["Main-Regular", "Main-Italic", "Main-Bold", "Math-Italic", "AMS-Regular", "Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular"];

/** How many files are fetched at the same time: a whole room starts at once. */
const AT_ONCE = 4;

/**
 * @param {import("exam-api").Schemas["Attempt"]} attempt
 * @param {(done: number, all: number) => void} [onProgress]
 */
export async function load({ paper }, onProgress = () => {}) {
  const { questions, sections } = paper;
  const texts = [...questions.flatMap(({ text, options, prompts = [] }) => [text, ...options.map((one) => one.text), ...prompts.map((one) => one.text)]), ...sections.map(({ instructions }) => instructions)];
  /** @type {(() => Promise<unknown>)[]} */
  const work = mediaIn(texts).map((path) => () => urlOf(path));
  if (questions.some(({ format }) => format === "markdown")) work.push(loadMarkdown);
  if (texts.some(hasFormula)) {
    work.push(loadFormulas);
    const folder = new URL("../../vendor/katex-0.19.1/fonts/", import.meta.url).href;
    work.push(...FORMULA_LETTERS.map((name) => () => fetch(`${folder}KaTeX_${name}.woff2`)));
  }
  let done = 0;
  const all = work.length;
  const take = async () => {
    for (let next = work.shift(); next; next = work.shift()) {
      await next();
      done += 1;
      onProgress(done, all);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
}

import { call } from "../../api.js";
import { Field } from "../../design/field.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { all } from "../pages.js";
import { leaving } from "../../router.js";
import { Correction } from "./correction.js";

/** @typedef {{ id: string, text: string, isDrawn: boolean }} Asked a question that somebody was asked, or may have been */

/** What somebody reads of a text, in one line. @param {string} text @param {string} [format] */
const inOneLine = (text, format) => (format === "html" ? new DOMParser().parseFromString(text, "text/html").body.textContent ?? "" : text).replace(/\s+/g, " ").trim();

/** What the bank has that a draw can have drawn. @param {string} course @param {any} draw @param {boolean} archived */
const drawable = (course, { tags = [], minimum_difficulty, maximum_difficulty }, archived) => all(async (after) => {
  const query = { tag: tags[0], minimum_difficulty, maximum_difficulty, archived: archived || undefined, limit: 100, after };
  const { questions, next } = await call("GET /api/v1/courses/{id}/questions", { path: { id: course }, query });
  return { rows: questions.filter((question) => tags.every((/** @type {string} */ tag) => question.tags.includes(tag))), next };
});

/** The questions of an exam with the keys that were put right: first those that everybody was asked. @param {string} course @param {string} exam */
async function load(course, exam) {
  const path = { id: exam };
  const [details, { corrections }, preview] = await Promise.all([call("GET /api/v1/exams/{id}", { path }), call("GET /api/v1/exams/{id}/corrections", { path }),
    call("GET /api/v1/exams/{id}/preview", { path, query: { seed: "1" } })]);
  const draft = /** @type {any} */ (details.draft);
  /** @type {any[]} */
  const items = (draft?.sections ?? []).flatMap((/** @type {any} */ section) => section.items);
  const draws = items.filter(({ type }) => type === "draw");
  const drawn = (await Promise.all(draws.flatMap((draw) => [false, true].map((archived) => drawable(course, draw, archived))))).flat();
  const isFixed = (/** @type {string} */ id) => draws.length === 0 || items.some(({ question }) => question === id);
  /** @type {Map<string, Asked>} */
  const asked = new Map();
  for (const { id, text, format } of preview.paper.questions) if (isFixed(id)) asked.set(id, { id, text: inOneLine(text, format), isDrawn: false });
  for (const { id, name, text } of drawn) if (!asked.has(id)) asked.set(id, { id, text: name || inOneLine(text), isDrawn: true });
  // What was retagged in the bank since may have been drawn all the same.
  for (const { id, text, format } of preview.paper.questions) if (!asked.has(id)) asked.set(id, { id, text: inOneLine(text, format), isDrawn: true });
  return { asked: [...asked.values()], corrections, publishedAt: details.published_at ?? null };
}

/** Keys that were wrong put right, and questions that were broken taken out, with what that changes before it is done. @param {{ course: string, exam: string }} props */
export function Regrading({ course, exam }) {
  const loaded = useLoaded(() => load(course, exam), [course, exam]);
  const [chosen, setChosen] = useState("");
  const [, draw] = useState(0);
  const choose = (/** @type {string} */ id) => {
    leaving(() => setChosen(id));
    // Whoever stays sees in the list what is shown.
    draw((count) => count + 1);
  };
  return show(loaded, ({ asked, corrections, publishedAt }) => {
    if (asked.length === 0) return html`<${Empty} title=${t("keys.none")} />`;
    const option = (/** @type {Asked} */ { id, text }, /** @type {number} */ index) => html`<option value=${id}>${index + 1}. ${text.slice(0, 90)}${corrections.some(({ question_id }) => question_id === id) ? ` · ${t("keys.corrected")}` : ""}</option>`;
    const [fixed, drawn] = [asked.filter(({ isDrawn }) => !isDrawn), asked.filter(({ isDrawn }) => isDrawn)];
    return html`<div class="narrow-form stack toolbar"><p>${t("keys.about")}</p>
      <${Field} name="regrade-question" type="select" label=${t("bank.question")} value=${chosen} onInput=${choose}><option value="">${t("keys.choose")}</option>
        ${drawn.length === 0 ? fixed.map(option) : html`<optgroup label=${t("keys.everybody")}>${fixed.map(option)}</optgroup><optgroup label=${t("keys.drawn")}>${drawn.map(option)}</optgroup>`}<//></div>
      ${chosen && html`<${Correction} key=${`${chosen} ${corrections.length}`} exam=${exam} question=${chosen} publishedAt=${publishedAt} corrections=${corrections} onDone=${loaded.reload} />`}`;
  });
}

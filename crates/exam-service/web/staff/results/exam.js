import { call } from "../../api.js";
import { show, useLoaded } from "../../design/states.js";
import { Tabs } from "../../design/tabs.js";
import { t } from "../../language.js";
import { leaving } from "../../router.js";
import { html, useState } from "../../view.js";
import { ExamState } from "../exams/exams.js";
import { Figures } from "./figures.js";
import { Grading } from "./grading.js";
import { Regrading } from "./regrading.js";
import { Marks } from "./marks.js";

const PARTS = ["table", "figures", "grading", "keys"];

/** What came of an exam. @param {{ course: string, exam: string, part: string }} props */
export function ResultPage({ course, exam, part }) {
  const loaded = useLoaded(() => call("GET /api/v1/exams/{id}", { path: { id: exam } }), [exam]);
  const [shown, setShown] = useState(PARTS.includes(part) ? part : "table");
  const views = {
    table: () => html`<${Marks} exam=${exam} title=${loaded.value?.title ?? ""} onPart=${setShown} />`,
    figures: () => html`<${Figures} exam=${exam} />`,
    grading: () => html`<${Grading} exam=${exam} />`,
    keys: () => html`<${Regrading} course=${course} exam=${exam} />`,
  };
  return html`<p><a href=${`#/results/${course}`}>← ${t("marks.title")}</a></p>
    ${show(loaded, ({ title, state }) => html`<h1>${title} <${ExamState} state=${state} /></h1>
      <${Tabs} label=${t("marks.title")} selected=${shown} onSelect=${(/** @type {string} */ name) => leaving(() => setShown(name))} tabs=${PARTS.map((name) => ({ name, label: t(/** @type {import("../../language.js").Key} */ (`marks.part.${name}`)) }))}>
        ${views[/** @type {keyof typeof views} */ (shown)]()}<//>`)}`;
}

// What one has sat so far, with its results.

import { RequestError, call } from "../api.js";
import { Empty, show, useLoaded } from "../design/states.js";
import { Table } from "../design/table.js";
import { dateAndTime, number, t } from "../language.js";
import { html } from "../view.js";

/** @typedef {{ id: string, title: string, ends_at: string, score: number | null, most: number | null, grade: string | null }} Line */

/** @returns {Promise<Line[]>} */
async function loadLines() {
  const { exams } = await call("GET /api/v1/my/exams");
  const sat = exams.filter(({ attempt }) => attempt?.state === "submitted");
  return Promise.all(sat.map(async ({ title, ends_at, attempt }) => {
    const id = /** @type {{ id: string }} */ (attempt).id;
    const result = await call("GET /api/v1/attempts/{id}/result", { path: { id } }).catch((error) => {
      if (error instanceof RequestError && error.status === 409) return null;
      throw error;
    });
    return { id, title, ends_at, score: result?.score ?? null, most: result?.max_score ?? null, grade: result?.grade ?? null };
  }));
}

const columns = () => [
  { name: "exam", label: t("history.exam"), show: (/** @type {Line} */ line) => html`<a href=${`#/attempts/${line.id}/receipt`}>${line.title}</a>`, by: (/** @type {Line} */ line) => line.title },
  { name: "day", label: t("history.day"), show: (/** @type {Line} */ line) => dateAndTime(line.ends_at), by: (/** @type {Line} */ line) => line.ends_at },
  { name: "score", label: t("history.score"), isNumeric: true, by: (/** @type {Line} */ line) => line.score,
    show: (/** @type {Line} */ { score, most }) => (score === null || most === null ? t("history.not_yet") : t("result.score", { score: number(score), most: number(most) })) },
  { name: "grade", label: t("history.grade"), show: (/** @type {Line} */ line) => line.grade ?? "–" },
];

export function History() {
  const lines = useLoaded(loadLines, []);
  return html`<h1>${t("history.title")}</h1>
    ${show(lines, (list) => (list.length === 0 ? html`<${Empty} title=${t("history.none")} />`
      : html`<${Table} testid="history" caption=${t("history.title")} columns=${columns()} rows=${list} keyOf=${(/** @type {Line} */ { id }) => id} sorted=${{ name: "day", isDescending: true }} />`))}`;
}

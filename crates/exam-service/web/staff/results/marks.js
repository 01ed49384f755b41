import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { useAction, useWork, wordsOf } from "../work.js";
import { download, fileName } from "../files.js";
import { all } from "../pages.js";

/** @typedef {import("exam-api").Schemas["ResultLine"]} ResultLine */
/** @typedef {import("../../language.js").Key} Key */

/** What a file of results is called to people, and how it ends. */
const EXPORTS = /** @type {const} */ ([["xlsx", "xlsx"], ["csv", "csv"], ["pdf", "pdf"], ["slips", "pdf"]]);

/** All results, and when they were released. @param {string} exam */
async function resultsOf(exam) {
  let released_at = /** @type {string | null} */ (null);
  const lines = await all(async (after) => {
    const page = await call("GET /api/v1/exams/{id}/results", { path: { id: exam }, query: { limit: 500, after } });
    released_at = page.released_at ?? null;
    return { rows: page.results, next: page.next };
  });
  return { lines, released_at };
}

/** @returns {import("../../design/table.js").Column<ResultLine>[]} */
const columns = () => [
  { name: "name", label: t("plan.name"), by: (line) => line.display_name, show: (line) => line.display_name },
  { name: "number", label: t("plan.number"), by: (line) => line.student_number ?? line.login, show: (line) => line.student_number ?? line.login },
  { name: "score", label: t("bank.points"), isNumeric: true, by: ({ score }) => score, show: ({ score, max_score }) => `${number(score)} / ${number(max_score)}` },
  { name: "percent", label: "%", isNumeric: true, by: ({ percent }) => percent ?? null, show: ({ percent }) => (percent === null || percent === undefined ? "–" : number(percent, 1)) },
  { name: "grade", label: t("plan.grade"), by: ({ grade }) => grade ?? null, show: ({ grade }) => grade ?? "–" },
  { name: "state", label: t("plan.state"), by: ({ waiting, state }) => (state === "open" ? -1 : waiting), show: ({ waiting, state }) => (state === "open" ? html`<${Badge} tone="accent">${t("marks.open")}<//>`
    : waiting > 0 ? html`<${Badge} tone="warn">${t("marks.waiting", { count: waiting })}<//>` : html`<${Badge} tone="good">${t("marks.final")}<//>`) },
  { name: "submitted", label: t("marks.submitted"), by: (line) => line.submitted_at ?? null, show: (line) => (line.submitted_at ? dateAndTime(line.submitted_at) : "–") },
];

/** @param {{ exam: string, title: string, onPart: (part: string) => void }} props */
export function Marks({ exam, title, onPart }) {
  const loaded = useLoaded(() => resultsOf(exam), [exam]);
  const [isAsking, setAsking] = useState(false);
  const [isBusy, run] = useAction();
  return show(loaded, ({ lines, released_at }) => {
    if (lines.length === 0) return html`<${Empty} title=${t("marks.nobody")}><p>${t("marks.nobody_hint")}</p><//>`;
    const waiting = lines.filter((line) => line.waiting > 0).length;
    return html`<div class="row apart toolbar">
        <div class="row">${EXPORTS.map(([format, ending]) => html`<${Button} small kind="secondary" testid=${`export-${format}`} busy=${isBusy}
          onClick=${() => run(() => download(`/api/v1/exams/${exam}/results/export?format=${format}`, `${fileName(`${title} ${t(/** @type {Key} */ (`marks.file.${format}`))}`)}.${ending}`))}>${t(/** @type {import("../../language.js").Key} */ (`marks.export.${format}`))}<//>`)}</div>
        ${released_at ? html`<${Badge} tone="good" testid="released">${t("marks.released", { when: dateAndTime(released_at) })}<//>` : html`<${Button} testid="release" onClick=${() => setAsking(true)}>${t("marks.release")}<//>`}</div>
      ${waiting > 0 && html`<${Banner} tone="warn"><p>${t("marks.some_wait", { count: waiting })} <${Button} small kind="quiet" onClick=${() => onPart("grading")}>${t("grade.open")}<//></p><//>`}
      <${Table} testid="results" caption=${t("marks.title")} columns=${columns()} rows=${lines} keyOf=${(/** @type {ResultLine} */ line) => line.attempt_id} sorted=${{ name: "name" }} />
      ${isAsking && html`<${Release} exam=${exam} count=${lines.length} onClose=${() => setAsking(false)} onDone=${() => { setAsking(false); loaded.reload(); }} />`}`;
  });
}

/** Asks before results are shown to students: that is not taken back. @param {{ exam: string, count: number, onClose: () => void, onDone: () => void }} props */
function Release({ exam, count, onClose, onDone }) {
  const { isBusy, error: refusal, run } = useWork();
  const isEarly = refusal instanceof RequestError && refusal.kind === "grades-missing";
  const release = () => run(async () => {
    await call("POST /api/v1/exams/{id}/release", { path: { id: exam }, body: { force: isEarly } });
    toast(t("marks.was_released"));
    onDone();
  });
  return html`<${Dialog} title=${t("marks.release")} testid="release-dialog" onClose=${onClose} actions=${html`<${Button} kind="secondary" onClick=${onClose}>${t("plan.cancel")}<//>
      <${Button} kind=${isEarly ? "danger" : "primary"} testid="release-now" busy=${isBusy} onClick=${release}>${t(isEarly ? "marks.release_anyway" : "marks.release")}<//>`}>
    <p>${t("marks.release_ask", { count })}</p>${refusal && html`<${Banner} tone="warn"><p>${wordsOf(refusal)}</p><//>`}<//>`;
}

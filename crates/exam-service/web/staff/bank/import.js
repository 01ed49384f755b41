import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner } from "../../design/messages.js";
import { useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { useWork, wordsOf } from "../work.js";
import { ticked } from "../input.js";
import { FORMATS, formatOf } from "./formats.js";
import { categoriesOf } from "./questions.js";

/** @typedef {{ line: number | null, place?: string, effect: "skipped" | "changed", what: string }} Note */
/** @typedef {{ taken: number, skipped: number, notes: Note[], unlisted_notes: number }} Report */
/** @typedef {Omit<import("exam-api").Schemas["ImportReply"], "report"> & { report: Report }} ImportReply */
/** @typedef {{ place: number, where: string, tone: "bad" | "warn", effect: string, what: string }} Line */

/** Everything there is to say, in the order of the file. @param {ImportReply} reply @returns {Line[]} */
function linesOf({ report, faulty }) {
  const notes = report.notes.map(({ line, place, effect, what }, index) => ({ place: line ?? index, what, effect: t(/** @type {import("../../language.js").Key} */ (`bank.import.${effect}`)),
    where: [line ? t("bank.import.line", { line }) : "", place ?? ""].filter(Boolean).join(", "), tone: /** @type {"bad" | "warn"} */ (effect === "skipped" ? "bad" : "warn") }));
  const faults = faulty.flatMap((question) => question.faults.map((fault) => ({ place: question.number, tone: /** @type {"bad" | "warn"} */ ("warn"), effect: t("bank.import.unfinished"),
    where: t("bank.import.question", { number: question.number }), what: `${question.text}: ${fault.what}; ${fault.remedy}` })));
  return [...notes, ...faults];
}

/** @returns {import("../../design/table.js").Column<Line>[]} */
const columns = () => [
  { name: "where", label: t("bank.import.where"), show: ({ where }) => where || "–", by: ({ place }) => place },
  { name: "effect", label: t("bank.import.effect"), by: ({ effect }) => effect, show: ({ effect, tone }) => html`<${Badge} tone=${tone}>${effect}<//>` },
  { name: "what", label: t("bank.import.what"), show: ({ what }) => what },
];

/** A file of questions: it is tried first, with a report row by row, and then taken. @param {{ course: string }} props */
export function Import({ course }) {
  const categories = useLoaded(() => categoriesOf(course), [course]);
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [format, setFormat] = useState("xlsx");
  const [category, setCategory] = useState("");
  const [isPartial, setPartial] = useState(false);
  const [reply, setReply] = useState(/** @type {ImportReply | null} */ (null));
  const { isBusy, error: refusal, run, forget } = useWork();
  /** What was said of another file or format does not stand any more. */
  const anew = (/** @type {() => void} */ change) => {
    change();
    setReply(null);
    forget();
  };
  const choose = (/** @type {{ currentTarget: HTMLInputElement }} */ event) => {
    const chosen = event.currentTarget.files?.[0] ?? null;
    anew(() => {
      setFile(chosen);
      setFormat(formatOf(chosen?.name ?? "") ?? format);
    });
  };
  const send = async (/** @type {boolean} */ dry_run) => {
    const isRead = await run(async () => {
      if (!file) return;
      const query = { format, dry_run, partial: isPartial, category: category || undefined };
      const taken = await call("POST /api/v1/courses/{id}/questions/import", { path: { id: course }, query, body: new Blob([file]) });
      setReply(/** @type {ImportReply} */ (/** @type {unknown} */ (taken)));
    });
    if (!isRead) setReply(null);
  };
  return html`<p><a href=${`#/bank/${course}`}>← ${t("bank.title")}</a></p><h1>${t("bank.import.title")}</h1>
    <ol class="steps">
      <li class="card stack"><h2>${t("bank.import.choose")}</h2>
        <div class="fields">
          <div class="field"><label for="file">${t("bank.import.file")}</label><input class="input" type="file" id="file" data-testid="file" onChange=${choose} /></div>
          <${Field} name="format" type="select" label=${t("bank.import.format")} value=${format} onInput=${(/** @type {string} */ value) => anew(() => setFormat(value))}>
            ${FORMATS.map(({ name, label }) => html`<option value=${name}>${label}</option>`)}<//>
          <${Field} name="category" type="select" label=${t("bank.import.into")} value=${category} onInput=${setCategory}>
            <option value="">${t("bank.no_category")}</option>${(categories.value ?? []).map(({ id, path }) => html`<option value=${id}>${path}</option>`)}<//>
        </div></li>
      <li class="card stack"><h2>${t("bank.import.try")}</h2><p class="soft">${t("bank.import.try_hint")}</p>
        <p><${Button} testid="try" kind=${reply ? "secondary" : "primary"} busy=${isBusy} disabled=${!file} onClick=${() => send(true)}>${t("bank.import.try_action")}<//></p>
        ${refusal && html`<${Banner} tone="bad" testid="refusal"><p>${wordsOf(refusal)}</p>${refusal instanceof RequestError && refusal.status === 0 && html`<p>${t("bank.import.unknown")}</p>`}<//>`}
        ${reply && html`<${ImportReport} reply=${reply} />`}</li>
      ${reply?.dry_run && html`<li class="card stack"><h2>${t("bank.import.take")}</h2>
        ${reply.report.taken === 0 ? html`<p>${t("bank.import.nothing")}</p>` : html`
          ${reply.report.skipped > 0 && html`<label class="check"><input type="checkbox" data-testid="partial" checked=${isPartial} onChange=${ticked(setPartial)} /><span>${t("bank.import.partial", { taken: reply.report.taken, skipped: reply.report.skipped })}</span></label>`}
          <p><${Button} testid="take" busy=${isBusy} disabled=${reply.report.skipped > 0 && !isPartial} onClick=${() => send(false)}>${t("bank.import.take_action", { count: reply.report.taken })}<//></p>`}</li>`}
      ${reply && !reply.dry_run && html`<li class="card stack"><${Banner} tone="good" testid="taken"><p>${t("bank.import.done", { count: reply.added })}</p><//><p><${Button} href=${`#/bank/${course}`}>${t("bank.import.to_bank")}<//></p></li>`}
    </ol>`;
}

/** @param {{ reply: ImportReply }} props */
function ImportReport({ reply }) {
  const lines = linesOf(reply);
  const unlisted = reply.report.unlisted_notes + reply.unlisted_faulty;
  return html`<div class="stack" data-testid="report">
    <p class="row"><${Badge} tone="good" testid="understood">${t("bank.import.understood", { count: reply.report.taken })}<//>
      ${reply.report.skipped > 0 && html`<${Badge} tone="bad">${t("bank.import.left_out", { count: reply.report.skipped })}<//>`}
      ${reply.faulty.length > 0 && html`<${Badge} tone="warn">${t("bank.import.faulty", { count: reply.faulty.length + reply.unlisted_faulty })}<//>`}</p>
    ${lines.length === 0 ? html`<p>${t("bank.import.clean")}</p>` : html`<${Table} caption=${t("bank.import.report")} columns=${columns()} rows=${lines} keyOf=${(/** @type {Line} */ line) => `${line.where} ${line.what}`} />`}
    ${unlisted > 0 && html`<p class="soft">${t("bank.import.unlisted", { count: number(unlisted) })}</p>`}
  </div>`;
}

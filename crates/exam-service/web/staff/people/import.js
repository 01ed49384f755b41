// Many accounts from a file: chosen, tried without doing anything, then made. Passwords that the service makes are
// given out once.

import { RequestError, call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Banner } from "../../design/messages.js";
import { Table } from "../../design/table.js";
import { t } from "../../language.js";
import { saveFile } from "../../save-file.js";
import { html, useEffect, useRef, useState } from "../../view.js";
import { Wrong, useWork } from "../work.js";
import { PeopleArea } from "./area.js";

/** @typedef {import("exam-api").Schemas["ImportReport"]} Report */
/** @typedef {import("exam-api").Schemas["ImportProblem"]} Problem */

const CSV = "text/csv";
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/** Passwords that a file gives are hashed slowly, a hundred at most. */
const TIMEOUT_MS = 120000;
const TEMPLATE = "login,display_name,role,student_number,email,courses\r\nada.l,Ada Lovelace,student,20260001,ada@example.org,MATH-1;CS-1\r\n";
const COLUMNS = /** @type {const} */ (["login", "display_name", "role", "student_number", "email", "courses", "password"]);

/**
 * Sends a file; what is wrong with its rows comes back as a report like that of one without mistakes.
 * @param {Blob} file
 * @param {boolean} dry_run
 * @returns {Promise<{ report: Report, created: number, credentials_csv?: string | null }>}
 */
async function send(file, dry_run) {
  try {
    return await call("POST /api/v1/users/import", { query: { dry_run }, body: file }, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    const report = error instanceof RequestError ? /** @type {Report | undefined} */ (error.problem?.report) : undefined;
    if (report) return { report, created: 0 };
    throw error;
  }
}

export function Import() {
  const [file, setFile] = useState(/** @type {{ name: string, content: Blob } | null} */ (null));
  const [tried, setTried] = useState(/** @type {Report | null} */ (null));
  const [done, setDone] = useState(/** @type {{ created: number, credentials: string | null } | null} */ (null));
  const work = useWork();
  const choose = (/** @type {File} */ chosen) => work.run(async () => {
    setTried(null);
    const type = chosen.name.toLowerCase().endsWith(".xlsx") ? XLSX : CSV;
    // What is tried is what is imported, whatever becomes of the file meanwhile.
    const content = new Blob([await chosen.arrayBuffer()], { type });
    setFile({ name: chosen.name, content });
    setTried((await send(content, true)).report);
  });
  const start = () => file && work.run(async () => {
    const { report, created, credentials_csv } = await send(file.content, false);
    if (report.problems.length > 0) setTried(report);
    else setDone({ created, credentials: credentials_csv ?? null });
  });
  const again = () => {
    setFile(null);
    setTried(null);
    setDone(null);
  };
  if (done) return html`<${PeopleArea}><${Done} ...${done} onAgain=${again} /><//>`;
  return html`<${PeopleArea}>
    <div class="cards">
      <section class="card stack"><h2>${t("import.file")}</h2>
        <p>${t("import.file_hint")}</p>
        <${Chooser} name=${file?.name} isBusy=${work.isBusy} onChoose=${choose} />
        <div><${Button} kind="secondary" small testid="import-template" onClick=${() => saveFile(new Blob([TEMPLATE], { type: CSV }), "accounts.csv")}>${t("import.template")}<//></div>
      </section>
      <section class="card"><h2>${t("import.columns")}</h2>
        <dl class="facts small">${COLUMNS.map((column) => html`<dt><code>${column}</code></dt><dd>${t(/** @type {import("../../language.js").Key} */ (`import.column.${column}`))}</dd>`)}</dl></section>
      <div class="full stack">
        <${Wrong} error=${work.error} testid="import-problem" />
        ${work.error instanceof RequestError && work.error.status === 0 && tried && html`<${Banner} tone="warn"><p>${t("import.unsure")}</p><//>`}
        ${tried && html`<${Tried} report=${tried} isBusy=${work.isBusy} onStart=${start} />`}
      </div>
    </div>
  <//>`;
}

/** @param {{ name?: string, isBusy: boolean, onChoose: (file: File) => unknown }} props */
function Chooser({ name, isBusy, onChoose }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chosen = (/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) => {
    const file = currentTarget.files?.[0];
    if (file) onChoose(file);
    // The same file, once it was corrected, is a choice as well.
    currentTarget.value = "";
  };
  return html`<div class="row">
    <input class="out-of-sight" type="file" id="import-file" data-testid="import-file" tabindex="-1" aria-label=${t("import.choose")} accept=".csv,.xlsx" ref=${input} onChange=${chosen} />
    <${Button} kind=${name ? "secondary" : "primary"} busy=${isBusy} testid="import-choose" onClick=${() => input.current?.click()}>${t(name ? "import.choose_other" : "import.choose")}<//>
    ${name && html`<span class="soft" data-testid="import-name">${name}</span>`}
  </div>`;
}

/** @returns {import("../../design/table.js").Column<Problem>[]} */
const problemColumns = () => [
  { name: "row", label: t("import.row"), show: ({ row }) => row, by: ({ row }) => row, isNumeric: true },
  { name: "column", label: t("import.column"), show: ({ column }) => html`<code>${column}</code>`, by: ({ column }) => column },
  { name: "what", label: t("import.what"), show: ({ what }) => what },
];

/** What a trial found. @param {{ report: Report, isBusy: boolean, onStart: () => unknown }} props */
function Tried({ report, isBusy, onStart }) {
  const { rows, problems, unlisted_problems, unknown_columns } = report;
  const count = problems.length + unlisted_problems;
  return html`
    ${unknown_columns.length > 0 && html`<${Banner} tone="warn" testid="import-unknown"><p>${t("import.unknown", { columns: unknown_columns.join(", ") })}</p><//>`}
    ${count === 0 ? html`<section class="card row apart" data-testid="import-ready"><div><strong>${t("import.ready", { count: rows })}</strong><p class="soft">${t("import.ready_hint")}</p></div>
        <${Button} testid="import-start" busy=${isBusy} disabled=${rows === 0} onClick=${onStart}>${t("import.start", { count: rows })}<//></section>`
      : html`<${Banner} tone="bad" testid="import-refused"><p><strong>${t("import.wrong", { count })}</strong> ${t("import.wrong_hint")}</p><//>
        <${Table} testid="import-problems" caption=${t("import.problems")} columns=${problemColumns()} rows=${problems}
          keyOf=${(/** @type {Problem} */ { row, column, what }) => `${row} ${column} ${what}`} sorted=${{ name: "row" }} />
        ${unlisted_problems > 0 && html`<p class="soft">${t("import.unlisted", { count: unlisted_problems })}</p>`}`}`;
}

/** @param {{ created: number, credentials: string | null, onAgain: () => void }} props */
function Done({ created, credentials, onAgain }) {
  const [isKept, setKept] = useState(false);
  const needsKeeping = credentials !== null && !isKept;
  // They are nowhere else: whoever closes the page without them has to make all of them anew.
  useEffect(() => {
    if (!needsKeeping) return undefined;
    const warn = (/** @type {BeforeUnloadEvent} */ event) => {
      event.preventDefault();
      event.returnValue = "";
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [needsKeeping]);
  const keep = () => {
    // Spreadsheets take a file without the mark for one of the local code page.
    saveFile(new Blob(["\ufeff", credentials ?? ""], { type: CSV }), "credentials.csv");
    setKept(true);
  };
  return html`<section class="card stack" data-testid="import-done">
    <h2>${t("import.done", { count: created })}</h2>
    ${credentials !== null && html`<${Banner} tone=${isKept ? "good" : "warn"}><p>${t(isKept ? "import.kept" : "import.keep")}</p><//>
      <div><${Button} testid="import-credentials" onClick=${keep}>${t("import.credentials")}<//></div>`}
    <div class="row"><${Button} kind="secondary" disabled=${needsKeeping} testid="import-again" onClick=${onAgain}>${t("import.again")}<//>
      ${!needsKeeping && html`<a href="#/people">${t("people.back")}</a>`}</div>
  </section>`;
}

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, show } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, t } from "../../language.js";
import { html } from "../../view.js";
import { More, usePages } from "../pages.js";
import { Wrong, useWork } from "../work.js";
import { SystemArea } from "./area.js";

/** @typedef {import("exam-api").Schemas["DeadLetter"]} DeadLetter */

/** Work in the background that failed as often as it is tried; nobody but a person tries it again. */
export function Jobs() {
  const jobs = usePages(async (/** @type {string | undefined} */ after) => {
    const reply = await call("GET /api/v1/jobs/dead", { query: { limit: 50, after } });
    return { rows: reply.jobs, next: reply.next };
  }, []);
  const work = useWork();
  const retry = (/** @type {readonly DeadLetter[]} */ some) => work.run(async () => {
    try {
      for (const { id } of some) await call("POST /api/v1/jobs/{id}/retry", { path: { id } });
      toast(t("jobs.retried", { count: some.length }));
    } finally {
      await jobs.reload();
    }
  });
  /** @type {import("../../design/table.js").Column<DeadLetter>[]} */
  const columns = [
    { name: "what", label: t("jobs.what"), show: ({ kind, subject }) => html`<div class="job-subject">${subject ? `${kind}: ${subject}` : kind}</div>` },
    { name: "to", label: t("jobs.to"), show: ({ to }) => to ?? "–" },
    { name: "error", label: t("jobs.error"), show: ({ last_error }) => html`<div class="error-text">${last_error}</div>` },
    { name: "tries", label: t("jobs.tries"), show: ({ tries }) => tries, isNumeric: true },
    { name: "at", label: t("jobs.at"), show: ({ dead_at }) => dateAndTime(dead_at) },
    { name: "retry", label: t("jobs.retry"), isAction: true, show: (job) => html`<${Button} kind="secondary" small testid="job-retry" disabled=${work.isBusy} aria-label=${t("jobs.retry_one", { what: job.subject ?? job.kind })} onClick=${() => retry([job])}>${t("jobs.retry")}<//>` },
  ];
  return html`<${SystemArea}>${show(jobs, (rows) => (rows.length === 0 ? html`<${Empty} title=${t("jobs.none")}><p>${t("jobs.none_hint")}</p><//>` : html`<div class="stack">
    <${Banner} tone="warn"><p>${t("jobs.hint")}</p><//>
    <div class="row apart"><span class="soft small">${t("pages.shown", { count: rows.length })}</span><${Button} testid="jobs-retry" busy=${work.isBusy} onClick=${() => retry(rows)}>${t("jobs.retry_all", { count: rows.length })}<//></div>
    <${Wrong} error=${work.error} />
    <${Table} testid="jobs" caption=${t("system.jobs")} columns=${columns} rows=${rows} keyOf=${(/** @type {DeadLetter} */ { id }) => id} />
    <${More} pages=${jobs} /></div>`))}<//>`;
}

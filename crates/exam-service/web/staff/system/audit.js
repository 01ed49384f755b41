// What staff did, newest first, and whether the log of it is whole.

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Banner } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { SystemArea } from "./area.js";
import { naming } from "./names.js";

/** @typedef {import("exam-api").Schemas["LineBody"]} Line */
/** @typedef {import("exam-api").Schemas["AuditChain"]} Chain */

const PAGE = 100;

/**
 * The lines up to one, the newest first; the service gives them from the oldest on, by number.
 * @param {number} last
 */
async function load(last) {
  const after = Math.max(0, last - PAGE);
  const { lines } = last === 0 ? { lines: [] } : await call("GET /api/v1/audit", { query: { after, limit: Math.min(PAGE, last) } });
  const [people, exams] = await Promise.all([
    naming("people", lines.map(({ actor_id }) => actor_id)),
    naming("exams", lines.map(({ exam_id }) => exam_id)),
  ]);
  return { lines: [...lines].reverse(), people, exams };
}

/** The beginning of a hash tells it from others; the whole of it is there for a pointer. @param {{ hash: string }} props */
const Hash = ({ hash }) => html`<code class="hash" title=${hash}>${hash.slice(0, 10)}…</code>`;

/** @param {unknown} value */
const word = (value) => (typeof value === "object" ? JSON.stringify(value) : /^[0-9a-f]{64}$/.test(String(value)) ? html`<${Hash} hash=${value} />` : String(value));

/** `{"minutes": 5, "reason": "fire"}` as words. @param {{ detail: unknown }} props */
const Detail = ({ detail }) => html`<div class="audit-detail">${Object.entries(/** @type {Record<string, unknown>} */ (detail ?? {})).filter(([, value]) => value !== null)
  .map(([name, value]) => html`<span><span class="soft">${name.replaceAll("_", " ")}</span> ${word(value)}</span>`)}</div>`;

/**
 * @param {Map<string, string>} people
 * @param {Map<string, string>} exams
 * @returns {import("../../design/table.js").Column<Line>[]}
 */
const columns = (people, exams) => [
  { name: "number", label: t("audit.number"), show: (line) => line.number, by: (line) => line.number, isNumeric: true },
  { name: "when", label: t("audit.when"), show: ({ happened_at }) => html`<span class="moment">${happened_at ? dateAndTime(happened_at) : "–"}</span>` },
  { name: "who", label: t("audit.who"), show: ({ actor_id }) => (actor_id ? people.get(actor_id) ?? actor_id : t("audit.service")) },
  { name: "action", label: t("audit.action"), show: ({ action }) => html`<strong>${action.replaceAll(/[_-]/g, " ")}</strong>` },
  { name: "exam", label: t("audit.exam"), show: ({ exam_id }) => (exam_id ? exams.get(exam_id) ?? exam_id : "–") },
  { name: "detail", label: t("audit.detail"), show: ({ detail }) => html`<${Detail} detail=${detail} />` },
  { name: "hash", label: t("audit.hash"), show: ({ hash }) => html`<${Hash} hash=${hash} />` },
];

export function Audit() {
  const chain = useLoaded(() => call("GET /api/v1/audit/check"), []);
  return html`<${SystemArea}>${show(chain, (found) => html`<div class="stack"><${Verification} chain=${found} onCheck=${chain.reload} /><${Lines} newest=${found.number ?? 0} /></div>`)}<//>`;
}

/** @param {{ chain: Chain, onCheck: () => void }} props */
function Verification({ chain, onCheck }) {
  const again = html`<${Button} kind="secondary" small testid="audit-check" onClick=${onCheck}>${t("audit.check_again")}<//>`;
  if (!chain.holds) return html`<${Banner} tone="bad" testid="audit-broken"><p><strong>${t("audit.broken", { number: chain.broken_at ?? "?" })}</strong> ${t("audit.broken_hint")}</p>${again}<//>`;
  if (!chain.number) return null;
  return html`<${Banner} tone="good" testid="audit-whole"><p><strong>${t("audit.whole", { number: number(chain.number) })}</strong> ${t("audit.whole_hint")}</p>
    <p><code class="chain-hash" data-testid="audit-hash">${chain.hash}</code></p>${again}<//>`;
}

/** @param {{ newest: number }} props the number of the newest line */
function Lines({ newest }) {
  const [last, setLast] = useState(/** @type {number | null} */ (null));
  const shownLast = last ?? newest;
  const loaded = useLoaded(() => load(shownLast), [shownLast]);
  return show(loaded, ({ lines, people, exams }) => (lines.length === 0 ? html`<${Empty} title=${t("audit.none")}><p>${t("audit.none_hint")}</p><//>` : html`
    <div class="pager"><span class="soft small">${t("audit.shown", { from: number(lines[lines.length - 1].number), to: number(lines[0].number), count: number(newest) })}</span>
      <div class="row"><${Button} kind="secondary" small testid="audit-newer" disabled=${shownLast >= newest} onClick=${() => setLast(shownLast + PAGE >= newest ? null : shownLast + PAGE)}>${t("audit.newer")}<//>
        <${Button} kind="secondary" small testid="audit-older" disabled=${shownLast <= PAGE} onClick=${() => setLast(shownLast - PAGE)}>${t("audit.older")}<//></div></div>
    <${Table} testid="audit" caption=${t("system.audit")} columns=${columns(people, exams)} rows=${lines} keyOf=${(/** @type {Line} */ line) => String(line.number)} />`));
}

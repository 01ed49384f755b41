// What staff did, and whether the log of it is whole: all of it, the newest first, or what is looked for.

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Banner } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { More, usePages } from "../pages.js";
import { SystemArea } from "./area.js";
import { Detail, Hash, deed, subject } from "./audit-line.js";
import { Filter, isEmpty, queryOf, start } from "./audit-filter.js";

/** @typedef {import("exam-api").Schemas["LineBody"]} Body */
/** @typedef {Body & { names: Record<string, string> }} Line with what the ids in it are called */
/** @typedef {import("exam-api").Schemas["AuditChain"]} Chain */
/** @typedef {import("./audit-filter.js").Looked} Looked */

const PAGE = 100;

/** @param {{ lines: Body[], names: Record<string, string> }} reply @returns {Line[]} */
const named = ({ lines, names }) => lines.map((line) => ({ ...line, names }));

/**
 * The lines up to one, the newest first; the service gives them from the oldest on, by number.
 * @param {number} last
 */
async function upTo(last) {
  const after = Math.max(0, last - PAGE);
  return last === 0 ? [] : named(await call("GET /api/v1/audit", { query: { after, limit: Math.min(PAGE, last) } })).reverse();
}

/** @returns {import("../../design/table.js").Column<Line>[]} */
const columns = () => [
  { name: "number", label: t("audit.number"), show: (line) => line.number, by: (line) => line.number, isNumeric: true },
  { name: "when", label: t("audit.when"), show: ({ happened_at }) => html`<span class="moment">${happened_at ? dateAndTime(happened_at) : "–"}</span>` },
  { name: "who", label: t("audit.who"), show: ({ actor_id, names }) => (actor_id ? names[actor_id] ?? actor_id : t("audit.service")) },
  { name: "action", label: t("audit.action"), show: ({ action }) => html`<strong>${deed(action)}</strong>` },
  { name: "subject", label: t("audit.subject"), show: subject },
  { name: "detail", label: t("audit.detail"), show: (line) => html`<${Detail} line=${line} />` },
  { name: "hash", label: t("audit.hash"), show: ({ hash }) => html`<${Hash} hash=${hash} />` },
];

/** @param {{ rows: readonly Line[] }} props */
const Lines = ({ rows }) => html`<${Table} testid="audit" caption=${t("system.audit")} columns=${columns()} rows=${rows} keyOf=${(/** @type {Line} */ line) => String(line.number)} />`;

export function Audit() {
  const chain = useLoaded(() => call("GET /api/v1/audit/check"), []);
  const [looked, setLooked] = useState(start);
  return html`<${SystemArea}>${show(chain, (found) => html`<div class="stack"><${Verification} chain=${found} onCheck=${chain.reload} />
    <${Filter} looked=${looked} onChange=${setLooked} />
    ${isEmpty(looked) ? html`<${Newest} newest=${found.number ?? 0} />` : html`<${Found} key=${JSON.stringify(looked)} looked=${looked} />`}</div>`)}<//>`;
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
function Newest({ newest }) {
  const [last, setLast] = useState(/** @type {number | null} */ (null));
  const shownLast = last ?? newest;
  const loaded = useLoaded(() => upTo(shownLast), [shownLast]);
  return show(loaded, (lines) => (lines.length === 0 ? html`<${Empty} title=${t("audit.none")}><p>${t("audit.none_hint")}</p><//>` : html`
    <div class="pager"><span class="soft small">${t("audit.shown", { from: number(lines[lines.length - 1].number), to: number(lines[0].number), count: number(newest) })}</span>
      <div class="row"><${Button} kind="secondary" small testid="audit-newer" disabled=${shownLast >= newest} onClick=${() => setLast(shownLast + PAGE >= newest ? null : shownLast + PAGE)}>${t("audit.newer")}<//>
        <${Button} kind="secondary" small testid="audit-older" disabled=${shownLast <= PAGE} onClick=${() => setLast(shownLast - PAGE)}>${t("audit.older")}<//></div></div>
    <${Lines} rows=${lines} />`));
}

/** What fits, the oldest first as the service looks through the log. @param {{ looked: Looked }} props */
function Found({ looked }) {
  const pages = usePages(async (/** @type {number | undefined} */ after) => {
    const reply = await call("GET /api/v1/audit", { query: { ...queryOf(looked), after, limit: PAGE } });
    return { rows: named(reply), next: reply.next_after };
  }, []);
  return show(pages, (/** @type {readonly Line[]} */ rows) => (rows.length === 0 ? html`<${Empty} title=${t("audit.nothing_fits")}><p>${t("audit.nothing_fits_hint")}</p><//>`
    : html`<p class="soft small">${t("audit.oldest_first")}</p><${Lines} rows=${rows} /><${More} pages=${pages} />`));
}

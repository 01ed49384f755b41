// Where somebody is signed in, for whose sessions they are and for administrators.

import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Empty } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, t } from "../../language.js";
import { html } from "../../view.js";

/** @typedef {import("exam-api").Schemas["Session"]} Session */

/** The first that fits: what the others say as well stands later. */
const BROWSERS = /** @type {const} */ ([["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["HeadlessChrome/", "Chromium"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]);
const SYSTEMS = /** @type {const} */ ([["Windows", "Windows"], ["Android", "Android"], ["iPhone", "iOS"], ["iPad", "iOS"], ["CrOS", "ChromeOS"], ["Mac OS", "macOS"], ["Linux", "Linux"]]);

/**
 * A browser's name in two words instead of its own long one.
 * @param {string | null | undefined} agent
 */
function browserName(agent) {
  if (!agent) return t("sessions.unknown");
  const browser = BROWSERS.find(([part]) => agent.includes(part))?.[1];
  const system = SYSTEMS.find(([part]) => agent.includes(part))?.[1];
  return browser ? [browser, system].filter(Boolean).join(", ") : agent;
}

/**
 * @param {object} props
 * @param {readonly Session[]} props.sessions
 * @param {(session: Session) => void} [props.onEnd] shows a button for each
 */
export function Sessions({ sessions, onEnd }) {
  /** @type {import("../../design/table.js").Column<Session>[]} */
  const columns = [
    { name: "browser", label: t("sessions.browser"), show: ({ browser, is_current }) => html`<span class="marks" title=${browser}>${browserName(browser)}
      ${is_current && html`<${Badge} tone="accent">${t("sessions.this")}<//>`}</span>` },
    { name: "address", label: t("sessions.address"), show: ({ address }) => address ?? "–" },
    { name: "opened", label: t("sessions.opened"), show: ({ opened_at }) => dateAndTime(opened_at) },
    { name: "used", label: t("sessions.used"), show: ({ last_used_at, opened_at }) => dateAndTime(last_used_at ?? opened_at) },
  ];
  if (onEnd) columns.push({ name: "end", label: t("sessions.end"), isAction: true, show: (session) => !session.is_current && html`<${Button} kind="quiet" small testid="session-end" onClick=${() => onEnd(session)}>${t("sessions.end")}<//>` });
  if (sessions.length === 0) return html`<${Empty} title=${t("sessions.none")} />`;
  return html`<${Table} testid="sessions" caption=${t("sessions.title")} columns=${columns} rows=${sessions} keyOf=${(/** @type {Session} */ { id }) => id} />`;
}

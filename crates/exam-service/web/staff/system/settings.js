// How the service is set, as it read it when it started. Nothing can be changed here: settings belong to the server.

import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Banner } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { t } from "../../language.js";
import { html } from "../../view.js";
import { SystemArea } from "./area.js";

/** @typedef {import("exam-api").Schemas["Setting"]} Setting */
/** @typedef {import("../../language.js").Key} Key */

/** @param {string} name */
function meaning(name) {
  const key = /** @type {Key} */ (`setting.${name}`);
  // A newer server may have one that these pages do not know.
  return t(key) === key ? "" : t(key);
}

/** @returns {import("../../design/table.js").Column<Setting>[]} */
const columns = () => [
  { name: "name", label: t("settings.name"), show: ({ name }) => html`<code>${name}</code><div class="setting-meaning">${meaning(name)}</div>` },
  { name: "value", label: t("settings.value"), show: ({ value, is_secret }) => (is_secret ? html`<${Badge}>${t("settings.secret")}<//>` : value === null || value === undefined ? html`<span class="soft">${t("settings.nothing")}</span>` : html`<code class="setting-value">${value}</code>`) },
  { name: "origin", label: t("settings.origin"), show: ({ origin }) => html`<${Badge} tone=${origin === "usual" ? "plain" : "accent"}>${t(/** @type {Key} */ (`settings.origin.${origin}`))}<//>` },
];

export function Settings() {
  const loaded = useLoaded(() => call("GET /api/v1/system/settings"), []);
  return html`<${SystemArea}>${show(loaded, ({ settings, warnings }) => html`<div class="stack">
    <p class="soft">${t("settings.hint")}</p>
    ${warnings.length > 0 && html`<${Banner} tone="warn" testid="settings-warnings"><p><strong>${t("settings.warnings")}</strong></p><ul lang="en">${warnings.map((one) => html`<li>${one}</li>`)}</ul><//>`}
    <${Table} testid="settings" caption=${t("system.settings")} columns=${columns()} rows=${settings} keyOf=${(/** @type {Setting} */ { name }) => name} /></div>`)}<//>`;
}

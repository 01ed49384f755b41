// How the service is: what its own checks say, what goes on, what waits for somebody, and its figures where they may be seen.

import { RequestError, call, fetchFile } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Banner } from "../../design/messages.js";
import { Failed, Loading } from "../../design/states.js";
import { dateAndTime, number, t, timeOfDay } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { SystemArea } from "./area.js";
import { figures } from "./figures.js";
import { Maintenance } from "./maintenance.js";

/** @typedef {import("exam-api").Schemas["Health"]} Health */
/** @typedef {import("exam-api").Schemas["SystemReply"]} System */
/** @typedef {{ health: Health, system: System | null, figures: import("./figures.js").Figure[] | null, at: number }} State */
/** @typedef {import("../../language.js").Key} Key */

const ASKED_EVERY_MS = 5000;
const MEBIBYTE = 1024 * 1024;
const CHECKS = /** @type {const} */ (["database", "writer", "migrations"]);
const DATABASES = { sqlite: "SQLite", mysql: "MySQL", postgres: "PostgreSQL" };

/** What a service that cannot do its work says of itself comes as a failure. */
async function health() {
  try {
    return await call("GET /health/readiness");
  } catch (error) {
    if (error instanceof RequestError && error.problem?.checks) return /** @type {Health} */ (/** @type {unknown} */ (error.problem));
    throw error;
  }
}

/** What has to ask the database: null where that does not answer, of which the checks tell. */
async function system() {
  try {
    return await call("GET /api/v1/system");
  } catch (error) {
    if (error instanceof RequestError && error.status >= 500) return null;
    throw error;
  }
}

/** The figures are for this machine and for monitoring: null from elsewhere. */
async function metrics() {
  try {
    return figures(await (await fetchFile("/metrics")).text());
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return null;
    throw error;
  }
}

/** @returns {Promise<State>} */
async function load() {
  const [state, more, shown] = await Promise.all([health(), system(), metrics()]);
  return { health: state, system: more, figures: shown, at: Date.now() };
}

/** Asked again and again while it is open; what was known stays when there is no answer, and it says so. */
export function SystemState() {
  const [state, setState] = useState(/** @type {State | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isGone = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const ask = async () => {
      try {
        const next = await load();
        if (isGone) return;
        setState(next);
        setError(null);
      } catch (caught) {
        if (isGone) return;
        setError(caught);
      }
      timer = setTimeout(ask, ASKED_EVERY_MS);
    };
    ask();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [turn]);
  const again = () => setTurn((now) => now + 1);
  return html`<${SystemArea}>${!state ? (error ? html`<${Failed} error=${error} onRetry=${again} />` : html`<${Loading} />`) : html`
    <div class="stack">${error && html`<${Banner} tone="bad" testid="system-lost"><p>${t("system.lost", { time: timeOfDay(state.at) })}</p><//>`}
      <div class="cards"><${Service} state=${state} />${state.system && html`<${Now} system=${state.system} />
        <${Maintenance} system=${state.system} onChange=${again} /><${Kept} system=${state.system} /><${Jobs} jobs=${state.system.jobs} />`}
        <${Figures} shown=${state.figures} /><${Backups} /></div></div>`}<//>`;
}

/** @param {{ state: State }} props */
function Service({ state: { health: { checks, status, version }, system: more, at } }) {
  const isGood = status === "ok";
  return html`<section class="card"><div class="row apart"><h2>${t("system.health")}</h2><${Badge} tone=${isGood ? "good" : "bad"} testid="system-status">${isGood ? t("system.well") : status}<//></div>
    <dl class="facts"><dt>${t("system.version")}</dt><dd>${version}${more && more.commit !== "unknown" && html` <span class="soft">${more.commit.slice(0, 12)}</span>`}</dd>
      ${more && html`<dt>${t("system.environment")}</dt><dd>${more.environment}${more.colour && html` <${Badge}>${more.colour}<//>`}</dd>
        <dt>${t("system.since")}</dt><dd>${dateAndTime(more.started_at)}</dd>`}
      ${CHECKS.map((name) => html`<dt>${t(/** @type {Key} */ (`system.check.${name}`))}</dt>
        <dd>${checks?.[name] === "ok" ? html`<${Badge} tone="good">${t("system.well")}<//>` : html`<strong>${checks?.[name] ?? "–"}</strong>`}</dd>`)}
      <dt>${t("system.asked")}</dt><dd class="figures">${timeOfDay(at)}</dd></dl></section>`;
}

/** @param {{ system: System }} props */
const Now = ({ system: { open_attempts, exams_running, next_exam, saves } }) => html`<section class="card"><h2>${t("system.now")}</h2>
  <dl class="facts figures"><dt>${t("system.open_attempts")}</dt><dd data-testid="system-open">${number(open_attempts)}</dd>
    <dt>${t("system.exams_running")}</dt><dd>${number(exams_running)}</dd>
    <dt>${t("system.next_exam")}</dt><dd>${next_exam ? html`<a href=${`#/board/${next_exam.id}`}>${next_exam.title}</a>, ${dateAndTime(next_exam.starts_at)}` : t("system.no_next_exam")}</dd>
    <dt>${t("system.saves")}</dt><dd>${t("system.of", { count: number(saves.waiting), most: number(saves.most) })}</dd></dl></section>`;

/** MariaDB speaks as MySQL does, and says itself that it is none. @param {System["database"]} database */
const kindOf = ({ kind, version }) => (version.includes("MariaDB") ? "" : DATABASES[/** @type {keyof typeof DATABASES} */ (kind)] ?? kind);

/** @param {{ system: System }} props */
const Kept = ({ system: { database } }) => html`<section class="card"><h2>${t("system.database")}</h2>
  <dl class="facts"><dt>${t("system.database_kind")}</dt><dd>${kindOf(database)} ${database.version}</dd>
    ${database.bytes !== null && database.bytes !== undefined && html`<dt>${t("system.database_size")}</dt><dd class="figures">${number(database.bytes / MEBIBYTE, 1)} MiB</dd>`}
    <dt>${t("system.migrations")}</dt><dd class="figures">${number(database.migrations_applied)}</dd>
    ${database.migrations_pending.length > 0 && html`<dt>${t("system.pending")}</dt><dd><strong>${database.migrations_pending.join(", ")}</strong></dd>`}</dl></section>`;

/** @param {{ jobs: System["jobs"] }} props */
const Jobs = ({ jobs: { waiting, dead, works, sends_mail } }) => html`<section class="card"><div class="row apart"><h2>${t("system.queue")}</h2>${dead > 0 && html`<${Badge} tone="warn">${t("system.dead", { count: number(dead) })}<//>`}</div>
  <dl class="facts"><dt>${t("system.waiting")}</dt><dd class="figures">${number(waiting)}</dd>
    <dt>${t("system.worker")}</dt><dd>${works ? t("system.worker_here") : t("system.worker_beside")}</dd>
    <dt>${t("system.mail")}</dt><dd>${sends_mail ? t("system.mail_on") : t("system.mail_off")}</dd></dl>
  <p>${dead === 0 ? t("system.no_dead_jobs") : html`${t("system.dead_jobs", { count: dead })} <a href="#/system/jobs">${t("system.to_jobs")}</a>`}</p></section>`;

/** @param {{ shown: State["figures"] }} props */
const Figures = ({ shown }) => html`<section class="card"><h2>${t("system.figures")}</h2>
  ${shown ? html`<dl class="facts figures" data-testid="system-figures">${shown.map(({ name, value, unit }) => html`
    <dt>${t(/** @type {Key} */ (`figure.${name}`))}</dt><dd>${number(value, 1)}${unit ? ` ${unit}` : ""}</dd>`)}</dl>`
    : html`<p class="soft">${t("system.no_figures")}</p>`}</section>`;

/** The service cannot see its backups: whoever makes them knows. */
const Backups = () => html`<section class="card"><h2>${t("system.backups")}</h2><p class="soft">${t("system.by_command_text")}</p>
  <dl class="facts"><dt><code>examctl backup</code></dt><dd>${t("system.command.backup")}</dd>
    <dt><code>examctl status</code></dt><dd>${t("system.command.status")}</dd></dl></section>`;

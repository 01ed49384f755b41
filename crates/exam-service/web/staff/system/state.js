// How the service is: what its own checks say, what waits for somebody, and its figures where they may be seen.

import { RequestError, call, fetchFile } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Banner } from "../../design/messages.js";
import { Failed, Loading } from "../../design/states.js";
import { number, t, timeOfDay } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { SystemArea } from "./area.js";
import { figures } from "./figures.js";

/** @typedef {import("exam-api").Schemas["Health"]} Health */
/** @typedef {{ health: Health, deadJobs: number, hasMoreJobs: boolean, figures: import("./figures.js").Figure[] | null, at: number }} State */

const ASKED_EVERY_MS = 5000;
/** More than so many are not counted. */
const COUNTED = 200;
const CHECKS = /** @type {const} */ (["database", "writer", "migrations"]);

/** What a service that cannot do its work says of itself comes as a failure. */
async function health() {
  try {
    return await call("GET /health/readiness");
  } catch (error) {
    if (error instanceof RequestError && error.problem?.checks) return /** @type {Health} */ (/** @type {unknown} */ (error.problem));
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
  const [state, dead, shown] = await Promise.all([health(), call("GET /api/v1/jobs/dead", { query: { limit: COUNTED } }), metrics()]);
  return { health: state, deadJobs: dead.jobs.length, hasMoreJobs: Boolean(dead.next), figures: shown, at: Date.now() };
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
  const retry = () => setTurn((now) => now + 1);
  return html`<${SystemArea}>${!state ? (error ? html`<${Failed} error=${error} onRetry=${retry} />` : html`<${Loading} />`) : html`
    <div class="stack">${error && html`<${Banner} tone="bad" testid="system-lost"><p>${t("system.lost", { time: timeOfDay(state.at) })}</p><//>`}
      <${View} state=${state} /></div>`}<//>`;
}

/** @param {{ state: State }} props */
function View({ state }) {
  const { checks, status, version } = state.health;
  const isGood = status === "ok";
  return html`<div class="cards">
    <section class="card"><div class="row apart"><h2>${t("system.health")}</h2><${Badge} tone=${isGood ? "good" : "bad"} testid="system-status">${isGood ? t("system.well") : status}<//></div>
      <dl class="facts"><dt>${t("system.version")}</dt><dd>${version}</dd>
        ${CHECKS.map((name) => html`<dt>${t(/** @type {import("../../language.js").Key} */ (`system.check.${name}`))}</dt>
          <dd>${checks?.[name] === "ok" ? html`<${Badge} tone="good">${t("system.well")}<//>` : html`<strong>${checks?.[name] ?? "–"}</strong>`}</dd>`)}
        <dt>${t("system.asked")}</dt><dd class="figures">${timeOfDay(state.at)}</dd></dl></section>
    <section class="card"><h2>${t("system.jobs")}</h2>
      <p>${state.deadJobs === 0 ? t("system.no_dead_jobs") : t("system.dead_jobs", { count: state.deadJobs, more: state.hasMoreJobs ? "+" : "" })}</p>
      <a href="#/system/jobs">${t("system.to_jobs")}</a></section>
    <section class="card"><h2>${t("system.figures")}</h2>
      ${state.figures ? html`<dl class="facts figures" data-testid="system-figures">${state.figures.map(({ name, value, unit }) => html`
        <dt>${t(/** @type {import("../../language.js").Key} */ (`figure.${name}`))}</dt><dd>${typeof value === "number" ? `${number(value, 1)}${unit ? ` ${unit}` : ""}` : value}</dd>`)}</dl>`
        : html`<p class="soft">${t("system.no_figures")}</p>`}</section>
    <section class="card"><h2>${t("system.by_command")}</h2><p class="soft">${t("system.by_command_text")}</p>
      <dl class="facts"><dt><code>examctl status</code></dt><dd>${t("system.command.status")}</dd><dt><code>examctl maintenance</code></dt><dd>${t("system.command.maintenance")}</dd>
        <dt><code>examctl backup</code></dt><dd>${t("system.command.backup")}</dd></dl></section>
  </div>`;
}

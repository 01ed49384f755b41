// Whether this computer is fit for an exam: tried out, not guessed.

import { Badge } from "../design/badge.js";
import { Button } from "../design/button.js";
import { t } from "../language.js";
import { html, useEffect, useState } from "../view.js";
import { keepPages } from "../offline.js";
import { canKeep } from "./kept.js";

/** @typedef {{ tone: "good" | "warn" | "bad", key: import("../language.js").Key, values?: Record<string, string | number> }} Finding */

/** A round trip that is felt, in milliseconds. */
const SLOW_MS = 1000;
const TRIES = 3;
/** A clock that is further off than this deserves a word, in milliseconds; nothing depends on it. */
const CLOCK_OFF_MS = 60000;
/** What an exam with images may need, in bytes. */
const ROOM = 50 * 1024 * 1024;

/** @returns {Promise<Finding>} */
async function connection() {
  let fastest = Infinity;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const began = performance.now();
    try {
      const response = await fetch("/health/liveness", { cache: "no-store" });
      if (!response.ok) return { tone: "bad", key: "check.connection.bad" };
    } catch {
      return { tone: "bad", key: "check.connection.bad" };
    }
    fastest = Math.min(fastest, performance.now() - began);
  }
  const values = { milliseconds: Math.round(fastest) };
  return fastest > SLOW_MS ? { tone: "warn", key: "check.connection.slow", values } : { tone: "good", key: "check.connection.good", values };
}

/** @returns {Promise<Finding>} */
async function storage() {
  if (!await canKeep()) return { tone: "bad", key: "check.storage.bad" };
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  const isTight = estimate?.quota !== undefined && estimate.quota - (estimate.usage ?? 0) < ROOM;
  return isTight ? { tone: "warn", key: "check.storage.tight" } : { tone: "good", key: "check.storage.good" };
}

/** @returns {Promise<Finding>} */
async function offline() {
  // Without a secure address browsers keep no pages; answers are kept all the same.
  return await keepPages() !== undefined ? { tone: "good", key: "check.offline.good" } : { tone: "warn", key: "check.offline.bad" };
}

/** @returns {Promise<Finding>} */
const fullScreen = async () => (document.fullscreenEnabled ? { tone: "good", key: "check.full_screen.good" } : { tone: "warn", key: "check.full_screen.bad" });

/**
 * @param {number} now the server's time
 * @returns {Finding}
 */
function clock(now) {
  const off = Math.abs(Date.now() - now);
  return off > CLOCK_OFF_MS ? { tone: "warn", key: "check.clock.off", values: { minutes: Math.round(off / 60000) } } : { tone: "good", key: "check.clock.good" };
}

const CHECKS = /** @type {const} */ ({ connection, storage, offline, full_screen: fullScreen });

/** @param {{ now: number }} props */
export function SystemCheck({ now }) {
  const [findings, setFindings] = useState(/** @type {Record<string, Finding>} */ ({}));
  const run = () => {
    setFindings({});
    for (const [name, check] of Object.entries(CHECKS)) check().then((finding) => setFindings((found) => ({ ...found, [name]: finding })));
  };
  useEffect(run, []);
  const lines = [...Object.keys(CHECKS).map((name) => ({ name, finding: findings[name] })), { name: "clock", finding: now ? clock(now) : undefined }];
  return html`<ul class="checks" data-testid="checks">${lines.map(({ name, finding }) => html`<li key=${name} data-testid=${`check-${name}`} data-tone=${finding?.tone ?? ""}>
      <span class="what">${t(/** @type {import("../language.js").Key} */ (`check.${name}.title`))}</span>
      ${finding ? html`<${Badge} tone=${finding.tone}>${t(`check.${finding.tone}`)}<//>` : html`<span class="soft small">${t("check.running")}</span>`}
      <span class="soft small grow">${finding ? t(finding.key, finding.values) : ""}</span></li>`)}</ul>
    <${Button} kind="secondary" small testid="check-again" onClick=${run}>${t("check.again")}<//>`;
}

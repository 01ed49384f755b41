// What an exam page begins with: the attempt as the server has it, from whoever asked first, or as this computer kept it.

import { RequestError, call } from "../../api.js";
import * as session from "../../session.js";
import { keepAttempt, keptAttempt } from "../kept.js";

/** @typedef {import("exam-api").Schemas["Attempt"]} Attempt */
/** @typedef {{ attempt: Attempt, at: number }} Heard what the server said, and when by performance.now() */

/** How long the server may take before what this computer kept is shown, in milliseconds. */
const PATIENCE_MS = 3000;
/** What was said longer ago is asked again, in milliseconds. */
const FRESH_MS = 30000;

/** @type {{ id: string, token: string | undefined, reply: Promise<Heard> } | null} */
let given = null;

/**
 * Gives the page that opens next what has just been said of its attempt.
 * @param {Attempt} attempt
 */
export function handOver(attempt) {
  given = { id: attempt.id, token: session.current()?.access_token, reply: Promise.resolve({ attempt, at: performance.now() }) };
}

/**
 * What is known without asking, or asked for already: of early.js, or of the start. Each is used once, by whom it was for.
 * @param {string} id
 * @returns {Promise<Attempt | null>}
 */
async function known(id) {
  const early = given ?? /** @type {any} */ (window).early;
  given = null;
  delete (/** @type {any} */ (window).early);
  if (early?.id !== id || early.token !== session.current()?.access_token) return null;
  /** @type {Heard | null} */
  const heard = await early.reply.catch(() => null);
  const passed = heard ? performance.now() - heard.at : Infinity;
  if (!heard || passed > FRESH_MS) return null;
  const { attempt } = heard;
  return {
    ...attempt,
    server_time: new Date(Date.parse(attempt.server_time) + passed).toISOString(),
    remaining_ms: attempt.paused ? attempt.remaining_ms : Math.max(0, attempt.remaining_ms - passed),
  };
}

/** @param {string} id */
const ask = async (id) => (await known(id)) ?? call("GET /api/v1/attempts/{id}", { path: { id } });

/**
 * The attempt as the server has it, or, when it does not answer, as this computer kept it.
 * @param {string} id
 */
export async function find(id) {
  const asking = ask(id);
  // It may fail before anybody waits for it.
  asking.catch(() => {});
  const keeping = keptAttempt(id).then((kept) => (kept?.user === session.current()?.user.id ? kept : undefined));
  try {
    const attempt = await Promise.race([asking, late(keeping)]);
    keepForReload(attempt);
    return { attempt, isFresh: true };
  } catch (error) {
    const kept = await keeping;
    const isAway = error instanceof RequestError && error.isTemporary;
    if (!kept || !isAway) throw error;
    return { attempt: kept.attempt, isFresh: false };
  }
}

/**
 * Fails once the server has taken too long, where something was kept that can be shown instead.
 * @param {Promise<unknown>} keeping
 * @returns {Promise<never>}
 */
const late = (keeping) => new Promise((_, reject) => setTimeout(async () => {
  if (await keeping) reject(new RequestError(0, null));
}, PATIENCE_MS));

/**
 * Keeps what a reload without a network needs.
 * @param {Attempt} attempt
 */
export function keepForReload(attempt) {
  const user = session.current()?.user.id ?? "";
  return keepAttempt({ id: attempt.id, user, attempt, kept_at: Date.now() }).catch(() => {});
}

// What invigilators do to those who sit an exam: whom it concerns, what takes it back, and how it is sent.

import { RequestError, call } from "../../api.js";
import { t } from "../../language.js";

/** @typedef {import("exam-api").Schemas["ActionWord"]} Word */
/** @typedef {import("./rows.js").Row} Row */
/**
 * @typedef {object} Action
 * @property {Word} word
 * @property {(row: Row) => boolean} concerns who is in the state for it
 * @property {boolean} [isGrave] changes what cannot simply go on afterwards: asked for twice
 * @property {Word} [undo] what takes it back
 */

/** @type {readonly Action[]} */
export const ACTIONS = [
  { word: "message", concerns: (row) => row.isThere },
  { word: "credit_time", concerns: (row) => row.isThere, undo: "take_back_time" },
  { word: "pause", concerns: (row) => row.isWriting, undo: "resume" },
  { word: "resume", concerns: (row) => row.state === "paused", undo: "pause" },
  { word: "reopen", concerns: (row) => row.state === "submitted" && row.attempt !== null, undo: "force_submit" },
  { word: "force_submit", concerns: (row) => row.isThere, isGrave: true, undo: "reopen" },
  { word: "fire_exit", concerns: (row) => row.isThere && row.state !== "over" && !row.isBlank, isGrave: true, undo: "resume" },
];

/** @param {Word} word */
export const action = (word) => /** @type {Action} */ (ACTIONS.find((one) => one.word === word));

/** What the service takes in one request. */
const MOST_ATTEMPTS = 500;

/**
 * @typedef {object} Order
 * @property {string} exam
 * @property {Word} word
 * @property {readonly string[] | null} attempts null: everybody who sits the exam
 * @property {number} [seconds]
 * @property {string} [message]
 * @property {string} [reason]
 * @property {string} key the same for each try
 */

/** A new name for what is about to be asked for, so that a repeat does it once. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

/**
 * Sends it; so many more than one request takes are sent in parts, each of which is done completely or not at all.
 * @param {Order} order
 * @returns {Promise<{ targeted: number, changed: number, lines: number[] }>} with the lines of the log; throws RequestError
 */
export async function act({ exam, word, attempts, seconds, message, reason, key }) {
  const parts = attempts === null ? [null] : Array.from({ length: Math.ceil(attempts.length / MOST_ATTEMPTS) }, (_, part) => attempts.slice(part * MOST_ATTEMPTS, (part + 1) * MOST_ATTEMPTS));
  const sum = { targeted: 0, changed: 0, lines: /** @type {number[]} */ ([]) };
  for (const [number, part] of parts.entries()) {
    const done = await call("POST /api/v1/exams/{id}/actions", {
      path: { id: exam },
      headers: { "Idempotency-Key": `${key}-${number}` },
      body: { action: word, target: part === null ? { all: true } : { attempts: [...part] }, seconds, message: message || undefined, reason: reason || undefined },
    });
    sum.targeted += done.targeted;
    sum.changed += done.changed;
    sum.lines.push(done.audit_number);
  }
  return sum;
}

/**
 * Takes time credits back from all who got them, or from one attempt alone.
 * @param {{ exam: string, lines: readonly number[], attempt?: string, key: string, reason: string }} order `lines`: of the log, by which they were given
 * @returns {Promise<{ changed: number, lines: number[] }>} throws RequestError
 */
export async function takeBackTime({ exam, lines, attempt, key, reason }) {
  const sum = { changed: 0, lines: /** @type {number[]} */ ([]) };
  for (const line of lines) {
    const done = await call("POST /api/v1/exams/{id}/actions", {
      path: { id: exam },
      headers: { "Idempotency-Key": `${key}-${line}` },
      body: { action: "take_back_time", audit_number: line, target: attempt ? { attempts: [attempt] } : { all: true }, reason: reason || undefined },
    });
    sum.changed += done.changed;
    sum.lines.push(done.audit_number);
  }
  return sum;
}

/**
 * Why something failed, or that nobody knows whether it was done.
 * @param {unknown} error
 * @param {string} [unsure]
 */
export const wordsOfDeed = (error, unsure = t("board.act.unsure")) => (error instanceof RequestError && !error.isTemporary ? error.message : unsure);

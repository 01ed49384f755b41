// Answers on their way to the server. Each is kept on this computer first and stays there, across reloads and crashes,
// until the server has acknowledged exactly this sequence. The server keeps the highest sequence of a question, so sending
// again is always harmless. What the server refuses for good is set aside, never deleted, unless it has something newer.

import { RequestError, call } from "../../api.js";
import { keepAnswers, keptAnswers, settleRefused } from "../kept.js";

/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {import("exam-api").ReplyOf<"PUT /api/v1/attempts/{id}/answers">} SavedReply */
/** @typedef {{ question_id: string, sequence: number, reason: string, current: any }} RefusedAnswer */
/**
 * @typedef {object} Listeners
 * @property {() => void} onChange after every change of state
 * @property {(refused: RefusedAnswer[]) => void} onRefused the server refused answers for good
 * @property {(kind: string) => void} onStopped it takes no more from here: `attempt-closed` or `attempt-elsewhere`
 * @property {() => void} onSignedOut the session is over
 * @property {(reply: any) => void} onNews each reply that tells the time
 * @property {() => { device_id: string, seen_revision: number | undefined }} header what each request says beside
 */

const SAVE_EVERY_MS = 5000;
const MAX_PER_REQUEST = 100;
/** A request is kept below what the server takes, in characters of JSON. */
const MAX_REQUEST_CHARACTERS = 120000;
const MAX_RETRY_MS = 15000;

export class Outbox {
  /**
   * @param {string} attemptId
   * @param {Listeners} listeners
   */
  constructor(attemptId, listeners) {
    this.attemptId = attemptId;
    this.listeners = listeners;
    /** @type {Map<string, Answer>} */
    this.waiting = new Map();
    /** @type {Map<string, Answer>} newer than what is being written to this computer's storage */
    this.unkept = new Map();
    /** @type {Promise<void> | null} */
    this.keeping = null;
    this.isStorageBroken = false;
    this.isSending = false;
    this.isOffline = false;
    this.isStopped = false;
    this.failures = 0;
    this.batchSize = MAX_PER_REQUEST;
    /** @type {Date | null} */
    this.lastSavedAt = null;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** What is not acknowledged yet. */
  unsaved() {
    return [...this.waiting.values()];
  }

  /** Takes over what this computer kept: of a page that is gone, or of another window. Returns all that it kept. */
  async adopt() {
    const kept = await keptAnswers(this.attemptId);
    for (const { question_id, response, flagged, sequence, isSaved } of kept) {
      const known = this.waiting.get(question_id)?.sequence ?? 0;
      if (!isSaved && known < sequence) this.waiting.set(question_id, { question_id, response, flagged, sequence });
    }
    return kept;
  }

  /**
   * Takes a new answer: kept on this computer at once, sent within five seconds.
   * @param {Answer} answer
   */
  put(answer) {
    this.waiting.set(answer.question_id, answer);
    this.unkept.set(answer.question_id, answer);
    this.keep();
    this.schedule(SAVE_EVERY_MS);
    this.listeners.onChange();
  }

  /** Writes what is not kept yet, one transaction after the other: while one runs, the newest of each question waits. */
  keep() {
    this.keeping ??= this.keepAll().finally(() => { this.keeping = null; });
    return this.keeping;
  }

  async keepAll() {
    while (this.unkept.size > 0) {
      const answers = [...this.unkept.values()];
      this.unkept.clear();
      await this.write(answers, false);
    }
  }

  /**
   * @param {readonly Answer[]} answers
   * @param {boolean} isSaved
   */
  async write(answers, isSaved) {
    const was = this.isStorageBroken;
    try {
      await keepAnswers(answers.map((answer) => ({ ...answer, attempt: this.attemptId, isSaved })));
      this.isStorageBroken = false;
    } catch {
      // Full or forbidden: the answers are in this page's memory, and are sent all the same.
      this.isStorageBroken = true;
    }
    if (was !== this.isStorageBroken) this.listeners.onChange();
  }

  /** Sends what waits; resolves to whether nothing waits any more. */
  async flush() {
    while (this.isSending) await new Promise((resolve) => setTimeout(resolve, 50));
    while (this.waiting.size > 0 && !this.isStopped) {
      if (!await this.sendOnce()) return false;
    }
    return this.waiting.size === 0;
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** @param {number} delay */
  schedule(delay) {
    if (this.timer !== undefined || this.isStopped) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, delay);
  }

  /** As many as one request takes. */
  batch() {
    /** @type {Answer[]} */
    const batch = [];
    let characters = 0;
    for (const answer of this.waiting.values()) {
      characters += JSON.stringify(answer).length;
      if (batch.length > 0 && (batch.length >= this.batchSize || characters > MAX_REQUEST_CHARACTERS)) break;
      batch.push(answer);
    }
    return batch;
  }

  async sendOnce() {
    this.isSending = true;
    this.listeners.onChange();
    // This computer first.
    await this.keep();
    const batch = this.batch();
    try {
      const reply = await call("PUT /api/v1/attempts/{id}/answers", { path: { id: this.attemptId }, body: { answers: batch, ...this.listeners.header() } });
      await this.succeed(reply, batch);
      return true;
    } catch (error) {
      return await this.fail(error, batch);
    } finally {
      this.isSending = false;
      if (this.waiting.size === 0) this.batchSize = MAX_PER_REQUEST;
      this.listeners.onChange();
    }
  }

  /**
   * @param {SavedReply} reply
   * @param {readonly Answer[]} batch
   */
  async succeed(reply, batch) {
    const saved = reply?.saved;
    const isOurs = Array.isArray(saved) && saved.some((one) => batch.some((sent) => isSame(sent, one)));
    // Not the server's word: something between us and it answered.
    if (!isOurs) throw new RequestError(0, null);
    await this.acknowledge(saved, batch);
    this.reached(reply);
  }

  /** @param {any} news */
  reached(news) {
    this.isOffline = false;
    this.failures = 0;
    this.listeners.onNews(news);
  }

  /**
   * Removes what was acknowledged, unless it was changed again meanwhile.
   * @param {readonly { question_id: string, sequence: number }[]} saved
   * @param {readonly Answer[]} batch
   */
  async acknowledge(saved, batch) {
    for (const one of saved) this.remove(one);
    if (saved.length === 0) return;
    this.lastSavedAt = new Date();
    await this.write(batch.filter((sent) => saved.some((one) => isSame(sent, one))), true);
  }

  /** @param {{ question_id: string, sequence: number }} one */
  remove(one) {
    if (isSame(this.waiting.get(one.question_id), one)) this.waiting.delete(one.question_id);
  }

  /**
   * Whether it makes sense to go on at once.
   * @param {unknown} error
   * @param {readonly Answer[]} batch
   */
  async fail(error, batch) {
    if (!(error instanceof RequestError)) throw error;
    if (error.status === 401) {
      this.listeners.onSignedOut();
      return false;
    }
    if (Array.isArray(error.problem?.refused)) {
      await this.acknowledge(error.problem.saved ?? [], batch);
      this.reached(error.problem);
      await this.settle(error.problem.refused, batch);
      if (error.kind === "attempt-closed" || error.kind === "attempt-elsewhere") {
        this.stop();
        // What was answered before another computer took over is still taken, when it is sent the next time.
        if (error.kind === "attempt-closed") await this.giveUp();
        this.listeners.onStopped(error.kind);
      }
      return !this.isStopped;
    }
    if (error.isPermanent) return this.isolate(batch);
    // No answer, a busy server, or something between us and it: keep everything and try again, ever more slowly, and each
    // page after another time, so that a server that comes back is not met by all at once.
    this.isOffline = true;
    this.failures += 1;
    const delay = Math.max((error.retryAfterSeconds ?? 0) * 1000, Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(this.failures, 4)));
    this.schedule(delay * (0.5 + Math.random() / 2));
    return false;
  }

  /**
   * The server rejects the request as a whole: one by one, the bad answer is found and the good ones get through.
   * @param {readonly Answer[]} batch
   */
  async isolate(batch) {
    this.isOffline = false;
    this.failures = 0;
    if (batch.length > 1) this.batchSize = 1;
    else await this.settle(batch.map(({ question_id, sequence }) => ({ question_id, sequence, reason: "invalid-answer", current: null })), batch);
    return !this.isStopped;
  }

  /**
   * Refused answers are final: the server has something newer, or they are set aside. Either way they are no longer among
   * those that a reload shows. One that cannot be set aside stays there as unsaved, to be refused and set aside another time.
   * @param {RefusedAnswer[]} refused
   * @param {readonly Answer[]} batch
   */
  async settle(refused, batch) {
    if (refused.length === 0) return;
    const answers = refused.flatMap(({ reason, ...one }) => {
      const sent = batch.find((answer) => isSame(answer, one));
      return sent ? [{ ...sent, attempt: this.attemptId, reason }] : [];
    });
    await settleRefused(answers).catch(() => {});
    for (const one of answers) this.remove(one);
    this.listeners.onRefused(refused);
  }

  /** The attempt is closed: all that waits is set aside, and not only what was in the request that was refused. */
  async giveUp() {
    await this.keep();
    const waiting = this.unsaved();
    await this.settle(waiting.map(({ question_id, sequence }) => ({ question_id, sequence, reason: "attempt-closed", current: null })), waiting);
  }
}

/**
 * @param {{ question_id: string, sequence: number } | undefined} answer
 * @param {{ question_id: string, sequence: number }} other
 */
function isSame(answer, { question_id, sequence }) {
  return answer !== undefined && answer.question_id === question_id && answer.sequence === sequence;
}

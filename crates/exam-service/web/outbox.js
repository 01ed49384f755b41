// Answers on their way to the server. Each stays here, across reloads and crashes, until the server has acknowledged
// exactly this sequence. The server keeps the highest sequence of a question, so sending again is always harmless.
// What the server refuses for good is set aside, never deleted, unless it has something newer.

import { RequestError, call } from "./api.js";
import { Kept } from "./kept.js";

const SAVE_EVERY_MS = 5000;
const MAX_PER_REQUEST = 100;
const MAX_RETRY_MS = 15000;

export class Outbox {
  /**
   * `onChange` is told after every change of state; `onConflict(refused)` when the server refused answers for good;
   * `onClosed` when it takes no more answers; `onSignedOut` when the session is over; `onTime(reply)` for each reply
   * that tells the time.
   */
  constructor(attemptId, listeners) {
    this.kept = new Kept(attemptId);
    this.path = `/api/v1/attempts/${attemptId}/answers`;
    this.listeners = listeners;
    this.waiting = new Map();
    this.adopt();
    this.isSending = false;
    this.isOffline = false;
    this.isStopped = false;
    this.failures = 0;
    this.batchSize = MAX_PER_REQUEST;
    this.lastSavedAt = null;
    this.timer = null;
  }

  /** What is not acknowledged yet. */
  unsaved() {
    return [...this.waiting.values()];
  }

  /** The highest sequence of an answer on its way, in this window or another one. */
  sequence(questionId) {
    return Math.max(this.waiting.get(questionId)?.sequence ?? 0, this.kept.sequence(questionId));
  }

  /** Takes a new answer: kept on this computer at once, sent within five seconds. */
  put(answer) {
    this.waiting.set(answer.question_id, answer);
    this.kept.put(answer);
    this.schedule(SAVE_EVERY_MS);
    this.listeners.onChange();
  }

  /** Takes over what is kept on this computer: by a page that is gone, or by another window. */
  adopt() {
    for (const answer of this.kept.waiting()) {
      if (!(this.waiting.get(answer.question_id)?.sequence >= answer.sequence)) this.waiting.set(answer.question_id, answer);
    }
  }

  /** Sends what waits; resolves to whether nothing waits any more. */
  async flush() {
    while (this.isSending) await new Promise((resolve) => setTimeout(resolve, 50));
    this.adopt();
    while (this.waiting.size > 0 && !this.isStopped) {
      if (!await this.sendOnce()) return false;
    }
    return this.waiting.size === 0;
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  schedule(delay) {
    if (this.timer !== null || this.isStopped) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, delay);
  }

  async sendOnce() {
    const batch = this.unsaved().slice(0, this.batchSize);
    this.isSending = true;
    this.listeners.onChange();
    try {
      this.succeed(await call("PUT", this.path, { answers: batch }), batch);
      return true;
    } catch (error) {
      return this.fail(error, batch);
    } finally {
      this.isSending = false;
      if (this.waiting.size === 0) this.batchSize = MAX_PER_REQUEST;
      this.listeners.onChange();
    }
  }

  succeed(reply, batch) {
    const saved = reply?.saved;
    const isOurs = Array.isArray(saved) && saved.some((one) => batch.some((sent) => isSame(sent, one)));
    // Not the server's word: something between us and it answered.
    if (!isOurs) throw new RequestError(0, null);
    this.acknowledge(saved);
    this.reached(reply);
  }

  reached(reply) {
    this.isOffline = false;
    this.failures = 0;
    this.listeners.onTime(reply);
  }

  /** Removes what was acknowledged, unless it was changed again meanwhile. */
  acknowledge(saved) {
    for (const one of saved) this.remove(one);
    if (saved.length > 0) this.lastSavedAt = new Date();
  }

  remove(one) {
    if (isSame(this.waiting.get(one.question_id), one)) this.waiting.delete(one.question_id);
    this.kept.remove(one);
  }

  /** Whether it makes sense to go on at once. */
  fail(error, batch) {
    if (!(error instanceof RequestError)) throw error;
    if (error.status === 401) {
      this.listeners.onSignedOut();
      return false;
    }
    if (Array.isArray(error.problem?.refused)) {
      this.acknowledge(error.problem.saved ?? []);
      this.reached(error.problem);
      this.settle(error.problem.refused, batch);
      return !this.isStopped;
    }
    if (error.isPermanent) return this.isolate(batch);
    // No answer, a busy server, or something between us and it: keep everything and try again, ever more slowly.
    this.isOffline = true;
    this.failures += 1;
    const delay = Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(this.failures, 4));
    this.schedule(delay * (0.5 + Math.random() / 2));
    return false;
  }

  /** The server rejects the request as a whole: one by one, the bad answer is found and the good ones get through. */
  isolate(batch) {
    this.isOffline = false;
    this.failures = 0;
    if (batch.length > 1) this.batchSize = 1;
    else this.settle(batch.map(({ question_id, sequence }) => ({ question_id, sequence, reason: "invalid-answer", current: null })), batch);
    return !this.isStopped;
  }

  /** Refused answers are final: the server has something newer, or they are set aside. */
  settle(refused, batch) {
    for (const one of refused) {
      const sent = batch.find((answer) => isSame(answer, one));
      if (sent && one.reason !== "stale-answer") this.kept.setAside(sent, one.reason);
      this.remove(one);
    }
    this.listeners.onConflict(refused);
    if (refused.some((one) => one.reason === "attempt-closed")) {
      this.stop();
      this.listeners.onClosed();
    }
  }
}

function isSame(answer, { question_id, sequence }) {
  return answer !== undefined && answer.question_id === question_id && answer.sequence === sequence;
}

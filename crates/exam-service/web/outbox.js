// Answers on their way to the server. Each stays here, across reloads and crashes, until the server has acknowledged
// exactly this sequence. The server keeps the highest sequence of a question, so sending again is always harmless.

import { RequestError, call } from "./api.js";

const SAVE_EVERY_MS = 5000;
const MAX_PER_REQUEST = 100;
const MAX_RETRY_MS = 15000;

export class Outbox {
  /**
   * `onChange` is told after every change of state; `onConflict(refused)` when the server has something newer;
   * `onClosed` when it takes no more answers; `onSignedOut` when the session is over; `onTime(reply)` for each reply
   * that tells the time.
   */
  constructor(attemptId, listeners) {
    this.key = `exam-outbox-${attemptId}`;
    this.path = `/api/v1/attempts/${attemptId}/answers`;
    this.listeners = listeners;
    this.waiting = new Map(readStored(this.key).map((answer) => [answer.question_id, answer]));
    this.isSending = false;
    this.isOffline = false;
    this.isStopped = false;
    this.failures = 0;
    this.lastSavedAt = null;
    this.timer = null;
    this.refusedLocally = false;
  }

  /** What is not acknowledged yet. */
  unsaved() {
    return [...this.waiting.values()];
  }

  /** Takes a new answer: kept on this computer at once, sent within five seconds. */
  put(answer) {
    this.waiting.set(answer.question_id, answer);
    this.persist();
    this.schedule(SAVE_EVERY_MS);
    this.listeners.onChange();
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

  schedule(delay) {
    if (this.timer !== null || this.isStopped) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, delay);
  }

  async sendOnce() {
    const batch = this.unsaved().slice(0, MAX_PER_REQUEST);
    this.isSending = true;
    this.listeners.onChange();
    try {
      const reply = await call("PUT", this.path, { answers: batch });
      this.succeed(reply);
      return true;
    } catch (error) {
      return this.fail(error);
    } finally {
      this.isSending = false;
      this.listeners.onChange();
    }
  }

  succeed(reply) {
    this.acknowledge(reply.saved);
    this.isOffline = false;
    this.failures = 0;
    this.listeners.onTime(reply);
  }

  /** Removes what was acknowledged, unless it was changed again meanwhile. */
  acknowledge(saved) {
    for (const { question_id, sequence } of saved) {
      if (this.waiting.get(question_id)?.sequence === sequence) this.waiting.delete(question_id);
    }
    if (saved.length > 0) this.lastSavedAt = new Date();
    this.persist();
  }

  /** Whether it makes sense to go on at once. */
  fail(error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.status === 401) {
      this.listeners.onSignedOut();
      return false;
    }
    const refused = error.problem?.refused;
    if (refused) {
      this.isOffline = false;
      this.acknowledge(error.problem.saved ?? []);
      this.settle(refused);
      return !this.isStopped;
    }
    // No answer, a busy server, or something between us and it: keep everything and try again, ever more slowly.
    this.isOffline = true;
    this.failures += 1;
    const delay = Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(this.failures, 4));
    this.schedule(delay * (0.5 + Math.random() / 2));
    return false;
  }

  /** Refused answers are final: the server says what it has instead. */
  settle(refused) {
    for (const { question_id, sequence } of refused) {
      if (this.waiting.get(question_id)?.sequence === sequence) this.waiting.delete(question_id);
    }
    this.persist();
    const isClosed = refused.some((one) => one.reason === "attempt-closed");
    this.listeners.onConflict(refused);
    if (isClosed) {
      this.stop();
      this.listeners.onClosed();
    }
  }

  persist() {
    try {
      if (this.waiting.size === 0) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify(this.unsaved()));
    } catch {
      // A full or forbidden storage: the answers still wait in memory and are sent as ever.
    }
  }
}

function readStored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

// Sends what waits in the outbox every five seconds, and says truthfully how that stands.

import { Offline, Problem, request } from "./api.js";

const EVERY_MS = 5_000;
const LONGEST_PAUSE_MS = 30_000;
/** The server takes at most this many answers at once. */
const ANSWERS_AT_ONCE = 100;

export class Saver {
  /**
   * `events`: state({kind: "saved" | "saving" | "waiting" | "offline", count, at}),
   * time(remaining_ms), replaced(question ids), closed().
   */
  constructor(attemptId, outbox, events) {
    this.path = `/api/v1/attempts/${attemptId}/answers`;
    this.outbox = outbox;
    this.events = events;
    this.savedAt = null;
    this.failures = 0;
    this.notBefore = 0;
    this.running = null;
    this.timer = setInterval(() => this.save(), EVERY_MS);
    this.show();
  }

  stop() {
    clearInterval(this.timer);
  }

  /** Says how things stand after a change. */
  show() {
    const count = this.outbox.waiting().length;
    const idle = this.failures > 0 && count > 0 ? "offline" : count > 0 ? "waiting" : "saved";
    this.events.state({ kind: this.running ? "saving" : idle, count, at: this.savedAt });
  }

  /** Sends what waits, one request at a time. True when nothing waits any more. */
  async save({ now = false } = {}) {
    if (this.running) await this.running;
    if (this.outbox.waiting().length === 0) return true;
    if (!now && performance.now() < this.notBefore) return false;
    this.running = this.#send(this.outbox.waiting().slice(0, ANSWERS_AT_ONCE));
    this.show();
    await this.running;
    this.running = null;
    this.show();
    return this.outbox.waiting().length === 0;
  }

  async #send(answers) {
    try {
      this.#done(await request("PUT", this.path, { answers }));
    } catch (error) {
      if (error instanceof Problem && error.body.refused) this.#refused(error);
      else if (error instanceof Problem && error.status === 401) this.events.signedOut();
      else if (error instanceof Problem && error.type.endsWith("/attempt-closed")) this.events.closed();
      else this.#later(error);
    }
  }

  #done({ saved, server_time, remaining_ms }) {
    saved.forEach((answer) => this.outbox.acknowledge(answer));
    this.savedAt = server_time ? new Date(server_time) : new Date();
    this.failures = 0;
    this.notBefore = 0;
    if (remaining_ms !== undefined) this.events.time(remaining_ms);
  }

  /** Some were stored, others were not: each has its own answer. */
  #refused(problem) {
    const { saved = [], refused } = problem.body;
    if (saved.length > 0) this.#done(problem.body);
    const replaced = refused.filter((refusal) => refusal.current);
    replaced.forEach((refusal) => this.outbox.replace(refusal));
    if (replaced.length > 0) this.events.replaced(replaced.map((refusal) => refusal.question_id));
    if (problem.type.endsWith("/attempt-closed")) this.events.closed();
    else if (replaced.length < refused.length) this.#later(problem);
  }

  /** Retries spread out, so that a server that comes back is not overrun. */
  #later(error) {
    this.failures += 1;
    const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(this.failures, 10)) * (0.5 + Math.random() / 2);
    this.notBefore = performance.now() + Math.max(pause, 1000 * (error.retryAfterSeconds || 0));
    if (!(error instanceof Offline) && !(error instanceof Problem)) throw error;
  }
}

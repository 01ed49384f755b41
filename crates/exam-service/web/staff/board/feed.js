// The board of an exam as it is at the server: followed as a stream; where that does not work, asked for every few seconds.
// Whoever shows it is told how fresh it is, and since when it is not.

import { RequestError, call, openStream } from "../../api.js";
import { ServerClock } from "../../clock.js";
import { readEvents } from "./stream.js";

/** @typedef {import("exam-api").Schemas["BoardStudent"]} Student */
/** @typedef {"connecting" | "live" | "polling" | "lost"} Connection */

/** The server says something at least every ten seconds, and looks for changes every second. */
const SILENCE_MS = 25000;
const POLL_MS = 5000;
const LONGEST_WAIT_MS = 15000;

export class BoardFeed {
  /**
   * @param {string} exam
   * @param {() => void} onChange
   */
  constructor(exam, onChange) {
    this.exam = exam;
    this.onChange = onChange;
    this.clock = new ServerClock();
    /** @type {Map<string, Student>} */
    this.students = new Map();
    /** Counted up by each change of a student. */
    this.version = 0;
    /** @type {Connection} */
    this.connection = "connecting";
    /** When the server last said how things are, by its clock; 0 before it did. */
    this.heardAt = 0;
    /** Since when it is not live, by the server's clock. @type {number | null} */
    this.since = null;
    /** Why there is nothing to show and will not be. @type {RequestError | null} */
    this.refusal = null;
    this.isEnded = false;
    this.abort = new AbortController();
    /** @type {() => void} */
    this.wake = () => {};
  }

  /** Follows until `end`. */
  async run() {
    for (let failures = 0; !this.isEnded;) {
      try {
        await this.follow();
        // It ends in order every ten minutes, and when the server restarts.
        failures = 0;
        await this.pause(200 + Math.random() * 800);
      } catch (error) {
        if (this.refuses(error)) return;
        failures += 1;
        this.become(this.connection === "polling" ? "polling" : "lost");
        if (await this.poll(failures)) return;
      }
    }
  }

  /** The moment that what is known is about: while the server is away, nothing is said of how long students are silent. */
  now() {
    return this.connection === "lost" ? this.heardAt : this.clock.now();
  }

  end() {
    this.isEnded = true;
    this.abort.abort();
    this.wake();
  }

  /** Asks at once instead of after the pause, for instance after an action. */
  hurry() {
    this.wake();
  }

  async follow() {
    const abort = this.abort = new AbortController();
    const giveUp = () => {
      // Where somebody has to sign in again first, nothing comes of it before.
      if (this.connection === "live") this.become("lost");
      abort.abort();
    };
    let timer = setTimeout(giveUp, SILENCE_MS);
    try {
      const stream = await openStream(`/api/v1/exams/${encodeURIComponent(this.exam)}/board/events`, abort);
      await readEvents(stream, (name, data) => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, SILENCE_MS);
        if (data) this.take(name, JSON.parse(data));
        this.heardAt = this.clock.now();
        this.become("live");
      });
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }

  /**
   * Asks for the board once; whether that is refused.
   * @param {number} failures
   */
  async poll(failures) {
    try {
      this.take("board", await call("GET /api/v1/exams/{id}/board", { path: { id: this.exam } }));
      this.become("polling");
      await this.pause(POLL_MS);
    } catch (error) {
      if (this.refuses(error)) return true;
      this.become("lost");
      // Those who watch do not all come back in the same moment.
      const wait = Math.min(1000 * 2 ** Math.min(failures, 5), LONGEST_WAIT_MS);
      await this.pause(wait * (0.5 + Math.random() / 2));
    }
    return false;
  }

  /** @param {unknown} error */
  refuses(error) {
    if (this.isEnded) return true;
    if (!(error instanceof RequestError) || !error.isPermanent) return false;
    this.refusal = error;
    this.onChange();
    return true;
  }

  /**
   * @param {string} name `board` is all of it, `changes` only what is different
   * @param {{ server_time: string, students: Student[], gone?: string[] }} news
   */
  take(name, { server_time, students, gone = [] }) {
    this.clock.set(server_time);
    this.heardAt = this.clock.now();
    if (name === "board") this.students = new Map();
    for (const student of students) this.students.set(student.user_id, student);
    for (const id of gone) this.students.delete(id);
    this.version += 1;
    this.onChange();
  }

  /** @param {Connection} connection */
  become(connection) {
    if (connection === "live") this.since = null;
    else this.since ??= this.heardAt || Date.now();
    if (this.connection === connection) return;
    this.connection = connection;
    this.onChange();
  }

  /** @param {number} milliseconds */
  pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds, undefined);
      this.wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

// What a student is told while sitting: that staff changed the time, paused, or said something; that time runs short; what
// became of answers. What staff changed counts as seen once it was shown on a page that somebody can see.

import { t } from "../../language.js";
import { remember, remembered } from "../device.js";

/** @typedef {import("../../language.js").Key} Key */
/** @typedef {{ id: string, tone: "info" | "warn" | "bad", key?: Key, values?: Record<string, string | number>, text?: string, sent_at?: string }} Notice */

const MINUTE_MS = 60000;
/** When the time that is left is said aloud, in minutes. */
const WARNINGS = [10, 5, 1];
/** A deadline that moved by less was only counted again, in milliseconds. */
const JITTER_MS = 1500;

export class Notices {
  /** @param {string} attempt */
  constructor(attempt) {
    this.closedKey = `exam-closed-messages-${attempt}`;
    /** What somebody has read and closed does not come back with a reload. @type {Set<string>} */
    this.closed = new Set(remembered(this.closedKey) ?? []);
    /** @type {Notice[]} those that stay until they are closed */
    this.shown = [];
    /** @type {Set<string>} */
    this.heard = new Set();
    /** @type {number | undefined} the revision up to which everything was shown */
    this.seen = undefined;
    this.revision = 0;
    /** @type {number | null} */
    this.deadline = null;
    /** @type {number | null} */
    this.remaining = null;
    /** @type {{ key: Key, values: Record<string, string | number> } | null} what is read aloud */
    this.announced = null;
  }

  /**
   * Something about this page; the same again takes the place of the one before.
   * @param {Key} key
   * @param {Record<string, string | number>} [values]
   * @param {Notice["tone"]} [tone]
   */
  say(key, values = {}, tone = "warn") {
    this.shown = [...this.shown.filter((notice) => notice.id !== key), { id: key, tone, key, values }];
  }

  /** What is read aloud now. */
  announcement() {
    return this.announced ? t(this.announced.key, this.announced.values) : "";
  }

  /** @param {string} id */
  close(id) {
    this.shown = this.shown.filter((notice) => notice.id !== id);
    if (!this.heard.has(id)) return;
    this.closed.add(id);
    remember(this.closedKey, [...this.closed]);
  }

  /**
   * @param {import("./sitting.js").News} news
   * @param {boolean} wasPaused
   */
  hear(news, wasPaused) {
    for (const { id, text, sent_at } of news.messages ?? []) {
      if (this.heard.has(id)) continue;
      this.heard.add(id);
      if (this.closed.has(id)) continue;
      this.shown = [...this.shown, { id, tone: "info", text, sent_at }];
    }
    const deadline = Date.parse(news.deadline_at);
    if (news.revision > this.revision && this.deadline !== null) this.tellChange(news, deadline, wasPaused);
    this.deadline = deadline;
    this.revision = Math.max(this.revision, news.revision);
    // A page that nobody sees has shown nothing.
    if (document.visibilityState === "visible") this.seen = this.revision;
  }

  /**
   * @param {import("./sitting.js").News} news
   * @param {number} deadline
   * @param {boolean} wasPaused
   */
  tellChange(news, deadline, wasPaused) {
    if (wasPaused && !news.paused) this.say("pause.over", {}, "info");
    if (wasPaused || news.paused) return;
    const minutes = Math.round((deadline - (this.deadline ?? deadline)) / MINUTE_MS);
    if (Math.abs(deadline - (this.deadline ?? deadline)) < JITTER_MS) return;
    this.say(minutes >= 0 ? "time.more" : "time.less", { count: Math.abs(minutes) }, "info");
  }

  /** @param {number} remaining */
  countDown(remaining) {
    const before = this.remaining ?? Infinity;
    this.remaining = remaining;
    const passed = WARNINGS.find((minutes) => before > minutes * MINUTE_MS && remaining <= minutes * MINUTE_MS);
    // The first count of a page that was opened late warns of nothing that has long passed.
    if (!passed || (before === Infinity && remaining < (passed - 1) * MINUTE_MS)) return;
    this.announced = { key: "time.left", values: { count: passed } };
    this.say("time.left", { count: passed }, passed === 1 ? "bad" : "warn");
  }
}

// What happens on the page beside answering, told to the server with the next heartbeat. Nothing follows from it by itself:
// invigilators see it.

import { uuid } from "../../uuid.js";

/** @typedef {"tab_hidden" | "tab_shown" | "window_left" | "full_screen_left" | "full_screen_entered" | "paste" | "copy" | "connection_lost" | "connection_restored"} EventKind */

/** The most that is told at once, and kept meanwhile. */
const MOST_AT_ONCE = 50;
const MOST_KEPT = 500;

export class Events {
  /** @param {() => number} now the server's time in milliseconds, 0 while it is not known */
  constructor(now) {
    this.now = now;
    /** @type {{ id: string, kind: EventKind, occurred_at?: string }[]} */
    this.untold = [];
  }

  /** @param {EventKind} kind */
  note(kind) {
    const now = this.now();
    this.untold.push({ id: uuid(), kind, occurred_at: now ? new Date(now).toISOString() : undefined });
    if (this.untold.length > MOST_KEPT) this.untold.shift();
  }

  /** What to tell now; `told` forgets it. */
  batch() {
    return this.untold.slice(0, MOST_AT_ONCE);
  }

  /** @param {readonly { id: string }[]} batch */
  told(batch) {
    const ids = new Set(batch.map(({ id }) => id));
    this.untold = this.untold.filter(({ id }) => !ids.has(id));
  }

  /**
   * Watches the page until `signal` ends it.
   * @param {AbortSignal} signal
   */
  watch(signal) {
    const on = (/** @type {EventTarget} */ target, /** @type {string} */ event, /** @type {() => void} */ handler) => target.addEventListener(event, handler, { signal });
    on(document, "visibilitychange", () => this.note(document.visibilityState === "hidden" ? "tab_hidden" : "tab_shown"));
    // A hidden page has lost its window as well: that is told once.
    on(window, "blur", () => setTimeout(() => { if (document.visibilityState === "visible" && !document.hasFocus()) this.note("window_left"); }, 200));
    on(document, "fullscreenchange", () => this.note(document.fullscreenElement ? "full_screen_entered" : "full_screen_left"));
    on(document, "paste", () => this.note("paste"));
    on(document, "copy", () => this.note("copy"));
  }
}

// One attempt on this page: its answers, its time, what staff say, and who holds it. No markup: page.js shows it.

import { RequestError, call } from "../../api.js";
import { Countdown, ServerClock } from "../../clock.js";
import { deviceId, remember, remembered } from "../device.js";
import { Answers, lastSaved } from "./answers.js";
import { Events } from "./events.js";
import { takeAttempt } from "./handover.js";
import { closesSomething, mayGo } from "./navigation.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";

/** @typedef {import("exam-api").Schemas["Attempt"]} Attempt */
/** @typedef {"open" | "other-tab" | "elsewhere" | "signed-out" | "leaving"} Standing */
/** @typedef {Pick<Attempt, "server_time" | "deadline_at" | "remaining_ms" | "paused" | "blanked" | "revision" | "break_ends_at"> & { messages?: Attempt["messages"], breaks?: Attempt["breaks"] }} News */

const HEARTBEAT_EVERY_MS = 10000;
const ASK_AGAIN_MS = 5000;
const SUBMIT_AGAIN_MS = 3000;

export class Sitting {
  /**
   * @param {Attempt} attempt
   * @param {{ onChange: () => void, onSubmitted: () => void, isFresh: boolean }} page `isFresh`: the attempt is the server's word of
   *   now, and not what this computer kept
   */
  constructor(attempt, { onChange, onSubmitted, isFresh }) {
    this.attempt = attempt;
    this.onChange = onChange;
    this.onSubmitted = onSubmitted;
    /** @type {Standing} */
    this.standing = "open";
    this.isPaused = false;
    this.isBlanked = false;
    /** @type {number | null} while on a break: until when, by the server's clock */
    this.breakEndsAt = null;
    /** What is left of the breaks that were granted; null where none were. */
    this.breaks = attempt.breaks ?? null;
    this.isTimeSure = isFresh;
    /** @type {"student" | "time" | null} who wants it handed in once every answer has arrived */
    this.wantsSubmit = null;
    this.isAsking = false;
    this.isOpened = false;
    this.wasOffline = false;
    /** @type {number | null} since when the server has not been reached, by performance.now() */
    this.awaySince = null;
    this.notices = new Notices(attempt.id);
    this.clock = new ServerClock();
    if (isFresh) this.clock.set(attempt.server_time);
    this.events = new Events(() => this.clock.now());
    this.outbox = new Outbox(attempt.id, {
      onChange: () => this.outboxChanged(),
      onRefused: (refused) => this.refuse(refused),
      onStopped: (kind) => (kind === "attempt-elsewhere" ? this.stop("elsewhere") : this.submit("time")),
      onSignedOut: () => this.lose(),
      onNews: (news) => this.hear(news),
      header: () => ({ device_id: deviceId(), seen_revision: this.notices.seen }),
    });
    this.outbox.lastSavedAt = lastSaved(attempt.answers);
    this.answers = new Answers(attempt.answers, []);
    this.countdown = new Countdown((remaining) => this.tick(remaining), () => this.ask());
    this.listening = new AbortController();
    const { index = 0, seen = [], furthest = 0 } = remembered(`exam-place-${attempt.id}`) ?? {};
    this.index = Math.min(index, attempt.paper.questions.length - 1);
    this.seen = new Set(seen);
    this.furthest = Math.max(furthest, this.answeredUpTo());
    if (!mayGo(attempt.paper, this.furthest, this.index)) this.index = this.furthest;
  }

  /** The last question that has an answer: another computer may have been there. */
  answeredUpTo() {
    const places = this.attempt.paper.questions.map(({ id }, index) => (this.answers.isAnswered(id) ? index : 0));
    return Math.max(0, ...places);
  }

  async open() {
    const taking = takeAttempt(this.attempt.id, { letGo: () => this.yieldToTab(), onReleased: () => this.adoptMore() });
    await this.adopt();
    this.endListening = await taking;
    // Left meanwhile, before there was anything to end; another tab that took over is told before its channel closes.
    if (this.listening.signal.aborted) {
      if (this.standing !== "other-tab") this.endListening();
      return;
    }
    this.listen();
    this.see();
    // What was kept says nothing about now.
    if (this.isTimeSure) this.hear(this.attempt);
    if (this.isTimeSure && this.attempt.device_id && this.attempt.device_id !== deviceId()) return this.stop("elsewhere");
    // What a crash or a reload left behind goes first.
    this.outbox.flush();
    this.isOpened = true;
    this.heart = setInterval(() => this.beat(), HEARTBEAT_EVERY_MS);
    if (!this.isTimeSure) this.ask();
  }

  /** Takes over what this computer kept. */
  async adopt() {
    this.answers.merge(await this.outbox.adopt());
  }

  /** Another tab has let go, at once or much later, and may have kept more until then. */
  async adoptMore() {
    await this.adopt();
    if (this.isOpened) this.outbox.flush();
    this.onChange();
  }

  listen() {
    const { signal } = this.listening;
    this.events.watch(signal);
    addEventListener("online", () => this.outbox.flush(), { signal });
    addEventListener("pagehide", () => { this.outbox.keep(); }, { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.outbox.flush();
      else this.ask();
    }, { signal });
    addEventListener("beforeunload", (event) => {
      if (this.hasToSend()) {
        event.preventDefault();
        event.returnValue = "";
      }
    }, { signal });
  }

  question() {
    return this.attempt.paper.questions[this.index];
  }

  /** @param {{ response?: any, flagged?: boolean }} change */
  answer(change) {
    if (!this.isTakingAnswers()) return;
    // Not behind the back of somebody who goes on working.
    if (this.wantsSubmit) {
      this.wantsSubmit = null;
      this.notices.say("submit.again");
    }
    // Without a word of the server since the reload: not before what was kept, so that an older answer of another computer
    // does not win. This computer's own clock may say anything.
    const now = this.clock.now() || Date.parse(this.attempt.server_time);
    this.outbox.put(this.answers.change(this.question().id, change, now));
    this.onChange();
  }

  /** While a pause lasts, answers rest; without a sure count the server decides what came in time. */
  isTakingAnswers() {
    const isOver = this.isTimeSure && this.countdown.remainingMs() === 0;
    return (this.standing === "open" || this.standing === "signed-out") && !this.isPaused && !this.isBlanked && !isOver;
  }

  /** @param {number} index */
  goTo(index) {
    if (!mayGo(this.attempt.paper, this.furthest, index)) return;
    this.index = index;
    this.furthest = Math.max(this.furthest, index);
    this.see();
    this.outbox.flush();
    this.onChange();
  }

  /** @param {number} index */
  closes(index) {
    return closesSomething(this.attempt.paper, this.furthest, index);
  }

  see() {
    this.seen.add(this.question().id);
    remember(`exam-place-${this.attempt.id}`, { index: this.index, seen: [...this.seen], furthest: this.furthest });
  }

  outboxChanged() {
    if (!this.outbox.isOffline) this.awaySince = null;
    else this.awaySince ??= performance.now();
    if (this.wasOffline !== this.outbox.isOffline) this.events.note(this.outbox.isOffline ? "connection_lost" : "connection_restored");
    this.wasOffline = this.outbox.isOffline;
    if (this.wantsSubmit && this.standing === "open" && this.outbox.unsaved().length === 0) this.submit(this.wantsSubmit);
    this.onChange();
  }

  /**
   * Takes the server's word: the time that is left, whether it stands still, and what invigilators said.
   * @param {News} news
   */
  hear(news) {
    if (this.listening.signal.aborted) return;
    this.clock.set(news.server_time);
    this.notices.hear(news, this.isPaused);
    if (news.blanked && !this.isBlanked) this.outbox.flush();
    this.isPaused = news.paused;
    this.isBlanked = news.blanked;
    this.breakEndsAt = news.break_ends_at ? Date.parse(news.break_ends_at) : null;
    // Said whenever something was changed, and otherwise as it was.
    if (news.breaks !== undefined) this.breaks = news.breaks;
    // Staff have given time since the count was over.
    if (this.wantsSubmit === "time" && news.remaining_ms > 0) {
      this.wantsSubmit = null;
      this.notices.close("time.over");
    }
    this.countdown.set(news.remaining_ms);
    if (this.isPaused) this.countdown.stop();
    this.onChange();
  }

  /** @param {number} remaining */
  tick(remaining) {
    this.notices.countDown(remaining);
    this.onChange();
    if (remaining === 0 && this.standing === "open" && !this.isPaused && !this.wantsSubmit) this.endTime();
  }

  /** Says that this page is there, what it has shown, and what happened on it. */
  async beat() {
    if (this.standing !== "open") return;
    const events = this.events.batch();
    try {
      const news = await call("POST /api/v1/attempts/{id}/events", { path: { id: this.attempt.id }, body: { device_id: deviceId(), seen_revision: this.notices.seen, events } });
      this.events.told(events);
      this.reach(true);
      this.take(news);
    } catch (error) {
      // Saves tell everything else; the next heartbeat comes in any case.
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 401) this.lose();
      if (error.kind === "attempt-elsewhere") this.stop("elsewhere");
      if (error.isTemporary) this.reach(false);
    }
  }

  /** @param {boolean} isReached whether the server could be reached */
  reach(isReached) {
    if (this.outbox.isOffline !== isReached) return;
    this.outbox.isOffline = !isReached;
    this.outboxChanged();
  }

  /** @param {News & { state: string }} news */
  take(news) {
    if (this.standing === "leaving") return;
    this.isTimeSure = true;
    if (news.state === "submitted") this.submit("time");
    else this.hear(news);
  }

  /** Asks the server how things stand: this computer may have slept, or had nothing but what it kept. */
  async ask() {
    if (this.isAsking || this.standing !== "open") return;
    this.isAsking = true;
    try {
      const attempt = await call("GET /api/v1/attempts/{id}", { path: { id: this.attempt.id } });
      this.answers.merge(attempt.answers);
      this.take(attempt);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 401) this.lose();
      else setTimeout(() => this.ask(), ASK_AGAIN_MS * (0.5 + Math.random()));
    } finally {
      this.isAsking = false;
    }
  }

  /** The count is over; but staff may have given time of which this page has not heard. */
  async endTime() {
    if (this.isAsking) return;
    this.isAsking = true;
    this.notices.say("time.over");
    this.outbox.flush();
    try {
      const attempt = await call("GET /api/v1/attempts/{id}", { path: { id: this.attempt.id } });
      if (attempt.state === "submitted" || attempt.remaining_ms === 0) await this.submit("time");
      else this.hear(attempt);
    } catch {
      // Once every answer has arrived; the server has the last word on the time.
      await this.submit("time");
    } finally {
      this.isAsking = false;
    }
  }

  /** Begins a break, if one was granted, or ends it. @param {boolean} isBeginning */
  async rest(isBeginning) {
    const request = { path: { id: this.attempt.id } };
    await this.outbox.flush();
    const news = isBeginning ? await call("POST /api/v1/attempts/{id}/break", request) : await call("DELETE /api/v1/attempts/{id}/break", request);
    this.take(news);
  }

  /** @param {import("./outbox.js").RefusedAnswer[]} refused */
  refuse(refused) {
    for (const one of refused) this.answers.takeOver(one);
    const has = (/** @type {string} */ reason) => refused.some((one) => one.reason === reason);
    if (has("stale-answer")) this.notices.say("refused.stale");
    else if (has("question-closed")) this.notices.say("refused.closed");
    else if (has("invalid-answer")) this.notices.say("refused.invalid");
    this.onChange();
  }

  /**
   * Hands in, but only after every answer has arrived: until then the outbox tries again, and comes back here. When the
   * time is over, the server hands in by itself; what it does not take any more is told on the receipt.
   * @param {"student" | "time"} by
   */
  async submit(by) {
    if (this.standing !== "open") return;
    this.standing = "leaving";
    this.wantsSubmit = by;
    this.onChange();
    try {
      const isSent = await this.outbox.flush();
      if (/** @type {Standing} */ (this.standing) !== "leaving") return;
      if (!isSent && !this.outbox.isStopped) {
        this.notices.say("submit.waiting");
        this.standing = "open";
        this.onChange();
        return;
      }
      await call("POST /api/v1/attempts/{id}/submit", { path: { id: this.attempt.id } });
      this.stop("leaving");
      this.onSubmitted();
    } catch (error) {
      this.failSubmit(error, by);
    }
  }

  /**
   * @param {unknown} error
   * @param {"student" | "time"} by
   */
  failSubmit(error, by) {
    if (!(error instanceof RequestError)) throw error;
    this.standing = "open";
    if (error.status === 401) return this.lose();
    if (error.kind === "attempt-paused") {
      this.wantsSubmit = null;
      this.beat();
      return;
    }
    this.notices.say("submit.failed", { why: error.message });
    this.onChange();
    setTimeout(() => { if (this.wantsSubmit) this.submit(by); }, SUBMIT_AGAIN_MS * (0.5 + Math.random()));
  }

  /** The session is over: somebody has to sign in again, on this page, over what is shown. */
  lose() {
    if (this.standing !== "open" && this.standing !== "leaving") return;
    this.standing = "signed-out";
    this.onChange();
  }

  /** Somebody has signed in again: what they wanted before is done now. */
  regain() {
    this.standing = "open";
    if (this.wantsSubmit === "student") {
      this.submit("student");
      return;
    }
    this.outbox.flush();
    // Staff may have given time meanwhile.
    if (this.wantsSubmit === "time") this.endTime();
    else this.beat();
    this.onChange();
  }

  async yieldToTab() {
    this.stop("other-tab");
    await this.outbox.keep();
  }

  /** Whether answers wait here that only this page sends. */
  hasToSend() {
    return !this.outbox.isStopped && this.outbox.unsaved().length > 0;
  }

  /** The page goes: what waits is sent yet, and stays on this computer if it does not arrive. */
  leave() {
    const sending = this.outbox.flush();
    this.end("leaving");
    sending.finally(() => this.outbox.stop());
  }

  /** @param {Standing} standing */
  stop(standing) {
    this.outbox.stop();
    this.end(standing);
  }

  /** @param {Standing} standing */
  end(standing) {
    this.standing = standing;
    this.countdown.stop();
    clearInterval(this.heart);
    this.listening.abort();
    if (standing !== "other-tab") this.endListening?.();
    this.onChange();
  }
}

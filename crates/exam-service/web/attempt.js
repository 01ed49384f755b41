// Taking the exam: one question at a time, everything saved as it changes.

import { call } from "./api.js";
import { Answers } from "./answers.js";
import { Countdown, ServerClock, formatRemaining } from "./clock.js";
import { byId, element, notify, show } from "./page.js";
import { Outbox } from "./outbox.js";
import { renderQuestion, readResponse } from "./question.js";
import { describe } from "./save-state.js";

const SHORT_MS = 5 * 60 * 1000;
const ASK_TIME_AGAIN_MS = 5000;
const HEARTBEAT_EVERY_MS = 10000;

export class AttemptView {
  /** `onSubmitted(submission)` and `onSignedOut()` leave this view. */
  constructor(attempt, { onSubmitted, onSignedOut }) {
    this.attempt = attempt;
    this.questions = attempt.paper.questions;
    this.index = 0;
    this.onSubmitted = onSubmitted;
    this.onSignedOut = onSignedOut;
    this.isLeaving = false;
    this.wantsSubmit = false;
    this.isAskingTime = false;
    this.isPaused = false;
    this.revision = 0;
    this.heard = new Set();
    this.serverClock = new ServerClock();
    this.serverClock.set(attempt.server_time);
    this.outbox = new Outbox(attempt.id, {
      onChange: () => this.outboxChanged(),
      onConflict: (refused) => this.resolveConflict(refused),
      onClosed: () => this.submit(),
      onSignedOut: () => this.leave(onSignedOut),
      onTime: (reply) => this.setTime(reply),
    });
    this.outbox.lastSavedAt = latest(attempt.answers);
    this.answers = new Answers(attempt.answers, this.outbox.unsaved());
    this.countdown = new Countdown((remaining) => this.showRemaining(remaining), () => this.askTime());
    this.listening = new AbortController();
  }

  open() {
    show("attempt");
    byId("bar-title").textContent = this.attempt.title;
    byId("timer").hidden = false;
    byId("save-state").hidden = false;
    this.listen();
    this.goTo(0);
    this.setTime(this.attempt);
    this.showSaveState();
    // What a crash or a reload left behind goes first.
    this.outbox.flush();
    this.stateTimer = setInterval(() => this.showSaveState(), 1000);
    this.heartbeatTimer = setInterval(() => this.sendHeartbeat(), HEARTBEAT_EVERY_MS);
  }

  listen() {
    const on = (target, event, handler) => target.addEventListener(event, handler, { signal: this.listening.signal });
    on(byId("question-form"), "change", () => this.answer({ response: readResponse(this.question()) }));
    on(byId("question-form"), "submit", (event) => event.preventDefault());
    on(byId("flag"), "change", () => this.answer({ flagged: byId("flag").checked }));
    on(byId("clear"), "click", () => { this.answer({ response: null }); this.renderQuestion(); });
    on(byId("previous"), "click", () => this.goTo(this.index - 1));
    on(byId("next"), "click", () => this.goTo(this.index + 1));
    on(byId("submit"), "click", () => this.confirm());
    on(byId("cancel-submit"), "click", () => byId("confirm").close());
    on(byId("confirm-submit"), "click", () => this.submit());
    on(window, "online", () => this.outbox.flush());
    on(document, "visibilitychange", () => {
      if (document.visibilityState === "hidden") this.outbox.flush();
      else this.askTime();
    });
    on(window, "beforeunload", (event) => { if (this.outbox.unsaved().length > 0) event.preventDefault(); });
  }

  question() {
    return this.questions[this.index];
  }

  answer(change) {
    const { id } = this.question();
    if (this.wantsSubmit && !this.isLeaving) {
      // Not behind the back of somebody who goes on working.
      this.wantsSubmit = false;
      notify("You changed an answer. Please hand in again when you have finished.");
    }
    this.outbox.put(this.answers.change(id, change, { now: this.serverClock.now(), used: this.outbox.sequence(id) }));
    this.renderOverview();
  }

  goTo(index) {
    if (index < 0 || index >= this.questions.length) return;
    const moved = index !== this.index;
    this.index = index;
    this.renderQuestion();
    this.renderOverview();
    if (moved) {
      byId("question-text").focus();
      this.outbox.flush();
    }
  }

  renderQuestion() {
    renderQuestion(this.question(), this.answers.get(this.question().id));
    byId("question-number").textContent = `Question ${this.index + 1} of ${this.questions.length}`;
    byId("previous").disabled = this.index === 0;
    byId("next").disabled = this.index === this.questions.length - 1;
  }

  renderOverview() {
    byId("overview").replaceChildren(...this.questions.map((question, index) => {
      const isAnswered = this.answers.isAnswered(question.id);
      const { flagged } = this.answers.get(question.id);
      const words = [`Question ${index + 1}`, isAnswered ? "answered" : "not answered", flagged ? "flagged" : ""];
      const button = element("button", {
        type: "button",
        "data-testid": `go-to-${index + 1}`,
        "data-answered": isAnswered,
        "data-flagged": flagged,
        "aria-label": words.filter(Boolean).join(", "),
      }, String(index + 1));
      if (index === this.index) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => this.goTo(index));
      return button;
    }));
  }

  outboxChanged() {
    this.showSaveState();
    if (this.wantsSubmit && !this.isLeaving && this.outbox.unsaved().length === 0) this.submit();
  }

  showSaveState() {
    const { state, text } = describe(this.outbox, new Date());
    const line = byId("save-state");
    line.dataset.state = state;
    // Only when it changes: screen readers read it aloud.
    if (line.textContent !== text) line.textContent = text;
  }

  /** Takes the server's word: the time that is left, whether it stands still, and what invigilators said. */
  setTime(news) {
    if (this.listening.signal.aborted) return;
    this.serverClock.set(news.server_time);
    this.setPause(news);
    this.countdown.set(news.remaining_ms);
    if (this.isPaused) this.countdown.stop();
    this.hear(news);
  }

  setPause({ paused = false, blanked = false }) {
    const view = byId("view-attempt");
    if (blanked && !view.classList.contains("blanked")) this.outbox.flush();
    view.classList.toggle("blanked", blanked);
    if (paused && !this.isPaused) notify("The exam is paused. Your time stands still, and your answers are kept.");
    if (!paused && this.isPaused) notify("The exam goes on.");
    this.isPaused = paused;
  }

  /** Shows what is new, and says that it was shown. */
  hear({ messages = [], revision = 0 }) {
    const fresh = messages.filter(({ id }) => !this.heard.has(id));
    for (const { id } of fresh) this.heard.add(id);
    if (fresh.length > 0) notify(fresh.map(({ text }) => text).join(" "));
    if (revision <= this.revision) return;
    this.revision = revision;
    this.sendHeartbeat();
  }

  /** Says that this page is there, and what it has shown. */
  async sendHeartbeat() {
    if (this.isLeaving) return;
    try {
      const news = await call("POST", `/api/v1/attempts/${this.attempt.id}/events`, { seen_revision: this.revision });
      if (this.isLeaving) return;
      if (news.state === "submitted") this.submit();
      else this.setTime(news);
    } catch (error) {
      // Saves tell everything else; the next heartbeat comes in any case.
      if (error.status === 401 && !this.isLeaving) this.leave(this.onSignedOut);
    }
  }

  /** Asks the server for the time: this computer may have slept. */
  async askTime() {
    if (this.isAskingTime || this.isLeaving) return;
    this.isAskingTime = true;
    try {
      const attempt = await call("GET", `/api/v1/attempts/${this.attempt.id}`);
      if (this.isLeaving) return;
      if (attempt.state === "submitted") this.submit();
      else this.setTime(attempt);
    } catch (error) {
      if (this.isLeaving) return;
      if (error.status === 401) this.leave(this.onSignedOut);
      else setTimeout(() => this.askTime(), ASK_TIME_AGAIN_MS);
    } finally {
      this.isAskingTime = false;
    }
  }

  showRemaining(remaining) {
    byId("timer").textContent = formatRemaining(remaining);
    byId("timer").classList.toggle("short", remaining < SHORT_MS);
    for (const id of ["answer-fields", "flag", "clear"]) byId(id).disabled = remaining === 0 || this.isPaused;
    if (remaining === 0 && !this.isLeaving && !this.isPaused) this.endTime();
  }

  /** The count is over; but staff may have given time of which this page has not heard. */
  async endTime() {
    if (this.isAskingTime) return;
    this.isAskingTime = true;
    notify("The time is over. Your answers are being handed in.");
    this.outbox.flush();
    try {
      const attempt = await call("GET", `/api/v1/attempts/${this.attempt.id}`);
      if (this.isLeaving) return;
      if (attempt.state === "submitted" || attempt.remaining_ms === 0) return this.submit();
      notify("");
      this.setTime(attempt);
    } catch {
      // Handing in is tried again and again, and the server has the last word on the time.
      if (!this.isLeaving) this.submit();
    } finally {
      this.isAskingTime = false;
    }
  }

  resolveConflict(refused) {
    for (const one of refused) this.answers.takeOver(one);
    const isStale = refused.some((one) => one.reason === "stale-answer");
    if (isStale) notify("Some answers were changed in another window or on another computer. Those newer ones are shown now.");
    else if (refused.some((one) => one.reason === "invalid-answer")) notify("The server did not accept an answer. It is kept on this computer; please tell the invigilator.");
    this.renderQuestion();
    this.renderOverview();
  }

  confirm() {
    const open = this.questions.map((question, index) => [question, index + 1]).filter(([question]) => !this.answers.isAnswered(question.id));
    byId("confirm-text").textContent = open.length === 0
      ? "All questions are answered. After handing in, nothing can be changed."
      : `Not answered: ${open.map(([, number]) => number).join(", ")}. After handing in, nothing can be changed.`;
    byId("confirm").showModal();
  }

  /** Hands in, but only after every answer has arrived; the server has the last word on the time. */
  async submit() {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.wantsSubmit = true;
    byId("confirm").close();
    try {
      if (!await this.outbox.flush() && !this.outbox.isStopped && this.countdown.remainingMs() > 0) {
        notify("Not handed in yet: some answers have not reached the server. You are handed in as soon as they have; stay on this page.");
        this.isLeaving = false;
        return;
      }
      const submission = await call("POST", `/api/v1/attempts/${this.attempt.id}/submit`);
      this.leave(() => this.onSubmitted(submission));
    } catch (error) {
      if (error.status === 401) return this.leave(this.onSignedOut);
      if (error.problem?.type === "/problems/attempt-paused") {
        this.isLeaving = this.wantsSubmit = false;
        return this.sendHeartbeat();
      }
      notify(`Not handed in yet: ${error.message} It is tried again; stay on this page.`);
      setTimeout(() => { this.isLeaving = false; this.submit(); }, 3000);
    }
  }

  leave(next) {
    this.isLeaving = true;
    this.outbox.stop();
    this.countdown.stop();
    clearInterval(this.stateTimer);
    clearInterval(this.heartbeatTimer);
    byId("view-attempt").classList.remove("blanked");
    this.listening.abort();
    byId("timer").hidden = true;
    byId("save-state").hidden = true;
    next();
  }
}

/** When the server last stored one of these answers, or null. */
function latest(answers) {
  const times = answers.map((answer) => Date.parse(answer.saved_at));
  return times.length > 0 ? new Date(Math.max(...times)) : null;
}

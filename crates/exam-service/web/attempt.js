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
    this.countdown.set(this.attempt.remaining_ms);
    this.goTo(0);
    this.showSaveState();
    // What a crash or a reload left behind goes first.
    this.outbox.flush();
    this.stateTimer = setInterval(() => this.showSaveState(), 1000);
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

  setTime({ server_time, remaining_ms }) {
    if (this.listening.signal.aborted) return;
    this.serverClock.set(server_time);
    this.countdown.set(remaining_ms);
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
    for (const id of ["answer-fields", "flag", "clear"]) byId(id).disabled = remaining === 0;
    if (remaining === 0 && !this.isLeaving) {
      notify("The time is over. Your answers are being handed in.");
      this.submit();
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
      notify(`Not handed in yet: ${error.message} It is tried again; stay on this page.`);
      setTimeout(() => { this.isLeaving = false; this.submit(); }, 3000);
    }
  }

  leave(next) {
    this.isLeaving = true;
    this.outbox.stop();
    this.countdown.stop();
    clearInterval(this.stateTimer);
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

// The student page: which view is shown, and how one leads to the next.

import { call, signIn, signOut } from "./api.js";
import { AttemptView } from "./attempt.js";
import { Outbox } from "./outbox.js";
import { byId, element, notify, show } from "./page.js";
import * as session from "./session.js";

/** The attempt a reload comes back to. */
const OPEN_KEY = "exam-open";

function showSignIn(message = "") {
  byId("who").hidden = byId("sign-out").hidden = true;
  byId("bar-title").textContent = "Exam";
  show("sign-in");
  notify(message);
  byId("login").focus();
}

function signedOut() {
  session.forget();
  showSignIn("Please sign in again. Your answers are kept on this computer and will be sent then.");
}

/** Runs a step; what goes wrong is told, and a lost session leads to the sign-in. */
async function attempt(step) {
  try {
    await step();
  } catch (error) {
    if (error.status === 401 && session.current()) return signedOut();
    notify(error.message);
  }
}

async function showExams() {
  const { exams, server_time } = await call("GET", "/api/v1/my/exams");
  sessionStorage.removeItem(OPEN_KEY);
  byId("bar-title").textContent = "Exam";
  byId("who").textContent = session.current().user.display_name;
  byId("who").hidden = byId("sign-out").hidden = false;
  show("exams");
  const items = exams.map((exam) => examItem(exam, new Date(server_time)));
  byId("exam-list").replaceChildren(...(items.length > 0 ? items : [element("li", { class: "hint" }, "There is no exam for you at the moment.")]));
}

function examItem(exam, now) {
  const isOpen = new Date(exam.starts_at) <= now && now < new Date(exam.ends_at);
  const minutes = Math.round(exam.duration_seconds / 60);
  const words = element("div", {},
    element("h2", {}, exam.title),
    element("p", { class: "hint" }, `${exam.question_count} questions · ${minutes} minutes · until ${new Date(exam.ends_at).toLocaleString()}`));
  const item = element("li", { class: "card exam" }, words, element("span", { class: "spacer" }));
  if (exam.attempt?.state === "submitted") {
    item.append(button("Result", "show-result", () => showResult(exam.attempt.id)));
  } else if (exam.attempt || isOpen) {
    item.append(button(exam.attempt ? "Go on" : "Start", "start", () => start(exam.id)));
  } else {
    item.append(element("span", { class: "hint" }, "Not open"));
  }
  return item;
}

function button(text, testId, action) {
  const made = element("button", { type: "button", id: testId, "data-testid": testId }, text);
  made.addEventListener("click", () => attempt(action));
  return made;
}

async function start(examId) {
  openAttempt(await call("POST", `/api/v1/exams/${examId}/attempts`));
}

function openAttempt(opened) {
  if (opened.state === "submitted") return attempt(() => showResult(opened.id));
  sessionStorage.setItem(OPEN_KEY, opened.id);
  byId("who").textContent = session.current().user.display_name;
  byId("who").hidden = false;
  // No sign-out in the middle of an exam: it is too easy to hit.
  byId("sign-out").hidden = true;
  new AttemptView(opened, { onSubmitted: (submission) => attempt(() => showResult(submission.id)), onSignedOut: signedOut }).open();
}

async function showResult(attemptId) {
  const submission = await call("POST", `/api/v1/attempts/${attemptId}/submit`);
  const result = await call("GET", `/api/v1/attempts/${attemptId}/result`);
  sessionStorage.removeItem(OPEN_KEY);
  byId("sign-out").hidden = false;
  show("result");
  byId("score").textContent = `${result.score} of ${result.max_score}`;
  byId("submitted-at").textContent =
    `${submission.answered} of ${submission.total} questions answered, handed in ${new Date(submission.submitted_at).toLocaleString()}.`;
  byId("receipt").textContent = submission.receipt;
  await settleLeftovers(attemptId);
}

/** Answers still on this computer: sent once more. Those that came too late or were not accepted are told about. */
async function settleLeftovers(attemptId) {
  const ignore = () => {};
  const report = () => tellSetAside(outbox.kept.countSetAside());
  const outbox = new Outbox(attemptId, { onChange: ignore, onClosed: ignore, onSignedOut: ignore, onTime: ignore, onConflict: report });
  await outbox.flush();
  report();
}

function tellSetAside({ late, refused }) {
  const answers = (count) => `${count} ${count === 1 ? "answer" : "answers"} on this computer`;
  const were = (count) => (count === 1 ? "was" : "were");
  const messages = [];
  if (late > 0) messages.push(`${answers(late)} came after the exam was closed and ${were(late)} not stored.`);
  if (refused > 0) messages.push(`${answers(refused)} ${were(refused)} not accepted by the server.`);
  if (messages.length > 0) notify(`${messages.join(" ")} Please tell the invigilator.`);
}

/** Where a page load leads: back into the exam, to the list, or to the sign-in. */
async function begin() {
  if (!session.current()) return showSignIn();
  const open = sessionStorage.getItem(OPEN_KEY);
  try {
    if (open) openAttempt(await call("GET", `/api/v1/attempts/${open}`));
    else await showExams();
  } catch (error) {
    if (error.status === 401) return signedOut();
    if (error.status === 404) { sessionStorage.removeItem(OPEN_KEY); return attempt(showExams); }
    notify(`${error.message} Trying again.`);
    setTimeout(begin, 2000);
  }
}

byId("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("sign-in").disabled = true;
  attempt(async () => {
    await signIn(byId("login").value.trim(), byId("password").value);
    byId("password").value = "";
    await begin();
  }).finally(() => { byId("sign-in").disabled = false; });
});
byId("sign-out").addEventListener("click", () => attempt(async () => { await signOut(); showSignIn(); }));
byId("back").addEventListener("click", () => attempt(showExams));

begin();

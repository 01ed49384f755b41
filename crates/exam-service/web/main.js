// From signing in to the result.

import { isSignedIn, request, signIn, signOut } from "./api.js";
import { Exam } from "./exam.js";
import { byId, notice, view } from "./page.js";

/** Which exam is being written, so that a reload returns to it. */
const CURRENT = "exam.current";

let exam = null;

byId("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    await signIn(byId("login").value.trim(), byId("password").value);
    byId("password").value = "";
    await showExams();
  });
});
byId("sign-out").addEventListener("click", () => attempt(signOut).finally(showSignIn));
byId("back-to-exams").addEventListener("click", () => attempt(showExams));

if (!isSignedIn()) showSignIn();
else if (sessionStorage.getItem(CURRENT)) attempt(() => start(sessionStorage.getItem(CURRENT)));
else attempt(showExams);

/** Does something, and shows why it could not be done. */
async function attempt(action) {
  try {
    await action();
  } catch (error) {
    if (error.status === 401 && !isSignedIn()) showSignIn();
    notice(error.status ? error.message : `The exam server does not answer (${error.message}). Try again.`);
  }
}

function showSignIn() {
  leave();
  byId("title").textContent = "Exam";
  view("sign-in-view");
  byId("login").focus();
}

async function showExams() {
  leave();
  sessionStorage.removeItem(CURRENT);
  const { exams } = await request("GET", "/api/v1/my/exams");
  byId("title").textContent = "Exam";
  byId("exams").replaceChildren(...exams.map(examRow));
  byId("no-exams").hidden = exams.length > 0;
  view("exams-view");
}

function examRow(each) {
  const row = document.createElement("li");
  const title = document.createElement("strong");
  title.textContent = each.title;
  const facts = document.createElement("span");
  facts.className = "faint";
  facts.textContent = `${each.question_count} questions, ${Math.round(each.duration_seconds / 60)} minutes`;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.testid = "exam-start";
  button.dataset.examId = each.id;
  const state = each.attempt?.state;
  button.textContent = state === "submitted" ? "Show result" : state === "open" ? "Continue" : "Start";
  button.addEventListener("click", () => attempt(() => start(each.id)));
  row.append(title, facts, button);
  return row;
}

async function start(examId) {
  const started = await request("POST", `/api/v1/exams/${examId}/attempts`, {});
  leave();
  byId("title").textContent = started.title;
  if (started.state !== "open") {
    await showResult(await request("POST", `/api/v1/attempts/${started.id}/submit`, {}));
    return;
  }
  sessionStorage.setItem(CURRENT, examId);
  view("exam-view");
  exam = new Exam(started, (receipt) => attempt(() => showResult(receipt)), () => {
    showSignIn();
    notice("Please sign in again. Your answers are kept on this machine.");
  });
}

async function showResult({ id, submitted_at, answered, total, receipt }) {
  leave();
  sessionStorage.removeItem(CURRENT);
  byId("submitted-at").textContent = `At ${new Date(submitted_at).toLocaleString()}, with ${answered} of ${total} questions answered.`;
  byId("receipt").textContent = receipt;
  byId("score").textContent = "";
  view("result-view");
  const { score, max_score } = await request("GET", `/api/v1/attempts/${id}/result`);
  byId("score").textContent = `${score} of ${max_score} points`;
}

/** Stops what the exam view keeps running. */
function leave() {
  exam?.stop();
  exam = null;
}

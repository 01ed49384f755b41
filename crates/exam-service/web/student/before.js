// Before an exam: what it is, whether this computer is fit for it, and the start.

import { RequestError, call } from "../api.js";
import { Button } from "../design/button.js";
import { Check, Field } from "../design/field.js";
import { Banner } from "../design/messages.js";
import { Empty, show, useLoaded } from "../design/states.js";
import { dateAndTime, t } from "../language.js";
import { go } from "../router.js";
import { html, useState } from "../view.js";
import { deviceId } from "./device.js";
import { nextAttempt } from "./exams.js";
import { load } from "./exam/preparing.js";
import { handOver, keepForReload } from "./exam/opening.js";
import { SystemCheck } from "./system-check.js";
import { until, useServerTime } from "./time.js";

/** @typedef {import("exam-api").Schemas["Exam"]} Exam */

/** @param {{ id: string }} props */
export function BeforePage({ id }) {
  const exams = useLoaded(() => call("GET /api/v1/my/exams"), [id]);
  const now = useServerTime(exams.value?.server_time);
  return show(exams, ({ exams: list }) => {
    const exam = list.find((one) => one.id === id);
    if (!exam) return html`<${Empty} title=${t("before.none")}><a href="#/exams">${t("exams.title")}</a><//>`;
    return html`<${Before} exam=${exam} now=${now} />`;
  });
}

/** @param {{ exam: Exam, now: number }} props */
function Before({ exam, now }) {
  const minutes = Math.round(exam.duration_seconds / 60);
  return html`<div class="stack">
    <h1>${exam.title}</h1>
    <section class="card"><h2>${t("before.facts")}</h2>
      <dl class="facts">
        <dt>${t("before.window")}</dt><dd>${dateAndTime(exam.starts_at)} – ${dateAndTime(exam.ends_at)}</dd>
        <dt>${t("before.time")}</dt><dd>${t("exam.minutes", { count: minutes })}</dd>
        <dt>${t("before.size")}</dt><dd>${t("exam.questions", { count: exam.question_count })}</dd>
      </dl>
      <h3>${t("before.rules")}</h3>
      <ul class="rules"><li>${t("before.rule.saved")}</li><li>${t("before.rule.clock")}</li><li>${t("before.rule.network")}</li><li>${t("before.rule.watched")}</li><li>${t("before.rule.computer")}</li></ul>
    </section>
    <section class="card"><h2>${t("check.title")}</h2><${SystemCheck} now=${now} /></section>
    <section class="card"><h2>${t("before.start_title")}</h2><${Start} exam=${exam} now=${now} /></section>
  </div>`;
}

/** @param {{ exam: Exam, now: number }} props */
function Start({ exam, now }) {
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const [wantsFullScreen, setWantsFullScreen] = useState(document.fullscreenEnabled);
  const [problem, setProblem] = useState("");
  const [progress, setProgress] = useState("");
  const isGoing = exam.attempt?.state === "open";
  const isOpen = isGoing || nextAttempt(exam, now) !== null;
  const start = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setProblem("");
    setProgress(t("before.starting"));
    // A browser grants it right after a click only.
    if (wantsFullScreen) document.documentElement.requestFullscreen?.().catch(() => {});
    try {
      const attempt = await call("POST /api/v1/exams/{id}/attempts", { path: { id: exam.id }, body: { access_code: code || null, device_id: deviceId(), number: isGoing ? null : nextAttempt(exam, now) } });
      const keeping = keepForReload(attempt);
      handOver(attempt);
      await load(attempt, (done, all) => setProgress(t("before.loading", { done, all }))).catch(() => {});
      await keeping;
      go(`/attempts/${attempt.id}`);
    } catch (error) {
      setProgress("");
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
      const isFirstAsk = error instanceof RequestError && error.kind === "access-code-required";
      if (isFirstAsk) setNeedsCode(true);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  if (now && !isOpen && now < Date.parse(exam.starts_at)) {
    return html`<p class="countdown figures" role="timer" data-testid="countdown">${t("before.begins", { when: until(Date.parse(exam.starts_at) - now) })}</p>
      <p class="soft">${t("before.wait")}</p>`;
  }
  return html`<form class="stack" onSubmit=${start}>
    ${needsCode && html`<${Field} name="access_code" label=${t("before.code")} hint=${t("before.code_hint")} value=${code} onInput=${setCode} autocomplete="off" spellcheck=${false} required />`}
    ${document.fullscreenEnabled && html`<${Check} name="full-screen" checked=${wantsFullScreen} onChange=${setWantsFullScreen}>${t("before.full_screen")}<//>`}
    ${problem && html`<${Banner} tone="bad" testid="start-problem"><p>${problem}</p><//>`}
    <div class="row"><${Button} type="submit" testid="start" busy=${progress !== ""} disabled=${!isOpen}>${isGoing ? t("exam.go_on") : t("before.start")}<//>
      <span class="soft small" role="status">${progress}</span></div>
  </form>`;
}

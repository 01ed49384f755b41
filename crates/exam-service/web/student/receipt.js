// What one has in hand after handing in: the time, the count, and a fingerprint of the answers.

import { RequestError, call } from "../api.js";
import { Button } from "../design/button.js";
import { Banner } from "../design/messages.js";
import { show, useLoaded } from "../design/states.js";
import { dateAndTime, t } from "../language.js";
import { go } from "../router.js";
import { html, useEffect } from "../view.js";
import { Outbox } from "./exam/outbox.js";
import { deviceId } from "./device.js";
import { forgetAttempt, refusedAnswers } from "./kept.js";
import { ResultSummary, loadResult } from "./result.js";

/** @param {{ id: string }} props */
export function ReceiptPage({ id }) {
  const closed = useLoaded(() => load(id), [id]);
  useEffect(() => {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }, []);
  return show(closed, (found) => found && html`<div class="stack">
    <${Leftovers} ...${found.leftovers} />
    <section class="card receipt" data-testid="submitted">
      <h1>${t("receipt.title")}</h1>
      <p>${t("receipt.text")}</p>
      <dl class="facts">
        <dt>${t("receipt.time")}</dt><dd data-testid="submitted-at">${found.reply.submitted_at ? dateAndTime(found.reply.submitted_at) : "–"}</dd>
        <dt>${t("receipt.answered")}</dt><dd data-testid="answered">${t("receipt.count", { answered: found.reply.answered, all: found.reply.total })}</dd>
        <dt>${t("receipt.hash")}</dt><dd><code data-testid="receipt">${found.reply.receipt}</code></dd>
      </dl>
      <p class="soft small">${t("receipt.hint")}</p>
      <div class="row no-print"><${Button} kind="secondary" onClick=${() => print()}>${t("receipt.print")}<//></div>
    </section>
    <${ResultSummary} id=${id} result=${found.result} />
    <div class="row no-print"><${Button} kind="secondary" testid="back" href="#/exams">${t("receipt.back")}<//></div>
  </div>`);
}

/**
 * What there is to show of an attempt that is closed. One that is open goes on: staff may have opened it again, and looking
 * at this page hands nothing in. That is asked of its result, which is for any network and any browser, as the receipt is:
 * the questions may not be.
 * @param {string} id
 */
async function load(id) {
  const result = await loadResult(id);
  if ("reason" in result && result.isOpen) {
    go(`/attempts/${id}`, { replace: true });
    return null;
  }
  const leftovers = await settleLeftovers(id);
  // It was handed in: sending that again gives the same reply.
  return { result, leftovers, reply: await call("POST /api/v1/attempts/{id}/submit", { path: { id } }) };
}

/**
 * Answers still on this computer: sent once more. Those that came too late or were not accepted are counted.
 * @param {string} id
 */
async function settleLeftovers(id) {
  const ignore = () => {};
  const outbox = new Outbox(id, { onChange: ignore, onRefused: ignore, onStopped: ignore, onSignedOut: ignore, onNews: ignore, header: () => ({ device_id: deviceId(), seen_revision: undefined }) });
  await outbox.adopt();
  await outbox.flush().catch((error) => {
    if (!(error instanceof RequestError)) throw error;
  });
  if (outbox.isStopped) await outbox.giveUp();
  const refused = await refusedAnswers(id);
  await forgetAttempt(id);
  const late = refused.filter(({ reason }) => reason === "attempt-closed").length;
  return { late, other: refused.length - late };
}

/** @param {{ late: number, other: number }} props */
function Leftovers({ late, other }) {
  if (late + other === 0) return null;
  return html`<${Banner} tone="bad" testid="leftovers">
    ${late > 0 && html`<p>${t("leftovers.late", { count: late })}</p>`}
    ${other > 0 && html`<p>${t("leftovers.refused", { count: other })}</p>`}
    <p>${t("leftovers.tell")}</p><//>`;
}

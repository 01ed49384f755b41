// When the network does not come back: a file of all answers, encrypted for the service, that staff can upload.

import { sealAnswers } from "../../emergency.js";
import { Button } from "../../design/button.js";
import { Banner, toast } from "../../design/messages.js";
import { t } from "../../language.js";
import { saveFile } from "../../save-file.js";
import * as session from "../../session.js";
import { html } from "../../view.js";

/** A network that is away for less comes back by itself, in milliseconds. */
const AWAY_MS = 60000;
/** Before this no sequence is a time, in milliseconds since 1970. */
const EARLIEST = Date.UTC(2020, 0, 1);

/** @param {{ sitting: import("./sitting.js").Sitting }} props */
export function EmergencyOffer({ sitting }) {
  const { awaySince, outbox } = sitting;
  if (awaySince === null || performance.now() - awaySince < AWAY_MS || outbox.unsaved().length === 0) return null;
  const keys = sitting.attempt.emergency_keys;
  // Without a secure address browsers have no cryptography.
  const canSeal = keys && crypto.subtle;
  const save = () => download(sitting).catch((error) => toast(String(error), "bad"));
  return html`<${Banner} tone="warn" testid="emergency">
    <p>${t(canSeal ? "emergency.text" : "emergency.impossible")}</p>
    ${canSeal && html`<p><${Button} kind="secondary" small testid="emergency-save" onClick=${save}>${t("emergency.save")}<//></p>`}<//>`;
}

/** @param {import("./sitting.js").Sitting} sitting */
async function download(sitting) {
  const { attempt, clock, answers } = sitting;
  const keys = attempt.emergency_keys;
  if (!keys) return;
  const now = new Date(clock.now() || Date.now());
  const sealed = [...answers.byQuestion.values()].map(({ question_id, response, flagged, sequence }) => (
    { question_id, response, flagged, sequence, answered_at: (sequence > EARLIEST ? new Date(sequence) : now).toISOString() }));
  const user = session.current()?.user;
  const text = await sealAnswers({ ...attempt, emergency_keys: keys }, user?.id ?? "", sealed, now);
  saveFile(new Blob([text], { type: "text/plain" }), `answers-${user?.login ?? "student"}-${now.toISOString().slice(0, 16).replace(/[:T]/g, "-")}.exam`);
}

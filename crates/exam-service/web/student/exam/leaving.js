// The way out of an exam, by the browser's own Back: not before every answer has arrived, or without a word.

import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { t } from "../../language.js";
import { askedToLeave, guard } from "../../router.js";
import { html, useEffect, useState } from "../../view.js";

/** How long it may take to send what waits before somebody is asked, in milliseconds. */
const PATIENCE_MS = 500;

/**
 * Sends what waits first when somebody leaves, and asks only if it does not arrive.
 * @param {{ sitting: import("./sitting.js").Sitting }} props
 */
export function Leaving({ sitting }) {
  const [isStuck, setStuck] = useState(false);
  useEffect(() => guard(() => sitting.hasToSend()), [sitting]);
  const asked = askedToLeave();
  useEffect(() => {
    if (!asked) return undefined;
    const isAsked = () => askedToLeave() === asked;
    const timer = setTimeout(() => setStuck(true), PATIENCE_MS);
    sitting.outbox.flush().then((isSent) => {
      if (!isAsked()) return;
      if (isSent) asked.leave();
      else setStuck(true);
    });
    return () => {
      clearTimeout(timer);
      setStuck(false);
    };
  }, [asked]);
  if (!asked || !isStuck) return null;
  return html`<${Dialog} title=${t("leaving.title")} testid="leaving-dialog" onClose=${asked.stay} actions=${html`
      <${Button} kind="danger" testid="leave-exam" onClick=${asked.leave}>${t("leaving.leave")}<//>
      <${Button} testid="stay-in-exam" onClick=${asked.stay}>${t("submit.cancel")}<//>`}>
    <p>${t("leaving.text")}</p>
    ${sitting.outbox.isStorageBroken && html`<p><strong>${t("storage.title")}</strong> ${t("storage.text")}</p>`}<//>`;
}

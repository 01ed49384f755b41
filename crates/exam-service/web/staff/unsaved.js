// What was written and not saved is not lost by a click: one way for all forms.

import { Button } from "../design/button.js";
import { Dialog } from "../design/dialog.js";
import { t } from "../language.js";
import { askedToLeave, guard, onMove } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";

/**
 * Has whoever leaves this form with something unsaved asked before: to another page, out of the session, or out of the tab.
 * @param {boolean} isChanged
 */
export function useUnsaved(isChanged) {
  const current = useRef(isChanged);
  current.current = isChanged;
  useEffect(() => {
    const end = guard(() => current.current);
    const ask = (/** @type {BeforeUnloadEvent} */ event) => {
      if (!current.current) return;
      event.preventDefault();
      // Chromium before 119 asks only for this.
      event.returnValue = true;
    };
    addEventListener("beforeunload", ask);
    return () => {
      end();
      removeEventListener("beforeunload", ask);
    };
  }, []);
}

/** Asks whoever is about to lose something. */
export function Leaving() {
  const [, draw] = useState(0);
  useEffect(() => onMove(() => draw((count) => count + 1)), []);
  const asked = askedToLeave();
  return asked && html`<${Dialog} title=${t("unsaved.title")} testid="unsaved-dialog" onClose=${asked.stay} actions=${html`
      <${Button} kind="danger" testid="leave" onClick=${asked.leave}>${t("unsaved.leave")}<//>
      <${Button} testid="stay" onClick=${asked.stay}>${t("unsaved.stay")}<//>`}>
    <p>${t("unsaved.about")}</p><//>`;
}

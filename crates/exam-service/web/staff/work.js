// What a button starts: whether it goes on, and what went wrong with it the last time.

import { RequestError } from "../api.js";
import { Banner, toast } from "../design/messages.js";
import { Button } from "../design/button.js";
import { Dialog } from "../design/dialog.js";
import { t } from "../language.js";
import { html, useState } from "../view.js";

/** What went wrong, in words. @param {unknown} error */
export const wordsOf = (error) => (error instanceof RequestError ? error.message : t("request.fault"));

/**
 * Something that takes a while and may fail: `const [isBusy, run] = useAction()`, `run(() => call(...))`. What fails is said in
 * passing unless `onError` has a place for it.
 * @param {(error: unknown) => void} [onError]
 * @returns {[boolean, (work: () => Promise<unknown>) => Promise<void>]}
 */
export function useAction(onError = (error) => toast(wordsOf(error), "bad")) {
  const [isBusy, setBusy] = useState(false);
  const run = async (/** @type {() => Promise<unknown>} */ work) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      onError(error);
    } finally {
      setBusy(false);
    }
  };
  return [isBusy, run];
}

/** The same with a place for what went wrong the last time; whether it was done. */
export function useWork() {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [isBusy, act] = useAction(setError);
  /** @param {() => Promise<unknown>} work */
  const run = async (work) => {
    let isDone = false;
    setError(null);
    await act(async () => {
      await work();
      isDone = true;
    });
    return isDone;
  };
  return { isBusy, error, run, forget: () => setError(null) };
}

/**
 * What went wrong, if something did.
 * @param {{ error: unknown, testid?: string }} props
 */
export const Wrong = ({ error, testid = "problem" }) => error
  ? html`<${Banner} tone="bad" testid=${testid}><p>${error instanceof Error ? error.message : String(error)}</p><//>` : null;

/**
 * A question with fields or only with words, and a button that does it. It stays, and says why, when that fails.
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.action what the button says
 * @param {"primary" | "danger"} [props.kind] `danger` for what takes something away
 * @param {string} props.testid of the dialog; its buttons are `TESTID-do` and `TESTID-cancel`
 * @param {() => Promise<unknown>} props.run gives `false` to stay open, where the fields say what is wrong
 * @param {() => void} props.onClose
 * @param {import("../view.js").ComponentChildren} [props.children]
 */
export function FormDialog({ title, action, kind = "primary", testid, run, onClose, children }) {
  const work = useWork();
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    let isDone = false;
    await work.run(async () => { isDone = await run() !== false; });
    if (isDone) onClose();
  };
  const actions = html`<${Button} kind="secondary" testid=${`${testid}-cancel`} onClick=${onClose}>${t("cancel")}<//>
    <${Button} kind=${kind} type="submit" form="dialog-form" testid=${`${testid}-do`} busy=${work.isBusy}>${action}<//>`;
  return html`<${Dialog} title=${title} testid=${testid} onClose=${onClose} actions=${actions}>
    <form id="dialog-form" class="stack" onSubmit=${submit}>${children}<${Wrong} error=${work.error} testid=${`${testid}-problem`} /></form>
  <//>`;
}

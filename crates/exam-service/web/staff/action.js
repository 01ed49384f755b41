import { RequestError } from "../api.js";
import { toast } from "../design/messages.js";
import { t } from "../language.js";
import { useState } from "../view.js";

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

// What a page needs later or never, and what must not stand in the way of what is needed now.

/** When the page has begun that somebody waits for, in milliseconds. */
const BEGUN_MS = 2000;

/**
 * Does something once the page has begun and has nothing else to do.
 * @param {() => unknown} work
 */
export function inPeace(work) {
  setTimeout(() => requestIdleCallback(() => { work(); }), BEGUN_MS);
}

/** @type {Promise<ServiceWorkerRegistration | undefined> | null} */
let keeping = null;

/**
 * Has the browser keep the student's pages, so that a reload works without a network; gives nothing where it does not.
 * That needs a secure context: https, or this very machine.
 */
export function keepPages() {
  keeping ??= navigator.serviceWorker?.register("/service-worker.js").catch(() => undefined) ?? Promise.resolve(undefined);
  return keeping;
}

// Which view the address asks for: what stands after `#`.

/**
 * @typedef {object} Route
 * @property {string} path for instance `/exams/:id`; what begins with a colon is handed to the view
 * @property {(parameters: any) => unknown} view a component; its properties are the parameters of the path
 */

/** Where the browser is among the places that this tab was at. */
let place = numbered(0);
/** What is shown: the address, unless somebody is asked whether to leave what was there before. */
let shown = { place, hash: location.hash };
/** Whether something would be lost by leaving. @type {Set<() => boolean>} */
const guards = new Set();
/** @type {{ leave: () => void, stay: () => void } | null} */
let asked = null;
/** @type {Set<() => void>} */
const listeners = new Set();

/** The path after `#`, with a slash before it. */
export const path = () => `/${shown.hash.replace(/^#\/?/, "").split("?")[0]}`;

/** The values of `?name=value` after it. */
export const query = () => new URLSearchParams(shown.hash.split("?")[1] ?? "");

/**
 * Shows another view; `replace` leaves no way back to this one, which has nothing to lose.
 * @param {string} to
 */
export function go(to, { replace = false } = {}) {
  if (!replace) {
    location.hash = to;
    return;
  }
  history.replaceState(history.state, "", `#${to}`);
  arrive();
}

/**
 * Calls when another view is shown, or somebody is asked whether to leave this one; gives what ends it.
 * @param {() => void} listener
 */
export function onMove(listener) {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/**
 * Has people asked before they leave this view; gives what ends it.
 * @param {() => boolean} wouldLose
 */
export function guard(wouldLose) {
  guards.add(wouldLose);
  return () => { guards.delete(wouldLose); };
}

/** What is asked now, if anything, and what the two answers do. */
export const askedToLeave = () => asked;

/**
 * Does what takes away what is shown: at once, or when whoever edits it agrees.
 * @param {() => void} action
 * @param {() => void} [stay]
 */
export function leaving(action, stay = () => {}) {
  if (![...guards].some((wouldLose) => wouldLose())) {
    action();
    return;
  }
  const answer = (/** @type {() => void} */ what) => () => {
    asked = null;
    what();
    tell();
  };
  asked = { leave: answer(action), stay: answer(stay) };
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}

/** The address is what is shown. */
function arrive() {
  asked = null;
  shown = { place, hash: location.hash };
  tell();
}

/** The number of this place; one that has none is new, and follows the last. @param {number} otherwise */
function numbered(otherwise) {
  const known = history.state?.place;
  if (typeof known === "number") return known;
  history.replaceState({ place: otherwise }, "");
  return otherwise;
}

addEventListener("hashchange", () => {
  place = numbered(place + 1);
  if (location.hash === shown.hash) arrive();
  else leaving(arrive, () => history.go(shown.place - place));
});

/**
 * The first route that fits, with its parameters.
 * @param {readonly Route[]} routes
 * @param {string} path
 */
export function match(routes, path) {
  const asked = path.split("/");
  for (const route of routes) {
    const parts = route.path.split("/");
    const fits = parts.length === asked.length && parts.every((part, index) => part.startsWith(":") || part === asked[index]);
    if (!fits) continue;
    /** @type {Record<string, string>} */
    const parameters = {};
    parts.forEach((part, index) => {
      if (part.startsWith(":")) parameters[part.slice(1)] = decode(asked[index]);
    });
    return { route, parameters };
  }
  return null;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

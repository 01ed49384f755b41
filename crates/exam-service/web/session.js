// The tokens of this tab. sessionStorage: gone when the tab is closed, never sent by the browser on its own. A duplicated
// tab starts with a copy, so tabs of one sign-in tell each other about newer tokens; nothing outlives the last of them.

/** @typedef {import("exam-api").ReplyOf<"POST /api/v1/auth/login">} TokenReply */
/**
 * @typedef {object} Session
 * @property {string} access_token
 * @property {string} refresh_token
 * @property {number} refresh_at milliseconds by this computer's clock
 * @property {TokenReply["user"]} user
 * @property {string} sign_in which sign-in the tokens come from
 * @property {number} generation how often they were renewed
 */

const KEY = "exam-session";
const ANSWER_WITHIN_MS = 150;

/** @type {Set<() => void>} */
const listeners = new Set();
let session = read();
/** Whether the server knows the tokens no more, and the page waits for who was signed in. */
let isOver = false;
/** What goes on then. @type {(() => void)[]} */
let waiting = [];

/** @returns {Session | null} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Session | null} newer */
function keep(newer) {
  const [wasSomebody, wasOver, those] = [session?.user.id, isOver, waiting];
  session = newer;
  isOver = false;
  waiting = [];
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // A full or forbidden storage: the session lives as long as this page.
  }
  const isSame = wasSomebody === session?.user.id;
  // What was asked for by somebody else is never answered: the pages that asked for it are gone.
  if (isSame) for (const goOn of those) goOn();
  if (!isSame || wasOver) tellListeners();
}

function tellListeners() {
  for (const listener of listeners) listener();
}

const tabs = new BroadcastChannel(KEY);
tabs.addEventListener("message", ({ data }) => {
  if (!session || data.sign_in !== session.sign_in) return;
  if (data.session?.generation > session.generation) keep(data.session);
  else if (data.generation < session.generation) tell(session);
});

/**
 * Gives the other tabs of this sign-in the tokens of this one.
 * @param {Session} session
 */
function tell(session) {
  tabs.postMessage({ sign_in: session.sign_in, session });
}

/** The session, or null. */
export const current = () => session;

/**
 * Is told when somebody has signed in or out, or has to sign in again; gives back what ends that.
 * @param {() => void} listener
 */
export function onChange(listener) {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/**
 * Takes the reply of a login: a session of its own, whatever other tabs have.
 * @param {TokenReply} reply
 */
export function start(reply) {
  const sign_in = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  keep(from(reply, { sign_in, generation: 1 }));
}

/**
 * Takes the reply of a refresh, for every tab of this sign-in.
 * @param {TokenReply} reply
 */
function proceed(reply) {
  // Signed out meanwhile.
  if (!session) return;
  keep(from(reply, { sign_in: session.sign_in, generation: session.generation + 1 }));
  tell(session);
}

/**
 * The access token is renewed after two thirds of its life.
 * @param {TokenReply} reply
 * @param {{ sign_in: string, generation: number }} line
 * @returns {Session}
 */
function from({ access_token, refresh_token, expires_in, user }, line) {
  return { access_token, refresh_token, refresh_at: Date.now() + expires_in * 1000 * (2 / 3), user, ...line };
}

/**
 * Renews the tokens with `send(refresh_token)`, one tab after the other: a tab whose tokens another one has renewed takes
 * over those instead of using a token that is spent.
 * @param {(refresh_token: string) => Promise<TokenReply>} send
 */
export async function renew(send) {
  if (!session) return;
  const { sign_in, generation } = session;
  const exchange = async () => {
    tabs.postMessage({ sign_in, generation });
    await new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS));
    if (session?.generation === generation) proceed(await send(session.refresh_token));
  };
  // Locks need a secure context; without them the server's grace for repeats covers tabs that renew at the same time.
  await (navigator.locks ? navigator.locks.request(`${KEY}-${sign_in}`, exchange) : exchange());
}

/** Whether who is signed in has to sign in again, over the page as it is. */
export const hasEnded = () => isOver;

/**
 * The server knows these tokens no more: resolves once the same person has signed in again.
 * @returns {Promise<void>}
 */
export function signedInAgain() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (isOver) return;
    isOver = true;
    tellListeners();
  });
}

export function forget() {
  keep(null);
}

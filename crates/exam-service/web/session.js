// The tokens of this tab. sessionStorage: gone when the tab is closed, never sent by the browser on its own. A duplicated
// tab starts with a copy, so tabs of one sign-in tell each other about newer tokens; nothing outlives the last of them.

const KEY = "exam-session";
const ANSWER_WITHIN_MS = 150;

let session = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(newer) {
  session = newer;
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

const tabs = new BroadcastChannel(KEY);
tabs.addEventListener("message", ({ data }) => {
  if (!session || data.sign_in !== session.sign_in) return;
  if (data.session?.generation > session.generation) keep(data.session);
  else if (data.generation < session.generation) tell();
});

/** Gives the other tabs of this sign-in the tokens of this one. */
function tell() {
  tabs.postMessage({ sign_in: session.sign_in, session });
}

/** The session, or null: { access_token, refresh_token, refresh_at, user, sign_in, generation }. */
export const current = () => session;

/** Takes the reply of a login: a session of its own, whatever other tabs have. */
export function start(reply) {
  const sign_in = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  keep(from(reply, { sign_in, generation: 1 }));
}

/** Takes the reply of a refresh, for every tab of this sign-in. */
function proceed(reply) {
  // Signed out meanwhile.
  if (!session) return;
  keep(from(reply, { sign_in: session.sign_in, generation: session.generation + 1 }));
  tell();
}

/** The access token is renewed after two thirds of its life. */
function from({ access_token, refresh_token, expires_in, user }, line) {
  return { access_token, refresh_token, refresh_at: Date.now() + expires_in * 1000 * (2 / 3), user, ...line };
}

/**
 * Renews the tokens with `send(refresh_token)`, one tab after the other: a tab whose tokens another one has renewed takes
 * over those instead of using a token that is spent.
 */
export async function renew(send) {
  const { sign_in, generation } = session;
  const exchange = async () => {
    tabs.postMessage({ sign_in, generation });
    await new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS));
    if (session?.generation === generation) proceed(await send(session.refresh_token));
  };
  // Locks need a secure context; without them the server's grace for repeats covers tabs that renew at the same time.
  await (navigator.locks ? navigator.locks.request(`${KEY}-${sign_in}`, exchange) : exchange());
}

export function forget() {
  session = null;
  sessionStorage.removeItem(KEY);
}

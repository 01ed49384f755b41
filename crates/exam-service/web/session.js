// The tokens of this tab. sessionStorage: gone when the tab is closed, never sent by the browser on its own.

const KEY = "exam-session";

let session = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** The session, or null: { access_token, refresh_token, refresh_at, user }. */
export const current = () => session;

/** Takes the reply of a login or refresh. The access token is renewed after two thirds of its life. */
export function store(reply) {
  session = {
    access_token: reply.access_token,
    refresh_token: reply.refresh_token,
    refresh_at: Date.now() + reply.expires_in * 1000 * (2 / 3),
    user: reply.user,
  };
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

export function forget() {
  session = null;
  sessionStorage.removeItem(KEY);
}

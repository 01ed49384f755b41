// The server: requests with a time limit, tokens that renew themselves, refusals as Problem.

const TOKENS = "exam.tokens";
const LIMIT_MS = 15_000;
/** The access token is renewed when it has less than this left. */
const RENEW_BEFORE_MS = 60_000;

/** The server answered, and the answer is no. */
export class Problem extends Error {
  constructor(status, body, retryAfterSeconds) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.type = body.type || "";
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** There was no answer. */
export class Offline extends Error {}

let renewing = null;

export function isSignedIn() {
  return sessionStorage.getItem(TOKENS) !== null;
}

export async function signIn(login, password) {
  keep(await send("POST", "/api/v1/auth/login", { login, password }));
}

export async function signOut() {
  try {
    await request("POST", "/api/v1/auth/logout", { refresh_token: tokens()?.refresh_token });
  } finally {
    sessionStorage.removeItem(TOKENS);
  }
}

/** A request as the person who is signed in. */
export async function request(method, path, body) {
  const held = tokens();
  if (held && held.expires_at - Date.now() < RENEW_BEFORE_MS) await renew();
  try {
    return await send(method, path, body, tokens()?.access_token);
  } catch (error) {
    if (error.status !== 401 || !isSignedIn()) throw error;
    await renew();
    return send(method, path, body, tokens()?.access_token);
  }
}

function tokens() {
  return JSON.parse(sessionStorage.getItem(TOKENS) || "null");
}

function keep(session) {
  const { access_token, refresh_token, expires_in } = session;
  sessionStorage.setItem(TOKENS, JSON.stringify({ access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 }));
}

/** At most one renewal at a time: the refresh token changes with each. */
function renew() {
  renewing ??= send("POST", "/api/v1/auth/refresh", { refresh_token: tokens()?.refresh_token })
    .then(keep)
    .catch((error) => {
      if (error instanceof Problem && error.status === 401) sessionStorage.removeItem(TOKENS);
      throw error;
    })
    .finally(() => { renewing = null; });
  return renewing;
}

async function send(method, path, body, accessToken) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (accessToken) headers.authorization = `Bearer ${accessToken}`;
  let response, text;
  try {
    response = await fetch(path, {
      method, headers, cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    text = await response.text();
  } catch (error) {
    throw new Offline(error.message);
  }
  let parsed;
  try {
    parsed = text ? JSON.parse(text) : {};
  } catch {
    // Not from the exam server: a proxy's error page, a login page of the network.
    throw new Offline(`an unreadable answer (${response.status})`);
  }
  if (!response.ok) throw new Problem(response.status, parsed, Number(response.headers.get("retry-after")) || 0);
  return parsed;
}

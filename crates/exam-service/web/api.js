// Talking to the server: JSON, bearer token, renewal before expiry, and one kind of error.

import * as session from "./session.js";

const TIMEOUT_MS = 10000;

/** A request that did not succeed. `status` is 0 when there was no answer at all. */
export class RequestError extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? "The server cannot be reached.");
    this.status = status;
    this.problem = problem;
  }

  /** Whether sending the same again later may work. */
  get isTemporary() {
    return this.status === 0 || this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }

  /** Whether our server itself says that it will never take this; a proxy's page says nothing of the kind. */
  get isPermanent() {
    return !this.isTemporary && this.status !== 401 && typeof this.problem?.type === "string";
  }
}

async function send(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  let response;
  let reply = null;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
    if (response.status !== 204) reply = await response.json();
  } catch {
    // No answer, or one that broke off or is not ours: nothing can be concluded from it.
    throw new RequestError(0, null);
  }
  if (!response.ok) throw new RequestError(response.status, reply);
  return reply;
}

let renewal = null;

/** Renews the tokens; callers at the same time share one renewal. */
function renew() {
  renewal ??= session.renew((refresh_token) => send("POST", "/api/v1/auth/refresh", { refresh_token }))
    .finally(() => { renewal = null; });
  return renewal;
}

/** A request of the signed-in student. Throws RequestError; status 401 means: sign in again. */
export async function call(method, path, body) {
  if (!session.current()) throw new RequestError(401, null);
  if (Date.now() >= session.current().refresh_at) {
    try {
      await renew();
    } catch (error) {
      // The old token may still be good; only a clear no ends the session.
      if (error.status === 401) throw error;
    }
  }
  try {
    return await send(method, path, body, session.current()?.access_token);
  } catch (error) {
    if (error.status !== 401 || !session.current()) throw error;
    await renew();
    return send(method, path, body, session.current()?.access_token);
  }
}

export async function signIn(login, password) {
  session.start(await send("POST", "/api/v1/auth/login", { login, password }));
}

export async function signOut() {
  const { refresh_token } = session.current() ?? {};
  session.forget();
  if (refresh_token) await send("POST", "/api/v1/auth/logout", { refresh_token }).catch(() => {});
}

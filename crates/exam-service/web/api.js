// Talking to the server: JSON, bearer token, renewal before expiry, and one kind of error. Operations are named as the
// interface describes them, and the type checker knows what each takes and gives.

import * as session from "./session.js";
import { t } from "./language.js";
import { kindOf, wordsOfProblem } from "./problem-words.js";

/** @typedef {import("exam-api").OperationName} OperationName */
/**
 * @typedef {object} Problem an RFC 9457 document
 * @property {string} type
 * @property {string} title
 * @property {number} status
 * @property {string} [detail]
 */

const TIMEOUT_MS = 10000;
/** A wrong password or code gets 401 as well: the session is good, and a repeat would count as another wrong try. */
const ABOUT_WHAT_WAS_TYPED = ["wrong-password", "second-factor-needed"];

/** A request that did not succeed. `status` is 0 when there was no answer at all. */
export class RequestError extends Error {
  /**
   * @param {number} status
   * @param {(Problem & Record<string, any>) | null} problem what our server says
   * @param {number | null} retryAfterSeconds
   */
  constructor(status, problem, retryAfterSeconds = null) {
    super((problem && wordsOfProblem(problem)) || t("request.unreachable"));
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The last part of the problem's type, for instance `stale-answer`; empty where our server did not answer. */
  get kind() {
    return kindOf(this.problem);
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

/**
 * @typedef {object} Options
 * @property {unknown} [body]
 * @property {boolean} [isFile] whether a success brings a file
 * @property {Record<string, string>} [headers] beside those that every request has
 * @property {number} [timeoutMs] how long it may take, if longer than usual
 */

/**
 * @param {string} method
 * @param {string} path
 * @param {Options & { token?: string }} [options]
 */
async function send(method, path, { body, token, isFile = false, headers: more = {}, timeoutMs = TIMEOUT_MS } = {}) {
  /** @type {Record<string, string>} */
  const headers = { ...more };
  if (body !== undefined) headers["content-type"] = body instanceof Blob ? body.type || "application/octet-stream" : "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  let response;
  let reply = null;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
      signal: abort.signal,
      cache: isFile ? "default" : "no-store",
    });
    if (response.ok && isFile) reply = await response.blob();
    else if (response.status !== 204) reply = await response.json();
  } catch {
    // No answer, or one that broke off or is not ours: nothing can be concluded from it.
    throw new RequestError(response?.status === 401 ? 401 : 0, null);
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw new RequestError(response.status, reply, Number(response.headers.get("retry-after")) || null);
  return reply;
}

/** @type {Promise<void> | null} */
let renewal = null;

/** Renews the tokens; callers at the same time share one renewal. */
function renew() {
  renewal ??= session.renew((refresh_token) => send("POST", "/api/v1/auth/refresh", { body: { refresh_token } }))
    .finally(() => { renewal = null; });
  return renewal;
}

/**
 * Does something with a token of whoever is signed in. Staff whose session has ended sign in again over their page, with
 * whatever is written on it, and it is done then; to students status 401 says: sign in again.
 * @template Reply
 * @param {(token: string | undefined) => Promise<Reply>} ask
 * @returns {Promise<Reply>}
 */
async function signedIn(ask) {
  for (;;) {
    if (session.hasEnded()) await session.signedInAgain();
    try {
      return await withToken(ask);
    } catch (error) {
      if (!isSessionOver(error) || !isOfStaff()) throw error;
    }
    await session.signedInAgain();
  }
}

/** Students have a page that waits for them in an exam only (student/exam/obstacles.js). */
const isOfStaff = () => ![undefined, "student"].includes(session.current()?.user.role);

/** @param {unknown} error */
const isSessionOver = (error) => error instanceof RequestError && error.status === 401 && !ABOUT_WHAT_WAS_TYPED.includes(error.kind);

/**
 * @template Reply
 * @param {(token: string | undefined) => Promise<Reply>} ask
 */
async function withToken(ask) {
  const before = session.current();
  if (!before) throw new RequestError(401, null);
  if (Date.now() >= before.refresh_at) {
    try {
      await renew();
    } catch (error) {
      // The old token may still be good; only a clear no ends the session.
      if (error instanceof RequestError && error.status === 401) throw error;
    }
  }
  const token = session.current()?.access_token;
  try {
    return await ask(token);
  } catch (error) {
    if (!isSessionOver(error) || !session.current()) throw error;
    // Another request may have renewed it meanwhile.
    if (session.current()?.access_token === token) await renew();
    return ask(session.current()?.access_token);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 */
const sendSignedIn = (method, path, options) => signedIn((token) => send(method, path, { ...options, token }));

/**
 * One operation of the interface, for whoever is signed in: `call("GET /api/v1/attempts/{id}", { path: { id } })`.
 * @template {OperationName} Name
 * @param {Name} name
 * @param {import("exam-api").RequestOf<Name>} [request]
 * @param {{ timeoutMs?: number }} [options] for what takes the server longer than usual
 * @returns {Promise<import("exam-api").ReplyOf<Name>>} throws RequestError
 */
export function call(name, request, { timeoutMs } = {}) {
  const { path, query, body, headers } = /** @type {{ path?: Record<string, string>, query?: Record<string, unknown>, body?: unknown, headers?: Record<string, string> }} */ (request ?? {});
  const [method, pattern] = name.split(" ");
  const address = pattern.replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(path?.[part] ?? ""));
  const asked = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(asked.map(([key, value]) => [key, String(value)])).toString();
  return sendSignedIn(method, search ? `${address}?${search}` : address, { body, headers, timeoutMs });
}

/**
 * A file that only who is signed in may have, for instance an image of a question or an export.
 * @param {string} path
 * @returns {Promise<Blob>} throws RequestError
 */
export const fetchFile = (path) => sendSignedIn("GET", path, { isFile: true });

/**
 * A file that a request makes, for instance the slips of an exam.
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<Blob>} throws RequestError
 */
export const makeFile = (path, body) => sendSignedIn("POST", path, { body, isFile: true });

/**
 * A reply that goes on and on. Its headers come within the time of any request; how long it may be silent afterwards, who
 * reads it decides, and ends it with `abort`.
 * @param {string} path
 * @param {AbortController} abort
 * @returns {Promise<ReadableStream<Uint8Array>>} throws RequestError
 */
export const openStream = (path, abort) => signedIn(async (token) => {
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  let response;
  try {
    response = await fetch(path, { headers: { authorization: `Bearer ${token}` }, signal: abort.signal, cache: "no-store" });
  } catch {
    throw new RequestError(0, null);
  } finally {
    clearTimeout(timer);
  }
  if (response.ok && response.body) return response.body;
  const problem = await response.json().catch(() => null);
  throw new RequestError(response.status, problem, Number(response.headers.get("retry-after")) || null);
});

/**
 * An operation for everybody, and those that sign in.
 * @template {OperationName} Name
 * @param {Name} name
 * @param {import("exam-api").RequestOf<Name>} request
 * @returns {Promise<import("exam-api").ReplyOf<Name>>}
 */
export function callOpenly(name, request) {
  const [method, path] = name.split(" ");
  return send(method, path, { body: /** @type {{ body?: unknown }} */ (request).body });
}

/** Ends the session here at once, and at the server if it can be reached. */
export async function signOut() {
  const refresh_token = session.current()?.refresh_token;
  session.forget();
  if (refresh_token) await send("POST", "/api/v1/auth/logout", { body: { refresh_token } }).catch(() => {});
}

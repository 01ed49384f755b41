// What went wrong, in the language of the page: each kind of problem has its sentence in language/shell. What the server says
// of the single case is English.

import { dateAndTime, spoken, t } from "./language.js";

/** @typedef {import("./language.js").Key} Key */
/** @typedef {import("./api.js").Problem} Problem */

/** Their sentence says that something is wrong, and the server which. */
const SAID_BY_SERVER = [
  "invalid-request", "invalid-input", "taken", "not-possible", "too-large", "unknown-media", "unsupported-format",
  "password-refused", "grade-refused", "key-refused", "unreadable-file", "maintenance", "not-switched",
];

/** The last part of its type, for instance `stale-answer`. @param {Problem | null} problem */
export const kindOf = (problem) => problem?.type?.split("/").pop() ?? "";

/** The sentence for its kind, if these pages know it. @param {Problem} problem */
function sentence(problem) {
  const key = /** @type {Key} */ (`problem.${kindOf(problem)}`);
  const said = t(key);
  return said === key ? null : said;
}

/**
 * What is said in full here: times are written as people here do. Null for everything else.
 * @param {Problem & Record<string, any>} problem
 */
function inFull(problem) {
  const { starts_at, ends_at, released_at } = problem;
  const kind = kindOf(problem);
  // Without a window it was closed before its time.
  if (kind === "exam-not-open") return starts_at && ends_at ? t("exam_not_open.window", { from: dateAndTime(starts_at), to: dateAndTime(ends_at) }) : t("exam_not_open.closed");
  return kind === "not-possible" && released_at ? t("not_possible.released", { at: dateAndTime(released_at) }) : null;
}

/**
 * What the problem is, for who sees it: in English what the server says of this case; in other languages the sentence of its
 * kind, with the words of the server behind it where only they say which.
 * @param {Problem} problem
 */
export function wordsOfProblem(problem) {
  const timely = inFull(problem);
  if (timely !== null) return timely;
  const said = sentence(problem);
  const detail = problem.detail ?? problem.title;
  if (said === null || (spoken() === "en" && detail)) return detail ?? said ?? "";
  return SAID_BY_SERVER.includes(kindOf(problem)) && problem.detail ? `${said} (${problem.detail})` : said;
}

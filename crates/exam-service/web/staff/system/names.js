// Names for the ids of the log: each is asked for once, and an id stays where there is no name.

import { call } from "../../api.js";

/** @typedef {"people" | "exams"} Kind */

/** @type {Record<Kind, Map<string, string>>} */
const known = { people: new Map(), exams: new Map() };

/** @type {Record<Kind, (id: string) => Promise<string>>} */
const ASKED = {
  people: (id) => call("GET /api/v1/users/{id}", { path: { id } }).then(({ display_name }) => display_name),
  exams: (id) => call("GET /api/v1/exams/{id}", { path: { id } }).then(({ title }) => title),
};

/**
 * @param {Kind} kind
 * @param {readonly (string | null | undefined)[]} ids
 */
export async function naming(kind, ids) {
  const missing = [...new Set(ids)].filter((id) => typeof id === "string" && !known[kind].has(id));
  await Promise.all(missing.map((id) => ASKED[kind](/** @type {string} */ (id)).then((name) => known[kind].set(/** @type {string} */ (id), name), () => {})));
  return known[kind];
}

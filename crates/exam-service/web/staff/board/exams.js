// The exams that one may watch.

import { call } from "../../api.js";
import { spoken } from "../../language.js";
import { all } from "../pages.js";

/** @typedef {import("exam-api").Schemas["FoundExam"]} WatchedExam */

/** Whoever looks for an older exam finds it with its course. */
const PAST_MS = 31 * 24 * 60 * 60 * 1000;

/** Every exam that can be watched, published or closed, of the last month and to come. @returns {Promise<WatchedExam[]>} throws RequestError */
export function watchedExams() {
  const from = new Date(Date.now() - PAST_MS).toISOString();
  return all((after) => call("GET /api/v1/exams", { query: { state: "published,closed", from, limit: 100, after } }).then(({ exams, next }) => ({ rows: exams, next })));
}

/**
 * What the board says of the exam itself; null where it is not listed.
 * @param {string} id
 * @returns {Promise<WatchedExam | null>} throws RequestError
 */
export const examHead = async (id) => (await call("GET /api/v1/exams", { query: { id } })).exams[0] ?? null;

/**
 * From when until when; a day that is both is said once.
 * @param {Pick<WatchedExam, "starts_at" | "ends_at">} exam
 */
export const period = ({ starts_at, ends_at }) => new Intl.DateTimeFormat(spoken(), { dateStyle: "medium", timeStyle: "short" }).formatRange(new Date(starts_at), new Date(ends_at));

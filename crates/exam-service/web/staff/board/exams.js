// The exams that one may watch: those of one's courses. There is no one list of them, so courses are asked one by one.

import { RequestError, call } from "../../api.js";
import { spoken } from "../../language.js";
import { current } from "../../session.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */
/** @typedef {import("exam-api").Schemas["ExamLine"] & { course: string }} WatchedExam */

/** So many courses are asked at the same time. */
const AT_ONCE = 4;

/**
 * Reads a list to its end, part by part.
 * @template {{ next?: string | null }} Page
 * @template Item
 * @param {(after: string | undefined) => Promise<Page>} load
 * @param {(page: Page) => readonly Item[]} items
 */
export async function all(load, items) {
  /** @type {Item[]} */
  const found = [];
  /** @type {string | undefined} */
  let after;
  do {
    const page = await load(after);
    found.push(...items(page));
    after = page.next ?? undefined;
  } while (after);
  return found;
}

/** @param {Course} course */
async function examsOf(course) {
  const exams = await all((after) => call("GET /api/v1/courses/{id}/exams", { path: { id: course.id }, query: { limit: 100, after } }), ({ exams }) => exams);
  return exams.map((exam) => ({ ...exam, course: course.code }));
}

/** Every exam that can be watched, published or closed. @returns {Promise<WatchedExam[]>} throws RequestError */
export async function watchedExams() {
  const courses = await all((after) => call("GET /api/v1/courses", { query: { limit: 200, after } }), ({ courses }) => courses);
  const waiting = courses.filter(({ archived_at }) => !archived_at);
  /** @type {WatchedExam[]} */
  const found = [];
  const work = async () => {
    for (let course = waiting.shift(); course; course = waiting.shift()) found.push(...await examsOf(course));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.filter(({ state }) => state === "published" || state === "closed");
}

/**
 * What the board says of the exam itself; null where one may watch it without its being listed.
 * @param {string} id
 * @returns {Promise<Pick<WatchedExam, "title" | "starts_at" | "ends_at" | "question_count"> | null>}
 */
export async function examHead(id) {
  if (current()?.user.role === "invigilator") return (await watchedExams()).find((exam) => exam.id === id) ?? null;
  try {
    return await call("GET /api/v1/exams/{id}", { path: { id } });
  } catch (error) {
    if (error instanceof RequestError && error.isPermanent) return null;
    throw error;
  }
}

/**
 * From when until when; a day that is both is said once.
 * @param {Pick<WatchedExam, "starts_at" | "ends_at">} exam
 */
export const period = ({ starts_at, ends_at }) => new Intl.DateTimeFormat(spoken(), { dateStyle: "medium", timeStyle: "short" }).formatRange(new Date(starts_at), new Date(ends_at));

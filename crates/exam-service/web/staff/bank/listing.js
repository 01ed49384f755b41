import { call } from "../../api.js";
import { useEffect, useRef, useState } from "../../view.js";

/** @typedef {import("exam-api").Schemas["QuestionLine"]} QuestionLine */
/**
 * @typedef {object} Filter
 * @property {string} q
 * @property {string} kind
 * @property {string} tag
 * @property {string} category
 * @property {string} minimum
 * @property {string} maximum
 * @property {boolean} archived
 */
/** @typedef {{ questions: QuestionLine[], next: string | null, error: unknown, isLoading: boolean }} Listing */

/** @type {Filter} */
export const EVERYTHING = { q: "", kind: "", tag: "", category: "", minimum: "", maximum: "", archived: false };

const PAGE = 100;
/** Nobody types faster than this for long. */
const PAUSE_MS = 250;

/**
 * The questions that fit, part by part: the first part at once, further ones by `more`.
 * @param {string} course
 * @param {Filter} filter
 */
export function useQuestions(course, filter) {
  const [listing, setListing] = useState(/** @type {Listing} */ ({ questions: [], next: null, error: null, isLoading: true }));
  // What comes back for a filter of before is not shown.
  const round = useRef(0);
  const load = async (/** @type {QuestionLine[]} */ before, /** @type {string | undefined} */ after) => {
    const mine = round.current;
    setListing((listing) => ({ ...listing, isLoading: true, error: null }));
    const { q, kind, tag, category, archived } = filter;
    const query = { q, kind, tag, category, archived: archived || undefined, limit: PAGE, after,
      minimum_difficulty: Number(filter.minimum) || undefined, maximum_difficulty: Number(filter.maximum) || undefined };
    try {
      const { questions, next } = await call("GET /api/v1/courses/{id}/questions", { path: { id: course }, query });
      if (mine === round.current) setListing({ questions: [...before, ...questions], next: next ?? null, error: null, isLoading: false });
    } catch (error) {
      if (mine === round.current) setListing((listing) => ({ ...listing, error, isLoading: false }));
    }
  };
  const begin = () => {
    round.current += 1;
    return load([], undefined);
  };
  useEffect(() => {
    const timer = setTimeout(begin, filter.q ? PAUSE_MS : 0);
    return () => {
      clearTimeout(timer);
      round.current += 1;
    };
  }, [course, filter]);
  const more = () => load(listing.questions, listing.next ?? undefined);
  return { ...listing, more, reload: begin };
}

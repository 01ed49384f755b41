// Where in the paper one may go. The server has the last word: it refuses answers to questions that were left behind.

/** @typedef {import("exam-api").Schemas["Paper"]} Paper */

/**
 * Whether question `to` may be shown by who has been at `furthest`; both are places in the paper, from 0.
 * @param {Paper} paper
 * @param {number} furthest
 * @param {number} to
 */
export function mayGo(paper, furthest, to) {
  if (to < 0 || to >= paper.questions.length) return false;
  if (paper.navigation === "questions_in_order") return to === furthest || to === furthest + 1;
  if (paper.navigation === "sections_in_order") return paper.questions[to].section >= paper.questions[furthest].section;
  return true;
}

/**
 * Whether going from one question to another closes something for good.
 * @param {Paper} paper
 * @param {number} furthest
 * @param {number} to
 */
export function closesSomething(paper, furthest, to) {
  if (to <= furthest) return false;
  if (paper.navigation === "questions_in_order") return true;
  return paper.navigation === "sections_in_order" && paper.questions[to].section > paper.questions[furthest].section;
}

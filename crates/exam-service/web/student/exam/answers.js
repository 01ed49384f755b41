// The answers of an attempt as this page has them: what the server said, overlaid with what this computer kept.

/**
 * @typedef {object} Answer
 * @property {string} question_id
 * @property {any} response `null` when there is none
 * @property {number} sequence
 * @property {boolean} flagged
 */

/** What an empty answer looks like to the server. */
const EMPTY = { response: null, sequence: 0, flagged: false };

export class Answers {
  /**
   * @param {readonly Answer[]} stored
   * @param {readonly Answer[]} kept
   */
  constructor(stored, kept) {
    /** @type {Map<string, Answer>} */
    this.byQuestion = new Map();
    this.merge(stored);
    this.merge(kept);
  }

  /**
   * Takes over what is newer. A lower sequence lost the race already; the server will say so too.
   * @param {readonly Answer[]} others
   */
  merge(others) {
    for (const { question_id, response, sequence, flagged } of others) {
      if (sequence > this.get(question_id).sequence) this.byQuestion.set(question_id, { question_id, response, sequence, flagged });
    }
  }

  /**
   * @param {string} questionId
   * @returns {Answer}
   */
  get(questionId) {
    return this.byQuestion.get(questionId) ?? { ...EMPTY, question_id: questionId };
  }

  /**
   * Applies a change; returns what has to be sent. Its sequence is the server's time `now` in milliseconds, so that of
   * two computers the one that was used last wins, but always above any that was used here before, of whichever question:
   * where one cannot go back, the server takes them in this order.
   * @param {string} questionId
   * @param {{ response?: any, flagged?: boolean }} change
   * @param {number} now
   * @returns {Answer}
   */
  change(questionId, change, now) {
    const { response, flagged, sequence } = { ...this.get(questionId), ...change };
    const used = Math.max(...[...this.byQuestion.values()].map((one) => one.sequence), sequence);
    const answer = { question_id: questionId, response, flagged, sequence: Math.max(used + 1, now) };
    this.byQuestion.set(questionId, answer);
    return answer;
  }

  /**
   * Takes over what the server has instead of ours, be it nothing, unless it was changed here once more since. What does not
   * fit its question stays in sight, to be put right.
   * @param {{ question_id: string, sequence: number, reason: string, current: { response: any, sequence: number, flagged: boolean } | null }} refused
   */
  takeOver({ question_id, sequence, reason, current }) {
    if (this.get(question_id).sequence > Math.max(sequence, current?.sequence ?? 0)) return;
    if (current) this.byQuestion.set(question_id, { ...current, question_id });
    else if (reason !== "invalid-answer") this.byQuestion.delete(question_id);
  }

  /** @param {string} questionId */
  isAnswered(questionId) {
    return isAnswer(this.get(questionId).response);
  }
}

/**
 * What counts as an answer, as the server counts.
 * @param {any} response
 */
function isAnswer(response) {
  if (response === null || response === undefined) return false;
  if (response.selected) return response.selected.length > 0;
  if (response.text !== undefined) return response.text.trim() !== "";
  if (response.pairs) return Object.keys(response.pairs).length > 0;
  if (response.order) return response.order.length > 0;
  return true;
}

/**
 * When the server last stored one of these answers, or null.
 * @param {readonly { saved_at: string }[]} answers
 */
export function lastSaved(answers) {
  const times = answers.map((answer) => Date.parse(answer.saved_at));
  return times.length > 0 ? new Date(Math.max(...times)) : null;
}

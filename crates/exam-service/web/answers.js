// The answers of an attempt as this page has them: what the server said, overlaid with what is on its way to it.

/** What an empty answer looks like to the server. */
const EMPTY = { response: null, sequence: 0, flagged: false };

export class Answers {
  constructor(stored, unsaved) {
    this.byQuestion = new Map(stored.map((answer) => [answer.question_id, { ...EMPTY, ...answer }]));
    for (const answer of unsaved) {
      const known = this.get(answer.question_id);
      // A lower sequence lost the race already; the server will say so too.
      if (answer.sequence > known.sequence) this.byQuestion.set(answer.question_id, { ...known, ...answer });
    }
  }

  get(questionId) {
    return this.byQuestion.get(questionId) ?? { ...EMPTY, question_id: questionId };
  }

  /**
   * Applies a change; returns what has to be sent. Its sequence is the server's time `now` in milliseconds, so that of
   * two computers the one that was used last wins, but always above `used`, the highest one given out here before.
   */
  change(questionId, change, { now, used }) {
    const { response, flagged, sequence } = { ...this.get(questionId), ...change };
    const answer = { question_id: questionId, response, flagged, sequence: Math.max(sequence + 1, used + 1, now) };
    this.byQuestion.set(questionId, answer);
    return answer;
  }

  /** Takes over what the server has instead of ours, unless it was changed here once more since. */
  takeOver({ question_id, sequence, current }) {
    if (!current || this.get(question_id).sequence > Math.max(sequence, current.sequence)) return;
    this.byQuestion.set(question_id, { question_id, flagged: false, ...current });
  }

  isAnswered(questionId) {
    const { response } = this.get(questionId);
    return response !== null && (response.selected === undefined || response.selected.length > 0);
  }
}

// Answers on their way: kept in this browser until the server has acknowledged each one.

/**
 * One attempt's answers. An entry is {response, flagged, sequence, acknowledged}; the sequence rises
 * with every change, and the server keeps the highest.
 */
export class Outbox {
  constructor(attemptId) {
    this.key = `exam.outbox.${attemptId}`;
    this.entries = new Map(Object.entries(JSON.parse(localStorage.getItem(this.key) || "{}")));
  }

  /** Takes over what the server has, except where this browser holds a later change. */
  reconcile(answers) {
    for (const { question_id, response, flagged, sequence } of answers) {
      const own = this.entries.get(question_id);
      if (own && !own.acknowledged && own.sequence > sequence) continue;
      this.entries.set(question_id, { response, flagged: Boolean(flagged), sequence, acknowledged: true });
    }
    this.#store();
  }

  get(questionId) {
    return this.entries.get(questionId) || { response: null, flagged: false, sequence: 0, acknowledged: true };
  }

  change(questionId, change) {
    const before = this.get(questionId);
    this.entries.set(questionId, { ...before, ...change, sequence: before.sequence + 1, acknowledged: false });
    this.#store();
  }

  /** What the server has not acknowledged, as it is sent. */
  waiting() {
    return [...this.entries]
      .filter(([, entry]) => !entry.acknowledged)
      .map(([question_id, { response, flagged, sequence }]) => ({ question_id, response, flagged, sequence }));
  }

  /** The server holds this one durably. */
  acknowledge({ question_id, sequence }) {
    const entry = this.entries.get(question_id);
    // A change made since then is still on its way.
    if (entry && entry.sequence === sequence) entry.acknowledged = true;
    this.#store();
  }

  /** The server holds a later answer than the one that was sent: from another window or machine. */
  replace({ question_id, current }) {
    const { response, sequence } = current;
    this.entries.set(question_id, { ...this.get(question_id), response, sequence, acknowledged: true });
    this.#store();
  }

  /** After handing in, nothing of the attempt stays on this machine. */
  forget() {
    this.entries.clear();
    localStorage.removeItem(this.key);
  }

  #store() {
    localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(this.entries)));
  }
}

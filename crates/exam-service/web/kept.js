// What this computer keeps of an attempt, across reloads and crashes: answers on their way to the server, one entry for
// each question so that two windows do not overwrite each other, and those the server refused for good.

/** Where the storage is full or forbidden: at least for as long as this page lives. */
const memory = new Map();

function read(key) {
  try {
    return JSON.parse(memory.get(key) ?? localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // A forbidden storage holds nothing.
  }
}

function keys() {
  try {
    return [...memory.keys(), ...Object.keys(localStorage)];
  } catch {
    return [...memory.keys()];
  }
}

export class Kept {
  constructor(attemptId) {
    this.prefix = `exam-outbox-${attemptId}-`;
    this.lateKey = `exam-late-${attemptId}`;
  }

  /** The answers on their way, those of other windows too. */
  waiting() {
    return [...new Set(keys())]
      .filter((key) => key.startsWith(this.prefix))
      .map((key) => ({ ...read(key), question_id: key.slice(this.prefix.length) }))
      .filter((answer) => answer.sequence !== undefined);
  }

  /** The highest sequence that any window here gave to an answer that is still on its way. */
  sequence(questionId) {
    return read(this.prefix + questionId)?.sequence ?? 0;
  }

  put(answer) {
    if (this.sequence(answer.question_id) <= answer.sequence) write(this.prefix + answer.question_id, answer);
  }

  /** Forgets exactly this sequence: another window may have written a newer one. */
  remove({ question_id, sequence }) {
    if (read(this.prefix + question_id)?.sequence === sequence) remove(this.prefix + question_id);
  }

  /** Keeps an answer that the server will never take, so that an invigilator can still find it. */
  setAside(answer, reason) {
    const others = this.setAsideAnswers().filter((one) => one.question_id !== answer.question_id || one.sequence !== answer.sequence);
    write(this.lateKey, [...others, { ...answer, reason }]);
    this.remove(answer);
  }

  setAsideAnswers() {
    const found = read(this.lateKey);
    return Array.isArray(found) ? found : [];
  }

  /** For how many questions an answer was set aside because the exam was closed, and for how many for another reason. */
  countSetAside() {
    const late = new Set();
    const refused = new Set();
    for (const { question_id, reason } of this.setAsideAnswers()) (reason === "attempt-closed" ? late : refused).add(question_id);
    return { late: late.size, refused: refused.size };
  }
}

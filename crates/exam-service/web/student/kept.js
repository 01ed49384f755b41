// What this computer keeps of an exam, in IndexedDB, across reloads and crashes: each answer until the server has it and
// after, what the server refused for good, the paper, and what its questions show. Where the browser lets nothing be kept,
// the page goes on with what it has in memory, and says so.

/** @typedef {import("exam-api").Schemas["Attempt"]} Attempt */
/**
 * @typedef {object} KeptAnswer
 * @property {string} attempt
 * @property {string} question_id
 * @property {any} response
 * @property {boolean} flagged
 * @property {number} sequence
 * @property {boolean} isSaved whether the server has acknowledged this sequence
 */
/** @typedef {Omit<KeptAnswer, "isSaved"> & { reason: string }} Refused */
/** @typedef {{ id: string, user: string, attempt: Attempt, kept_at: number }} Snapshot `kept_at` by this computer's clock */

const NAME = "exam";
const VERSION = 1;
/** A browser that does not answer within this keeps nothing, in milliseconds. */
const PATIENCE_MS = 4000;

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const made = request.result;
      made.createObjectStore("answers", { keyPath: ["attempt", "question_id"] });
      made.createObjectStore("refused", { keyPath: ["attempt", "question_id", "sequence"] });
      made.createObjectStore("attempts", { keyPath: "id" });
      made.createObjectStore("media");
    };
    request.onsuccess = () => {
      // Another version of this page wants to change it: it has the way free.
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  opening.catch(() => { opening = null; });
  return opening;
}

/**
 * Runs one transaction; what `work` gives back is its outcome, once everything is on the disk.
 * @template Value
 * @param {string | string[]} stores `work` is given the first
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore, done: (value: Value) => void) => void} work
 * @returns {Promise<Value | undefined>}
 */
async function run(stores, mode, work) {
  const limit = new Promise((_, reject) => setTimeout(() => reject(new Error("the storage does not answer")), PATIENCE_MS));
  const running = (async () => {
    const opened = await database();
    return new Promise((resolve, reject) => {
      // Strict: told only once it would survive a power cut. Older browsers do not know the word, and do it anyway.
      const transaction = opened.transaction(stores, mode, { durability: "strict" });
      /** @type {Value | undefined} */
      let outcome;
      transaction.oncomplete = () => resolve(outcome);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      work(transaction.objectStore([stores].flat()[0]), (value) => { outcome = value; });
    });
  })();
  return /** @type {Promise<Value | undefined>} */ (Promise.race([running, limit]));
}

/**
 * @template Value
 * @param {string} store
 * @param {(store: IDBObjectStore) => IDBRequest<Value>} ask
 * @returns {Promise<Value | undefined>} undefined as well where nothing can be read
 */
const read = (store, ask) => run(store, "readonly", (opened, done) => {
  const request = ask(opened);
  request.onsuccess = () => done(request.result);
}).catch(() => undefined);

/** @param {string} attempt */
const all = (attempt) => IDBKeyRange.bound([attempt], [attempt, []]);

/**
 * Every answer to an attempt that was given on this computer.
 * @param {string} attempt
 * @returns {Promise<KeptAnswer[]>}
 */
export const keptAnswers = async (attempt) => (await read("answers", (store) => store.getAll(all(attempt)))) ?? [];

/**
 * Keeps answers, each unless a newer one is here already: another window may have written that.
 * @param {readonly KeptAnswer[]} answers
 */
export const keepAnswers = (answers) => run("answers", "readwrite", (store) => {
  for (const answer of answers) {
    const request = store.get([answer.attempt, answer.question_id]);
    request.onsuccess = () => {
      const known = request.result;
      const isNewer = !known || known.sequence < answer.sequence || (known.sequence === answer.sequence && !known.isSaved);
      if (isNewer) store.put(answer);
    };
  }
});

/**
 * Takes answers that the server refused for good out of those that count: each where it still stands as it was sent. One is
 * forgotten because the server has a newer one; the others are set aside, so that an invigilator can still find them.
 * @param {readonly Refused[]} answers
 */
export const settleRefused = (answers) => run(["answers", "refused"], "readwrite", (store) => {
  for (const answer of answers) {
    const place = [answer.attempt, answer.question_id];
    const request = store.get(place);
    request.onsuccess = () => {
      if (request.result?.sequence === answer.sequence) store.delete(place);
    };
    if (answer.reason !== "stale-answer") store.transaction.objectStore("refused").put(answer);
  }
});

/**
 * @param {string} attempt
 * @returns {Promise<Refused[]>}
 */
export const refusedAnswers = async (attempt) => (await read("refused", (store) => store.getAll(all(attempt)))) ?? [];

/** @param {Snapshot} snapshot */
export const keepAttempt = (snapshot) => run("attempts", "readwrite", (store) => { store.put(snapshot); });

/**
 * @param {string} id
 * @returns {Promise<Snapshot | undefined>}
 */
export const keptAttempt = (id) => read("attempts", (store) => store.get(id));

/**
 * @param {string} path
 * @returns {Promise<Blob | undefined>}
 */
export const keptMedia = (path) => read("media", (store) => store.get(path));

/**
 * @param {string} path
 * @param {Blob} file
 */
export const keepMedia = (path, file) => run("media", "readwrite", (store) => { store.put(file, path); }).catch(() => {});

/**
 * Forgets the paper and the answers of an attempt that is over, unless one of them is not with the server; what was refused
 * stays.
 * @param {string} attempt
 */
export async function forgetAttempt(attempt) {
  const isForgotten = await run("answers", "readwrite", (store, done) => {
    const request = store.getAll(all(attempt));
    request.onsuccess = () => {
      const isWhole = request.result.every(({ isSaved }) => isSaved);
      if (isWhole) store.delete(all(attempt));
      done(isWhole);
    };
  }).catch(() => false);
  if (!isForgotten) return;
  await run("attempts", "readwrite", (store) => { store.delete(attempt); }).catch(() => {});
  await run("media", "readwrite", (store) => { store.clear(); }).catch(() => {});
}

/** Whether this browser keeps anything at all: tried out. */
export async function canKeep() {
  const probe = { attempt: "-", question_id: "-", response: null, flagged: false, sequence: Date.now(), isSaved: true };
  try {
    await keepAnswers([probe]);
    await run("answers", "readwrite", (store) => { store.delete(all("-")); });
    return true;
  } catch {
    return false;
  }
}

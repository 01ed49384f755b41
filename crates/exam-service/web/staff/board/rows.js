// What the board says of a student at a moment, and which of them are shown in which order. No page in here.

/** @typedef {import("exam-api").Schemas["BoardStudent"]} Student */
/** @typedef {"all" | "not_started" | "open" | "paused" | "submitted" | "silent" | "violations" | "unseen"} Group */
/** @typedef {"name" | "seat" | "state" | "saved" | "contact" | "answered" | "left" | "violations" | "unseen"} Order */
/** @typedef {{ group: Group, room: string, search: string, order: Order, isDescending: boolean }} View */

/** Pages say that they are there every ten seconds: from then on one is slow, from a minute on silent. */
export const SLOW_MS = 25000;
export const SILENT_MS = 60000;

/** @type {readonly Group[]} */
export const GROUPS = ["all", "not_started", "open", "paused", "submitted", "silent", "violations", "unseen"];

/** @type {View} */
export const USUAL = { group: "all", room: "", search: "", order: "saved", isDescending: false };

/** @param {string | null | undefined} time */
const milliseconds = (time) => (time ? Date.parse(time) : null);

/**
 * What does not change until the server says something else.
 * @param {Student} student
 */
export function row(student) {
  const { attempt } = student;
  const savedAt = milliseconds(attempt?.last_saved_at);
  const heardAt = Math.max(milliseconds(attempt?.last_seen_at) ?? 0, savedAt ?? 0, milliseconds(attempt?.started_at) ?? 0);
  return {
    id: student.user_id,
    name: student.display_name,
    login: student.login,
    seat: student.seat ?? "",
    room: roomOf(student.seat ?? ""),
    /** Breaks that students take are pauses to who watches. */
    state: student.state,
    isWriting: student.state === "open",
    isThere: attempt !== null && attempt !== undefined && student.state !== "submitted",
    attempt: attempt?.id ?? null,
    isBlank: attempt?.blanked ?? false,
    savedAt,
    startedAt: milliseconds(attempt?.started_at),
    submittedAt: milliseconds(attempt?.submitted_at),
    heardAt: heardAt || null,
    endsAt: milliseconds(attempt?.deadline_at),
    pausedAt: milliseconds(attempt?.paused_at),
    answered: attempt?.answered ?? 0,
    violations: attempt?.violations ?? 0,
    isUnseen: attempt ? !attempt.confirmed && student.state !== "submitted" : false,
    words: `${student.display_name} ${student.login} ${student.seat ?? ""}`.toLocaleLowerCase(),
  };
}

/** @typedef {ReturnType<typeof row>} Row */

/**
 * A seat is called after its room: `H1-042` is in `H1`, `Aula 7` in `Aula`.
 * @param {string} seat
 */
export function roomOf(seat) {
  const at = seat.lastIndexOf("-");
  if (at > 0) return seat.slice(0, at);
  return /^(.+?)\s*\d+\w?$/.exec(seat)?.[1] ?? seat;
}

/**
 * For how long nothing was heard of a page that should be heard of; 0 for those who do not write.
 * @param {Row} row
 * @param {number} now
 */
export const silence = (row, now) => (row.isThere && row.heardAt ? Math.max(0, now - row.heardAt) : 0);

/**
 * How long they have left; null where there is no clock.
 * @param {Row} row
 * @param {number} now
 */
export const timeLeft = (row, now) => (row.isThere && row.endsAt ? Math.max(0, row.endsAt - (row.pausedAt ?? now)) : null);

/** @type {Record<Group, (row: Row, now: number) => boolean>} */
const IS_IN = {
  all: () => true,
  not_started: (row) => row.state === "not_started",
  open: (row) => row.state === "open" || row.state === "over",
  paused: (row) => row.state === "paused" || row.state === "on_break",
  submitted: (row) => row.state === "submitted",
  silent: (row, now) => silence(row, now) > SILENT_MS,
  violations: (row) => row.violations > 0,
  unseen: (row) => row.isUnseen,
};

/**
 * How many there are in each group.
 * @param {readonly Row[]} rows
 * @param {number} now
 */
export function count(rows, now) {
  const counts = /** @type {Record<Group, number>} */ (Object.fromEntries(GROUPS.map((group) => [group, 0])));
  for (const row of rows) for (const group of GROUPS) if (IS_IN[group](row, now)) counts[group] += 1;
  return counts;
}

/** @param {readonly Row[]} rows */
export function rooms(rows) {
  const names = new Set(rows.map(({ room }) => room).filter(Boolean));
  return [...names].sort(words.compare);
}

const words = new Intl.Collator(undefined, { numeric: true });
/** In the order in which they ask for somebody to look. */
const STATES = ["over", "paused", "on_break", "open", "not_started", "submitted"];

/** What rows are ordered by; null stands at the end in either direction. @type {Record<Order, (row: Row) => string | number | null>} */
const BY = {
  name: ({ name }) => name,
  seat: ({ seat }) => seat || null,
  state: ({ state }) => STATES.indexOf(state),
  // The oldest save first: they may have a problem.
  saved: (row) => (row.isThere ? row.savedAt ?? row.startedAt : null),
  contact: (row) => (row.isThere ? row.heardAt : null),
  answered: (row) => (row.attempt ? row.answered : null),
  left: (row) => (row.isThere ? row.endsAt : null),
  violations: (row) => (row.violations > 0 ? -row.violations : null),
  unseen: (row) => (row.isUnseen ? 0 : null),
};

/**
 * Those who are to be shown, in their order.
 * @param {readonly Row[]} rows
 * @param {View} view
 * @param {number} now
 */
export function choose(rows, { group, room, search, order, isDescending }, now) {
  const wanted = search.trim().toLocaleLowerCase();
  const isIn = IS_IN[group];
  const chosen = rows.filter((row) => isIn(row, now) && (room === "" || row.room === room) && (wanted === "" || row.words.includes(wanted)));
  const by = BY[order];
  const sign = isDescending ? -1 : 1;
  /** @type {[Row, string | number | null][]} */
  const keyed = chosen.map((row) => [row, by(row)]);
  keyed.sort(([one, a], [other, b]) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null) || words.compare(one.name, other.name);
    const difference = typeof a === "number" && typeof b === "number" ? a - b : words.compare(String(a), String(b));
    return sign * difference || words.compare(one.login, other.login);
  });
  return keyed.map(([row]) => row);
}

// Times of forms: by the clock on the wall of whoever writes them, kept as what the server speaks.

/** For a field of date and time, without seconds. @param {string} time */
export function toLocal(time) {
  const date = new Date(time);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {string} local */
export const fromLocal = (local) => new Date(local).toISOString();

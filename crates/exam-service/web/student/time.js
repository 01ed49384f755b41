// The server's time on pages outside of an exam.

import { ServerClock } from "../clock.js";
import { t } from "../language.js";
import { useEffect, useMemo, useState } from "../view.js";

/**
 * The server's time in milliseconds, anew each second.
 * @param {string | undefined} serverTime from the reply that was loaded
 */
export function useServerTime(serverTime) {
  const clock = useMemo(() => {
    const made = new ServerClock();
    if (serverTime) made.set(serverTime);
    return made;
  }, [serverTime]);
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => draw((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return clock.now();
}

/**
 * `in 2 days`, `in 3 h 05 min`, `in 04:10`.
 * @param {number} milliseconds
 */
export function until(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  if (seconds >= 48 * 3600) return t("until.days", { count: Math.floor(seconds / 86400) });
  if (seconds >= 3600) return t("until.hours", { hours: Math.floor(seconds / 3600), minutes: two(Math.floor(seconds / 60) % 60) });
  return t("until.minutes", { minutes: two(Math.floor(seconds / 60)), seconds: two(seconds % 60) });
}

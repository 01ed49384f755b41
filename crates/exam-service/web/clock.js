// Time by the server's count. The computer's clock may be wrong or be changed: only time that passed since the server's
// last word is measured, by a clock nobody can set. That clock may stand still while the computer sleeps, which the
// computer's own clock gives away; then the server has to be asked again.

const MAX_DRIFT_MS = 2000;

/** What time it is at the server. */
export class ServerClock {
  constructor() {
    /** @type {number | null} */
    this.offset = null;
  }

  /**
   * Takes the server's word, from a reply that tells the time.
   * @param {string} serverTime
   */
  set(serverTime) {
    const time = Date.parse(serverTime);
    if (Number.isFinite(time)) this.offset = time - performance.now();
  }

  /** Whole milliseconds since 1970, or 0 while the server has not said anything. */
  now() {
    return this.offset === null ? 0 : Math.floor(this.offset + performance.now());
  }
}

/** The time that is left. */
export class Countdown {
  /**
   * @param {(remainingMs: number) => void} onTick twice a second
   * @param {() => void} onDrift when the count may have stood still
   */
  constructor(onTick, onDrift) {
    this.onTick = onTick;
    this.onDrift = onDrift;
    this.endsAt = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.lead = computerLead();
  }

  /**
   * Takes the server's word.
   * @param {number} remainingMs
   */
  set(remainingMs) {
    if (!Number.isFinite(remainingMs)) return;
    this.endsAt = performance.now() + remainingMs;
    this.lead = computerLead();
    this.timer ??= setInterval(() => this.tick(), 500);
    this.tick();
  }

  remainingMs() {
    return Math.max(0, this.endsAt - performance.now());
  }

  tick() {
    const lead = computerLead();
    if (Math.abs(lead - this.lead) > MAX_DRIFT_MS) {
      this.lead = lead;
      this.onDrift();
    }
    this.onTick(this.remainingMs());
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** By how much the computer's clock is ahead of the one nobody can set. */
function computerLead() {
  return Date.now() - performance.now();
}

/**
 * 3599999 -> "59:59", 7200000 -> "2:00:00".
 * @param {number} milliseconds
 */
export function formatRemaining(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

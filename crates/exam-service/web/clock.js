// The time that is left, by the server's count. The computer's clock may be wrong or be changed: only time that passed
// since the server's last word is measured, by a clock nobody can set.

export class Countdown {
  constructor(onTick) {
    this.onTick = onTick;
    this.endsAt = null;
    this.timer = null;
  }

  /** Takes the server's word. */
  set(remainingMs) {
    this.endsAt = performance.now() + remainingMs;
    this.timer ??= setInterval(() => this.tick(), 500);
    this.tick();
  }

  remainingMs() {
    return Math.max(0, this.endsAt - performance.now());
  }

  tick() {
    this.onTick(this.remainingMs());
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }
}

/** 3599999 -> "59:59", 7200000 -> "2:00:00". */
export function formatRemaining(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

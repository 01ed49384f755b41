// The name of this computer, by which the server tells it from others, and what of an exam belongs to this tab alone.

const DEVICE = "exam-device";

/** A version 4 UUID; crypto.randomUUID is for secure contexts only, and exam rooms have plain addresses too. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}

let device = "";

/** Chosen once and kept. */
export function deviceId() {
  if (device) return device;
  try {
    device = localStorage.getItem(DEVICE) ?? uuid();
    localStorage.setItem(DEVICE, device);
  } catch {
    device ||= uuid();
  }
  return device;
}

/**
 * What a reload of this tab finds again, for instance which questions were looked at.
 * @param {string} key
 * @returns {any}
 */
export function remembered(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 */
export function remember(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A reload begins at the first question then.
  }
}

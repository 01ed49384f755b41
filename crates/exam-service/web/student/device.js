// The name of this computer, by which the server tells it from others, and what of an exam belongs to this tab alone.

import { uuid } from "../uuid.js";

const DEVICE = "exam-device";

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

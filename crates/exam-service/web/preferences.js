// How this browser likes to show pages: colours, contrast, size of letters, language. Kept in localStorage, for nobody's
// eyes in particular; a page that may not keep it shows what the system prefers.

const KEY = "exam-preferences";

/**
 * @typedef {object} Preferences
 * @property {"system" | "light" | "dark"} theme
 * @property {"normal" | "high"} contrast
 * @property {"normal" | "large" | "larger"} size
 * @property {string | null} language a code of language/languages.json; null: as the browser asks for
 * @property {"ltr" | "rtl" | null} direction null: as the language goes
 */

/** @type {Preferences} */
const USUAL = { theme: "system", contrast: "normal", size: "normal", language: null, direction: null };

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
/** @type {Set<() => void>} */
const listeners = new Set();
let preferences = read();

/** @returns {Preferences} */
function read() {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return USUAL;
  }
}

/** @returns {Preferences} */
export const current = () => preferences;

/**
 * Changes some of them, for every page of this browser.
 * @param {Partial<Preferences>} change
 */
export function change(change) {
  preferences = { ...preferences, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // It holds for as long as this page lives.
  }
  apply();
}

/**
 * Is told after each change; gives back what ends that.
 * @param {() => void} listener
 */
export function onChange(listener) {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/** Whether the page is dark now. */
export const isDark = () => preferences.theme === "dark" || (preferences.theme === "system" && prefersDark.matches);

/** Puts them on the page, where design/tokens.css looks for them. */
export function apply() {
  const { dataset } = document.documentElement;
  dataset.theme = isDark() ? "dark" : "light";
  dataset.contrast = preferences.contrast;
  dataset.size = preferences.size;
  for (const listener of listeners) listener();
}

prefersDark.addEventListener("change", apply);
addEventListener("storage", ({ key }) => {
  if (key !== KEY) return;
  preferences = read();
  apply();
});

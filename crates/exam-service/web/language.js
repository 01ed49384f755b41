// What pages say: messages from files under language/, one folder for each part, so that another language is data.

import { change, current, onChange } from "./preferences.js";

/** @typedef {"shell" | "student" | "staff"} Part which folder of language/ */
/** @typedef {keyof typeof import("./language/shell/en.json") | keyof typeof import("./language/student/en.json") | keyof typeof import("./language/staff/en.json")} Key */
/** @typedef {string | { one?: string, other: string }} Message the forms are those of Intl.PluralRules, by `count` */
/** @typedef {{ code: string, name: string, direction: "ltr" | "rtl" }} Language */

const FALLBACK = "en";

/** @type {Language[]} */
let languages = [];
/** @type {Set<Part>} */
const parts = new Set();
/** @type {Record<string, Message>} */
let messages = {};
/** @type {Set<() => void>} */
const listeners = new Set();
let code = FALLBACK;
let plural = new Intl.PluralRules(code);

/** @type {Map<string, Promise<any>>} files that were loaded, or are just being loaded */
const loaded = new Map();

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
function load(path) {
  const found = loaded.get(path) ?? read(path);
  loaded.set(path, found);
  found.catch(() => loaded.delete(path));
  return found;
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
async function read(path) {
  const response = await fetch(new URL(`./language/${path}.json`, import.meta.url).href);
  if (!response.ok) throw new Error(`language/${path}.json: ${response.status}`);
  return response.json();
}

/**
 * Is told when another language is spoken; gives back what ends that.
 * @param {() => void} listener
 */
export function onSpoken(listener) {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/** The languages there are. */
export const available = () => languages;

/** The code of the language that is spoken. */
export const spoken = () => code;

/** What somebody asked for, or else the first of the browser's languages that there is. */
function chosen() {
  const wanted = [current().language, ...navigator.languages, FALLBACK];
  const known = wanted.map((one) => languages.find((language) => language.code === one?.split("-")[0]));
  return known.find((language) => language !== undefined) ?? languages[0];
}

/**
 * Makes the messages of a part available; what a language lacks is English.
 * @param {Part} part
 */
export async function speak(part) {
  if (languages.length === 0) languages = await load("languages");
  parts.add(part);
  await choose();
}

/** How often was chosen, and which of these is spoken: parts are loaded at the same time, and later ones have more. */
let choices = 0;
let made = 0;

async function choose() {
  choices += 1;
  const mine = choices;
  const { code: next } = chosen();
  const files = [...parts].flatMap((part) => [...new Set([FALLBACK, next])].map((one) => load(`${part}/${one}`)));
  const read = await Promise.all(files);
  if (mine < made) return;
  made = mine;
  messages = Object.assign({}, ...read);
  code = next;
  plural = new Intl.PluralRules(code);
  direct();
}

/** Puts language and direction on the page. */
function direct() {
  document.documentElement.lang = code;
  document.documentElement.dir = current().direction ?? languages.find((language) => language.code === code)?.direction ?? "ltr";
}

/**
 * Changes the language; resolves when the page can be drawn in it.
 * @param {string} language
 */
export async function changeLanguage(language) {
  change({ language });
  await choose();
  for (const listener of listeners) listener();
}

/**
 * A message with `{name}` replaced by values.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const message = messages[key] ?? key;
  const form = typeof message === "string" ? message : plural.select(Number(values.count)) === "one" ? message.one ?? message.other : message.other;
  return form.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @param {string | number | Date} time */
export const dateAndTime = (time) => new Intl.DateTimeFormat(code, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

/** @param {string | number | Date} time */
export const date = (time) => new Intl.DateTimeFormat(code, { dateStyle: "medium" }).format(new Date(time));

/** @param {string | number | Date} time */
export const timeOfDay = (time) => new Intl.DateTimeFormat(code, { timeStyle: "medium" }).format(new Date(time));

/**
 * @param {number} value
 * @param {number} [most] digits after the point
 */
export const number = (value, most = 2) => new Intl.NumberFormat(code, { maximumFractionDigits: most }).format(value);

onChange(() => { if (languages.length > 0) direct(); });

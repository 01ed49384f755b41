// Images and sounds of questions. They are only for who is signed in, so they are fetched with the token, kept on this
// computer, and shown from there: moving between questions needs no network.

import { fetchFile } from "../../api.js";
import { keptMedia, keepMedia } from "../kept.js";

const PATH = /\/api\/v1\/media\/[0-9a-f]{64}/g;

/** @type {Map<string, Promise<string>>} */
const urls = new Map();

/**
 * The path of a file of ours, or null for any other address.
 * @param {string | null} address
 */
export const mediaOf = (address) => address?.match(PATH)?.[0] ?? null;

/**
 * Every file that some texts show.
 * @param {readonly string[]} texts
 */
export const mediaIn = (texts) => [...new Set(texts.flatMap((text) => text.match(PATH) ?? []))];

/**
 * The address under which this page can show a file; it is loaded if it is not here yet.
 * @param {string} path
 * @returns {Promise<string>}
 */
export function urlOf(path) {
  let url = urls.get(path);
  if (!url) {
    url = load(path).then((file) => URL.createObjectURL(file));
    urls.set(path, url);
    // What failed is tried again.
    url.catch(() => urls.delete(path));
  }
  return url;
}

/** @param {string} path */
async function load(path) {
  const known = await keptMedia(path);
  if (known) return known;
  const file = await fetchFile(path);
  await keepMedia(path, file);
  return file;
}

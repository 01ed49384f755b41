// Files that staff keep, and what they are called.

import { fetchFile } from "../api.js";
import { saveFile } from "../save-file.js";

/**
 * Loads a file that only staff may have, and hands it to the browser to be kept.
 * @param {string} path
 * @param {string} name what it is called
 */
export const download = async (path, name) => saveFile(await fetchFile(path), name);

/**
 * Rows as CSV that spreadsheets open: with quotes, and nothing that they would take for a formula.
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function csv(rows) {
  const cell = (/** @type {string | number} */ value) => `"${String(value).replace(/^[=+\-@\t\r]/, "'$&").replace(/"/g, '""')}"`;
  const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
  return new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" });
}

/** What a file may be called everywhere. @param {string} text */
export const fileName = (text) => text.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "exam";

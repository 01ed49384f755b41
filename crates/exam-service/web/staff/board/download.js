// Hands a file over to the browser's downloads.

/**
 * @param {Blob} file
 * @param {string} name
 */
export function download(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

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

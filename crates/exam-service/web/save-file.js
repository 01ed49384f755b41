/** The browser reads it some time after the click, in milliseconds. */
const READ_WITHIN_MS = 60000;

/**
 * Gives the browser a file to keep.
 * @param {Blob} file
 * @param {string} name what it is called
 */
export function saveFile(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_WITHIN_MS);
}

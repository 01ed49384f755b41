/**
 * Gives the browser a file to keep.
 * @param {Blob} file
 * @param {string} name
 */
export function download(file, name) {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it once the click was dealt with.
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

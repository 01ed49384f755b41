import { fetchFile } from "../api.js";

/**
 * Loads a file that only staff may have, and hands it to the browser to be kept.
 * @param {string} path
 * @param {string} name what it is called
 */
export async function download(path, name) {
  const address = URL.createObjectURL(await fetchFile(path));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

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

/**
 * A request with a file as its body, which descriptions in JSON have no word for. The server goes by what is in it.
 * @template {object} Request
 * @param {Request} request
 * @param {File} file
 * @returns {Request}
 */
export const withFile = (request, file) => /** @type {Request} */ ({ ...request, body: new Blob([file]) });

// Style sheets and messages that only some pages need: they are there before the page is drawn.

import { speak } from "../language.js";

/** @type {Map<string, Promise<unknown>>} */
const sheets = new Map();

/**
 * Adds a sheet, once.
 * @param {string} path from the folder of this file
 */
export function addSheet(path) {
  let loading = sheets.get(path);
  if (!loading) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL(path, import.meta.url).href;
    loading = new Promise((resolve) => { sheet.onload = sheet.onerror = () => resolve(undefined); });
    sheets.set(path, loading);
    document.head.append(sheet);
  }
  return loading;
}

/** What is needed to show questions as students see them. */
const asStudents = () => Promise.all([speak("student"), addSheet("../student/student.css")]);

/**
 * Loads a file of lecturers' pages with what they look like.
 * @template File
 * @param {() => Promise<File>} load
 */
export const withSheets = (load) => async () => {
  const [file] = await Promise.all([load(), asStudents(), addSheet("./lecturer.css")]);
  return file;
};

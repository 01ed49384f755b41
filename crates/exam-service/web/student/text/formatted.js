// Texts of questions as they were written: plain, Markdown or HTML, with images, sounds and formulas.
//
// Markup becomes new elements of a short list of kinds: nothing of a text ever reaches the page as markup, so that a
// question from anywhere cannot do anything but be read.

import { t } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { Formula, splitFormulas } from "./formula.js";
import { mediaOf, urlOf } from "./media.js";

/** Elements that are kept, under the name they get. What is not here is replaced by what is in it. */
const KEPT = new Set(["p", "br", "hr", "b", "strong", "i", "em", "u", "s", "sub", "sup", "code", "pre", "blockquote", "ul", "ol", "li",
  "table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6", "span", "div", "dl", "dt", "dd", "small", "mark", "kbd", "var"]);
/** Elements of which nothing is kept. */
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "embed", "noscript", "title", "head", "svg", "math", "textarea", "select", "button", "form"]);
const DEEPEST = 40;

/** @type {Promise<(text: string) => string> | null} */
let markdown = null;

/** Loads what reads Markdown. */
export function loadMarkdown() {
  markdown ??= import(new URL("../../vendor/marked-18.2.1/marked.js", import.meta.url).href)
    .then(({ marked }) => (/** @type {string} */ text) => marked.parse(text, { async: false }));
  return markdown;
}

/**
 * @param {object} props
 * @param {string} props.text
 * @param {string} [props.format] `plain`, `markdown` or `html`
 */
export function Formatted({ text, format = "plain" }) {
  const [markup, setMarkup] = useState(/** @type {string | null} */ (format === "html" ? text : null));
  useEffect(() => {
    if (format === "html") setMarkup(text);
    if (format === "markdown") loadMarkdown().then((parse) => setMarkup(parse(protect(text))), () => setMarkup(null));
  }, [text, format]);
  if (format === "plain" || markup === null) return html`<div class="formatted plain" dir="auto">${withFormulas(text)}</div>`;
  const { body } = new DOMParser().parseFromString(markup, "text/html");
  return html`<div class="formatted" dir="auto">${children(body, 0)}</div>`;
}

/**
 * Markdown reads backslashes before punctuation as escapes: those that begin and end formulas are doubled.
 * @param {string} text
 */
const protect = (text) => text.replace(/\\([()[\]])/g, "\\\\$1");

/** @param {string} text */
const withFormulas = (text) => splitFormulas(text).map((part) => (typeof part === "string" ? part : html`<${Formula} ...${part} />`));

/**
 * @param {Node} node
 * @param {number} depth
 * @returns {unknown[]}
 */
function children(node, depth) {
  if (depth > DEEPEST) return [node.textContent];
  return [...node.childNodes].map((child) => shown(child, depth + 1));
}

/**
 * @param {Node} node
 * @param {number} depth
 * @returns {unknown}
 */
function shown(node, depth) {
  if (node.nodeType === Node.TEXT_NODE) return withFormulas(node.nodeValue ?? "");
  if (!(node instanceof Element) && node.nodeType !== Node.ELEMENT_NODE) return null;
  const element = /** @type {Element} */ (node);
  const name = element.localName;
  if (DROPPED.has(name)) return null;
  if (name === "img" || name === "audio" || name === "source") return html`<${Media} path=${mediaOf(element.getAttribute("src"))} alt=${element.getAttribute("alt") ?? ""} isSound=${name !== "img"} />`;
  if (name === "h1" || name === "h2") return html`<h3>${children(element, depth)}</h3>`;
  if (!KEPT.has(name)) return children(element, depth);
  const span = (/** @type {string} */ which) => Math.min(20, Number(element.getAttribute(which)) || 1);
  const cell = name === "td" || name === "th" ? { colspan: span("colspan"), rowspan: span("rowspan") } : {};
  const direction = element.getAttribute("dir");
  return html`<${name} ...${cell} dir=${direction === "rtl" || direction === "ltr" ? direction : null}>${children(element, depth)}<//>`;
}

/**
 * An image or a sound, from what was loaded before.
 * @param {{ path: string | null, alt: string, isSound: boolean }} props
 */
function Media({ path, alt, isSound }) {
  const [url, setUrl] = useState(/** @type {string | null} */ (null));
  const [isMissing, setMissing] = useState(path === null);
  useEffect(() => {
    let isGone = false;
    if (path) urlOf(path).then((found) => { if (!isGone) setUrl(found); }, () => setMissing(true));
    return () => { isGone = true; };
  }, [path]);
  if (isMissing) return html`<span class="missing">${t("media.missing")} ${alt}</span>`;
  if (!url) return html`<span class="soft">${t("loading")}</span>`;
  return isSound ? html`<audio controls src=${url}></audio>` : html`<img src=${url} alt=${alt} />`;
}

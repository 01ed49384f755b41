// The page that describes the interface: what /api/v1/openapi.json says, laid out for people.

import { apply as applyPreferences } from "../preferences.js";

applyPreferences();

/** An element with a class, and texts or elements in it. */
function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

const code = (text) => element("code", "", text);

/** An element with prose in it: what stands between backticks is code. */
const prose = (name, text = "") =>
  element(name, "text", ...text.split("`").map((piece, index) => (index % 2 ? code(piece) : piece)));

function link(target, ...content) {
  const made = element("a", "", ...content);
  made.href = `#${target}`;
  return made;
}

const nameOf = (reference) => reference.split("/").pop();

/** A schema in a few words, with links to those that have a name. */
function inWords(schema) {
  if (schema === undefined || schema === true) return ["any JSON"];
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return [link(`schema-${name}`, name)];
  }
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices) return choices.flatMap((choice, index) => (index ? [" or ", ...inWords(choice)] : inWords(choice)));
  const types = [schema.type ?? "any JSON"].flat();
  if (types.includes("array")) return ["list of ", ...inWords(schema.items)];
  const words = [types.join(" or ")];
  if (schema.format) words.push(` (${schema.format})`);
  if (schema.minimum !== undefined) words.push(`, from ${schema.minimum}`);
  if (schema.maximum !== undefined) words.push(`, up to ${schema.maximum}`);
  return words;
}

function table(heads, rows) {
  const head = element("tr", "", ...heads.map((text) => element("th", "", text)));
  return element("table", "", element("thead", "", head), element("tbody", "", ...rows));
}

function responseRow([status, response]) {
  const kinds = Object.entries(response.content ?? {}).map(([kind, { schema }]) =>
    element("div", "", ...inWords(schema), element("span", "hint", ` ${kind}`)));
  const headers = Object.keys(response.headers ?? {}).map((name) => element("div", "hint", name));
  return element("tr", "",
    element("td", "", code(status)),
    prose("td", response.description),
    element("td", "", ...kinds, ...headers));
}

function parameterRow(parameter) {
  return element("tr", "",
    element("td", "", code(parameter.name), ` in the ${parameter.in}`),
    prose("td", parameter.description),
    element("td", "", ...inWords(parameter.schema)));
}

function bodyRow(operation) {
  const [kind, { schema }] = Object.entries(operation.requestBody.content)[0];
  return element("tr", "",
    element("td", "", "the body"),
    element("td", "text", `${kind}, at most ${operation["x-body-limit-bytes"]} bytes`),
    element("td", "", ...inWords(schema)));
}

function operationPart(path, method, operation) {
  const asked = (operation.parameters ?? []).map(parameterRow);
  if (operation.requestBody) asked.push(bodyRow(operation));
  const access = operation.security
    ? `For who is signed in and may do this: ${operation["x-action"]}.`
    : "For everybody.";
  const part = element("article", "operation",
    element("h3", "", element("span", "method", method.toUpperCase()), code(path)),
    element("p", "", operation.summary ?? ""),
    prose("p", operation.description),
    element("p", "hint", access));
  part.id = operation.operationId;
  if (asked.length > 0) part.append(table(["Asked for", "", "What it is"], asked));
  part.append(table(["Status", "Meaning", "What is sent"], Object.entries(operation.responses).map(responseRow)));
  return part;
}

function schemaPart([name, schema]) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([member, of]) =>
    element("tr", "",
      element("td", "", code(member), required.has(member) ? "" : " (may be absent)"),
      element("td", "", ...inWords(of)),
      prose("td", of.description)));
  const part = element("article", "operation",
    element("h3", "", name), prose("p", schema.description));
  part.id = `schema-${name}`;
  part.append(rows.length > 0 ? table(["Member", "What it is", ""], rows) : element("p", "", ...inWords(schema)));
  return part;
}

function problemRow(problem) {
  const row = element("tr", "",
    element("td", "", code(String(problem.status))),
    element("td", "", code(problem.type)),
    element("td", "", element("strong", "", problem.title), element("div", "", problem.meaning)));
  row.id = problem.name;
  return row;
}

function show(api) {
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById("introduction").replaceWith(prose("p", api.info.description));
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, tag: operation.tags[0] })));
  for (const tag of new Set(operations.map((operation) => operation.tag))) {
    const ofTag = operations.filter((operation) => operation.tag === tag);
    const lines = ofTag.map(({ path, method, operation }) =>
      element("li", "", link(operation.operationId, `${method.toUpperCase()} ${path}`), ` ${operation.summary}`));
    document.getElementById("contents").append(element("h2", "", tag), element("ul", "plain", ...lines));
    const parts = ofTag.map(({ path, method, operation }) => operationPart(path, method, operation));
    document.getElementById("operations").append(element("h2", "", tag), ...parts);
  }
  document.getElementById("problems").append(...api["x-problem-types"].map(problemRow));
  document.getElementById("schemas").append(...Object.entries(api.components.schemas).map(schemaPart));
  // What the address points to is only there now.
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  const response = await fetch("/api/v1/openapi.json");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  show(await response.json());
} catch (error) {
  const notice = document.getElementById("notice");
  notice.textContent = `The description could not be loaded: ${error.message}. Load this page again.`;
  notice.hidden = false;
}

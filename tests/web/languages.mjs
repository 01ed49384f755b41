// Does every language say everything that English says, with the same values in it, and is everything used?

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const web = process.argv[2];
const read = (path) => readFileSync(path, "utf8");
const values = (message) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort().join(" ");

function scripts(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "vendor") return [];
    return statSync(path).isDirectory() ? scripts(path) : path.endsWith(".js") ? [read(path)] : [];
  });
}

const problems = [];
const languages = JSON.parse(read(join(web, "language/languages.json"))).map(({ code }) => code);
const code = scripts(web).join("\n");
for (const part of readdirSync(join(web, "language")).filter((name) => !name.includes("."))) {
  const english = JSON.parse(read(join(web, `language/${part}/en.json`)));
  for (const language of languages) {
    const messages = JSON.parse(read(join(web, `language/${part}/${language}.json`)));
    for (const key of new Set([...Object.keys(english), ...Object.keys(messages)])) {
      const place = `language/${part}/${language}.json: "${key}"`;
      if (!(key in messages)) problems.push(`${place} is missing`);
      else if (!(key in english)) problems.push(`${place} is not in English`);
      else if (values(messages[key]) !== values(english[key])) problems.push(`${place} has ${values(messages[key])}, English has ${values(english[key])}`);
    }
  }
  // Some keys are put together: their beginning up to a dot is then in the code.
  const isPutTogether = (key) => [...key.matchAll(/\./g)].some(({ index }) => code.includes(`\`${key.slice(0, index + 1)}\${`));
  for (const key of Object.keys(english)) {
    const isUsed = code.includes(`"${key}"`) || isPutTogether(key);
    if (!isUsed) problems.push(`language/${part}/en.json: "${key}" is not used`);
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);

// Writes an emergency answer file with the WebCrypto of Node (20 or later), by the module that the page uses:
//
//   node write_vector.mjs < keys.json > file.txt
//
// keys.json: {"attempt": {"id", "exam_id", "emergency_keys"}, "user_id", "answers", "written_at"}. It is a new file each
// time, with a key of its own; `browser.txt` beside this is one of them, of `browser.json`.

import { readFileSync } from "node:fs";

import { sealAnswers } from "../../../web/emergency.js";

const { attempt, user_id, answers, written_at } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(await sealAnswers(attempt, user_id, answers, new Date(written_at)));

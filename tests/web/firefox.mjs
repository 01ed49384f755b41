// A student's way through an exam, and a look at the board, in Firefox: signs in, answers, loses the network, reloads
// without it, gets it back, hands in. Ends with 1 and says why when something is not as it should be.
//
//   node tests/web/firefox.mjs TOOLS ADDRESS EXAM STUDENT ADMINISTRATOR PASSWORD
//
// TOOLS is what `tests/web/check tools` prints, ADDRESS that of a running service, EXAM an exam of three statements that
// are true or false which STUDENT may sit. Firefox is spoken to over WebDriver BiDi, which it has by itself.

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";

const [tools, address, exam, student, administrator, password] = process.argv.slice(2);
const puppeteer = createRequire(`${tools}/package.json`)("puppeteer-core");
const PATIENCE_MS = 20000;

/** The network between the browser and the service: it can be cut, and comes back. */
class Network {
  constructor(port) {
    this.sockets = new Set();
    this.isThere = true;
    this.server = createServer((socket) => {
      if (!this.isThere) return socket.destroy();
      const service = connect(port, "127.0.0.1");
      for (const [one, other] of [[socket, service], [service, socket]]) {
        this.sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => { this.sockets.delete(one); other.destroy(); });
      }
    });
  }

  async open() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  cut() {
    this.isThere = false;
    for (const socket of this.sockets) socket.destroy();
  }

  restore() {
    this.isThere = true;
  }
}

/** A page with the words of the tests: what carries a `data-testid` is seen, clicked, written. */
const hand = (page) => ({
  see: (name) => page.waitForSelector(`[data-testid=${name}]`, { visible: true, timeout: PATIENCE_MS }),
  async click(name) { await (await this.see(name)).click(); },
  async write(name, text) { await (await this.see(name)).type(text); },
  until: (what, ...values) => page.waitForFunction(what, { timeout: PATIENCE_MS, polling: 50 }, ...values),
  says(name, start) { return this.until((one, wanted) => document.querySelector(`[data-testid=${one}]`)?.textContent.startsWith(wanted), name, start); },
  has(name, attribute, value) { return this.until((...[one, key, wanted]) => document.querySelector(`[data-testid=${one}]`)?.getAttribute(key) === wanted, name, attribute, value); },
  async signIn(login) {
    await this.write("login", login);
    await this.write("password", password);
    await this.click("sign-in");
  },
});

const expect = (is, what) => { if (!is) throw new Error(what); };

async function sit(page, base, network) {
  const user = hand(page);
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(base);
  await user.signIn(student);
  await user.see("exam-list");
  await page.goto(`${base}/#/exams/${exam}`);
  for (const check of ["connection", "storage", "offline", "clock"]) await user.has(`check-${check}`, "data-tone", "good");
  await user.click("full-screen");
  await user.click("start");
  await user.click("option-1");
  await user.has("save-state", "data-state", "saved");

  await page.evaluate(async () => { await navigator.serviceWorker.ready; });
  network.cut();
  await user.click("next");
  await user.click("option-2");
  await user.says("save-state", "Offline: 1 answer kept");
  await page.evaluate(() => { setTimeout(() => location.reload()); });
  await user.see("time-unknown");
  await user.says("question-number", "Question 2");
  expect(await page.$eval("[data-testid=option-2]", ({ checked }) => checked), "the answer is gone after a reload without a network");
  await user.click("go-to-3");
  await user.click("option-1");
  network.restore();
  await user.has("save-state", "data-state", "saved");

  await user.click("submit");
  await user.says("unanswered", "All questions are answered");
  await user.click("confirm-submit");
  // The exam's own page counts its answers as well, so the receipt comes first.
  const receipt = await (await user.see("receipt")).evaluate(({ textContent }) => textContent);
  await user.says("answered", "3 of 3");
  expect(/^[0-9a-f]{64}$/.test(receipt), `a receipt is not like this: ${receipt}`);
}

async function watch(page) {
  const user = hand(page);
  await page.goto(`${address}/#/board/${exam}`);
  await user.signIn(administrator);
  await user.has("fresh", "data-connection", "live");
  await user.until((row) => document.querySelector(`[data-testid="${row}"]`)?.textContent.includes("3 / 3"), `row-${student}`);
}

const program = ["firefox-esr", "firefox"].map((name) => {
  try { return execFileSync("which", [name], { encoding: "utf8" }).trim(); } catch { return ""; }
}).find(Boolean);
expect(program, "Firefox is missing: tests/run installs it, or apt install firefox-esr");
const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const network = new Network(Number(new URL(address).port));
try {
  const faults = [];
  const open = async () => {
    const page = await (await browser.createBrowserContext()).newPage();
    await page.setViewport({ width: 1200, height: 800 });
    page.on("pageerror", (error) => faults.push(String(error)));
    return page;
  };
  await sit(await open(), await network.open(), network);
  await watch(await open());
  expect(faults.length === 0, `errors of the page: ${faults.join("; ")}`);
  console.log(await browser.version());
} catch (error) {
  for (const page of await browser.pages()) console.error(`${page.url()}\n${await page.evaluate(() => document.body.innerText).catch(String)}\n`);
  throw error;
} finally {
  await browser.close();
  network.cut();
  network.server.close();
}

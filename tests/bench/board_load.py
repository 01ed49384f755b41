"""Does the live board keep up with a room of 500 that saves all the time, and does its page stutter meanwhile?

    python3 tests/bench/board_load.py target/release/exam-service [STUDENTS] [SAVES_PER_SECOND] [SECONDS]

Starts a service of its own on a new SQLite database with 500 students in the middle of the demo exam, opens the board in
Chromium, and lets students save (50 saves each second, for 30 seconds) while the page notes

- when the line of a student that is on the screen, sorted by name, says that so many are answered (a MutationObserver): how long that is
  after the service acknowledged the save;
- its long tasks (PerformanceObserver `longtask`: whatever kept the page from answering for 50 ms or more).

Both clocks are this machine's. Prints the number of saves and of those seen, the delays, and the long tasks.
"""

import concurrent.futures
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from page_load import Browser
from starts import SECRET, request, token

PORT = 18479
WATCH = """
window.long = [];
new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' });
window.seen = {};
let before = new Map();
const note = () => {
  const now = new Map();
  for (const row of document.querySelectorAll('[data-testid^=row-]')) {
    const count = /(\\d+) \\/ \\d+/.exec(row.textContent)?.[1];
    const login = row.dataset.testid.slice(4);
    if (count) now.set(login, count);
    // Only what changed in sight: a line that comes into sight has changed before.
    if (count && before.has(login) && before.get(login) !== count) window.seen[`${login} ${count}`] ??= Date.now();
  }
  before = now;
};
note();
new MutationObserver(note).observe(document.querySelector('[data-testid=board]'), { childList: true, subtree: true, characterData: true });
"""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    count, rate, seconds = (int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((2, 500), (3, 50), (4, 30)))
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/exam.db"
        settings = os.environ | {
            "DATABASE_URL": f"sqlite://{database}", "EXAM_LISTEN": f"127.0.0.1:{PORT}", "JWT_SECRET": SECRET, "APP_ENV": "demo",
            "APP_URL": f"http://127.0.0.1:{PORT}", "EXAM_ADDRESS_WRITES_PER_MINUTE": "1000000000",
        }
        subprocess.run([program, "migrate"], env=settings, check=True, capture_output=True)
        seeded = subprocess.run([program, "seed-demo", "--students", str(count)], env=settings, check=True, capture_output=True)
        with sqlite3.connect(database) as reading:
            students = reading.execute("SELECT id, login FROM users WHERE role = 'student' AND is_demo = 1").fetchall()
        log = pathlib.Path(folder, "log").open("w")
        service = subprocess.Popen([program, "serve"], env=settings, stdout=log, stderr=log)
        try:
            measure(json.loads(seeded.stdout), students, rate, seconds)
        finally:
            service.terminate()
            service.wait()


class Student:
    """Answers one question after the other."""

    def __init__(self, user: str, login: str, exam: str):
        self.login = login
        self.bearer = token(user, "student")
        self.attempt = self.ask("POST", f"/api/v1/exams/{exam}/attempts", {})
        self.questions = [one for one in self.attempt["paper"]["questions"] if one["type"] in ("true_false", "short_answer", "essay")]
        self.answered = 0

    def ask(self, method: str, path: str, body: dict) -> dict:
        data = json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.bearer}", "content-type": "application/json"}
        asked = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", method=method, data=data, headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as reply:
            return json.load(reply)

    def save(self) -> tuple[str, float]:
        """What the board will show, and when it was acknowledged, in milliseconds since 1970."""
        question = self.questions[self.answered]
        response = {"value": True} if question["type"] == "true_false" else {"text": "An answer"}
        answer = {"question_id": question["id"], "response": response, "sequence": 1}
        self.ask("PUT", f"/api/v1/attempts/{self.attempt['id']}/answers", {"answers": [answer]})
        self.answered += 1
        return f"{self.login} {self.answered}", time.time() * 1000


def measure(seeded: dict, people: list[tuple[str, str]], rate: int, seconds: int):
    wait_for_service()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        students = list(pool.map(lambda one: Student(*one, seeded["exam_id"]), people))
        with Browser() as browser:
            browser.go(f"http://127.0.0.1:{PORT}/#/board/{seeded['exam_id']}")
            browser.write("login", seeded["admin"])
            browser.write("password", seeded["password"])
            browser.click("sign-in")
            browser.until("return document.querySelector('[data-connection=live]') && document.querySelectorAll('[data-testid^=row-]').length > 5")
            # So that lines stay where they are.
            browser.click("sort-name")
            browser.run(WATCH)
            saves = save_steadily(pool, students, rate, seconds)
            time.sleep(5)
            seen, long = browser.run("return [window.seen, window.long]")
            # Lines that have left the screen are not waited for.
            shown = browser.run("return [...document.querySelectorAll('[data-testid^=row-]')].map((row) => row.dataset.testid.slice(4))")
    report(saves, seen, long, shown)


def wait_for_service():
    for _ in range(600):
        try:
            return request(PORT, "GET", "/health/readiness", "")
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the service does not start")


def save_steadily(pool, students: list[Student], rate: int, seconds: int) -> dict[str, float]:
    """One save after the other, each by a student by chance, at the same distance in time."""
    began, running, free = time.monotonic(), [], students.copy()
    for number in range(rate * seconds):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        if not free:
            break
        # Nobody saves twice at the same time: a student comes back once everybody was drawn.
        student = free.pop(random.randrange(len(free)))
        running.append(pool.submit(student.save))
        if not free:
            concurrent.futures.wait(running)
            free = [one for one in students if one.answered < len(one.questions)]
    return dict(one.result() for one in running)


def report(saves: dict[str, float], seen: dict[str, float], long: list[float], shown: list[str]):
    delays = sorted(seen[key] - at for key, at in saves.items() if key in seen)
    # Of one line several saves may be drawn at once: the count of the last has to be there.
    last = {key.rsplit(" ", 1)[0]: key for key in saves}
    missed = [key for login, key in last.items() if login in shown and key not in seen]
    print(f"{len(saves)} saves, {len(delays)} of them seen on the screen; {len(missed)} of the last of each line shown were never seen")
    if delays:
        middle = statistics.median(delays)
        print(f"from acknowledged to shown: median {middle:.0f} ms, p95 {delays[int(len(delays) * 0.95)]:.0f} ms, longest {delays[-1]:.0f} ms")
    print(f"long tasks of the page: {len(long)}, longest {max(long, default=0):.0f} ms, together {sum(long):.0f} ms")


if __name__ == "__main__":
    main()

"""Everybody starts an exam at once: does it matter whether the attempts were prepared?

    python3 tests/bench/starts.py target/release/exam-service [STUDENTS] [ROUNDS]

Each round is a service of its own on a new SQLite database: as many connections as students are opened first, then all
starts are sent in one moment. Latency counts from that moment. Rounds with and without preparation take turns.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

SECRET = os.urandom(32).hex()


def token(user: str, role: str) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"sub": user, "role": role, "sid": user, "iat": now, "exp": now + 600}
    text = ".".join(part(json.dumps(it).encode()) for it in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{text}.{part(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())}"


def request(port: int, method: str, path: str, bearer: str) -> dict:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", method=method, headers={"authorization": f"Bearer {bearer}"}
    )
    with urllib.request.urlopen(asked) as reply:
        return json.load(reply)


async def start(connection, head: bytes, moment: asyncio.Event) -> tuple[float, int]:
    reader, writer = connection
    await moment.wait()
    writer.write(head)
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return time.perf_counter(), status


async def start_all(port: int, exam: str, users: list[str]) -> list[float]:
    moment = asyncio.Event()
    tasks = []
    for user in users:
        connection = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /api/v1/exams/{exam}/attempts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n"
            f"authorization: Bearer {token(user, 'student')}\r\n\r\n"
        )
        tasks.append(asyncio.create_task(start(connection, head.encode(), moment)))
    await asyncio.sleep(0)
    began = time.perf_counter()
    moment.set()
    replies = await asyncio.gather(*tasks)
    refused = [status for _, status in replies if status != 201]
    if refused:
        sys.exit(f"{len(refused)} starts were refused, the first with {refused[0]}")
    return sorted((at - began) * 1000 for at, _ in replies)


def one_round(service: str, students: int, is_prepared: bool) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/exam.db"
        port = 20000 + os.getpid() % 20000
        settings = os.environ | {
            "DATABASE_URL": f"sqlite://{database}",
            "JWT_SECRET": SECRET,
            "APP_ENV": "demo",
            "EXAM_LISTEN": f"127.0.0.1:{port}",
            "EXAM_ADDRESS_WRITES_PER_MINUTE": "1000000",
        }
        quiet = {"env": settings, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
        subprocess.run([service, "migrate"], **quiet)
        subprocess.run([service, "seed-demo", "--students", str(students)], **quiet)
        with sqlite3.connect(database) as reading:
            exam = reading.execute("SELECT id FROM exams WHERE code = 'demo'").fetchone()[0]
            users = [row[0] for row in reading.execute("SELECT id FROM users WHERE role = 'student' AND is_demo = 1")]
            admin = reading.execute("SELECT id FROM users WHERE role = 'administrator'").fetchone()[0]
        log = pathlib.Path(folder, "log").open("w")
        running = subprocess.Popen([service, "serve"], env=settings, stdout=log, stderr=log)
        try:
            for _ in range(600):
                try:
                    request(port, "GET", "/health/readiness", "")
                    break
                except OSError:
                    time.sleep(0.05)
            while is_prepared:
                path = f"/api/v1/exams/{exam}/preparation"
                if request(port, "POST", path, token(admin, "administrator"))["unprepared"] == 0:
                    break
            return asyncio.run(start_all(port, exam, users[:students]))
        finally:
            running.terminate()
            running.wait()


def main() -> None:
    service, students, rounds = sys.argv[1], *(int(it) for it in (sys.argv[2:] + ["500", "5"][len(sys.argv) - 2 :]))
    figures = {False: [], True: []}
    for _ in range(rounds):
        for is_prepared, found in figures.items():
            found.append(one_round(service, students, is_prepared))
    for is_prepared, found in figures.items():
        middle = [statistics.median(each[int(len(each) * share)] for each in found) for share in (0.5, 0.95)]
        last = statistics.median(each[-1] for each in found)
        name = "prepared" if is_prepared else "laid out at the start"
        print(f"{name}: of {rounds} rounds the median p50 {middle[0]:.0f} ms, p95 {middle[1]:.0f} ms, last {last:.0f} ms")


if __name__ == "__main__":
    main()

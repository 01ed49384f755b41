"""How long does a student wait for the exam page on a slow line, and how many bytes does it cost?

    python3 tests/bench/page_load.py ADDRESS LOGIN PASSWORD [ROUNDS]

ADDRESS is that of a running service or of nginx in front of it, LOGIN one of its students with an exam that can be sat
(`seed-demo` makes both). Each round is a new Chromium with nothing in its cache, through chromedriver:

- "sign in" is the first visit: the page with the two fields, from nothing;
- "exam" is the page with the question, loaded anew from nothing: cache and service worker are passed by.

The line is that of Lighthouse's "slow 4G": 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms to each answer, made by Chromium itself
(`Network.emulateNetworkConditions`). Times count from the start of the navigation: "paint" is the first contentful paint,
"ready" is when the field, or the question, was in the document. Bytes are what came over the wire, headers included
(`transferSize` of every resource up to then). Prints one line for each round, and the medians.
"""

import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
LIMIT_SECONDS = 60
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--ignore-certificate-errors", "--window-size=1280,800",
]
# What is in the document when somebody can begin is noted by the page itself, as soon as it is there.
WATCH = """
new MutationObserver((_, watching) => {
  if (!document.querySelector('[data-testid=login], [data-testid=question]')) return;
  window.readyAt = performance.now();
  watching.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
FIGURES = """
if (!window.readyAt) return null;
const paint = performance.getEntriesByName('first-contentful-paint')[0];
if (!paint) return null;
const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
const ours = loaded.filter((one) => one.responseEnd > 0 && one.responseEnd <= window.readyAt);
const bytes = ours.reduce((sum, one) => sum + one.transferSize, 0);
return { paint: paint.startTime, ready: window.readyAt, bytes, files: ours.length, protocol: loaded[0].nextHopProtocol };
"""


class Browser:
    """One chromedriver with one Chromium; a context manager."""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = {"args": [*OPTIONS, f"--user-data-dir={self.profile.name}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "acceptInsecureCerts": True}}}
        until = time.monotonic() + LIMIT_SECONDS
        while True:
            try:
                self.session = self.send("/session", wanted)["sessionId"]
                return self
            except urllib.error.URLError:
                if time.monotonic() > until:
                    self.__exit__()
                    raise
                time.sleep(0.1)

    def __exit__(self, *_):
        # A driver that is only ended leaves its browser behind.
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(f"{self.base}/shutdown", timeout=LIMIT_SECONDS)
        self.driver.terminate()
        self.driver.wait()
        self.profile.cleanup()

    def send(self, path: str, body: dict):
        asked = urllib.request.Request(
            self.base + path, method="POST", data=json.dumps(body).encode(), headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=LIMIT_SECONDS) as reply:
            return json.load(reply)["value"]

    def tools(self, command: str, **parameters):
        return self.send(f"/session/{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def run(self, script: str):
        return self.send(f"/session/{self.session}/execute/sync", {"script": script, "args": []})

    def go(self, address: str):
        self.send(f"/session/{self.session}/url", {"url": address})

    def until(self, script: str):
        """What the script returns, once that is something."""
        until = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < until:
            if found := self.run(script):
                return found
            time.sleep(0.05)
        raise TimeoutError(f"{script}: {self.run('return document.body.innerText')}")

    def click(self, name: str):
        self.until(f"const it = document.querySelector('[data-testid={name}]'); it?.click(); return it !== null")

    def write(self, name: str, text: str):
        self.until(
            f"const it = document.querySelector('[data-testid={name}]'); if (!it) return false; it.value = {json.dumps(text)};"
            "it.dispatchEvent(new Event('input', { bubbles: true })); return true"
        )

    def load_slowly(self, address: str) -> dict:
        """Loads a page from nothing over the slow line."""
        self.go("about:blank")
        self.tools("Network.enable")
        self.tools("Network.clearBrowserCache")
        self.tools("Network.setCacheDisabled", cacheDisabled=True)
        self.tools("Network.setBypassServiceWorker", bypass=True)
        self.tools("Network.emulateNetworkConditions", **LINE)
        self.go(address)
        figures = self.until(FIGURES)
        fast = {**LINE, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.tools("Network.emulateNetworkConditions", **fast)
        return figures


def one_round(address: str, login: str, password: str) -> dict[str, dict]:
    with Browser() as browser:
        browser.tools("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        first = browser.load_slowly(f"{address}/")
        browser.write("login", login)
        browser.write("password", password)
        browser.click("sign-in")
        browser.click("prepare")
        browser.click("full-screen")
        browser.click("start")
        browser.until("return document.querySelector('[data-testid=question]') !== null")
        exam = browser.load_slowly(browser.run("return location.href"))
        return {"sign in": first, "exam": exam}


def show(name: str, what: str, paint: float, ready: float, size: float, files: float, protocol: str):
    print(f"{name:8} {what:8} paint {paint:6.0f} ms   ready {ready:6.0f} ms   {size / 1000:6.1f} kB in {files:.0f} replies over {protocol}")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    address, login, password = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    found = []
    for number in range(1, rounds + 1):
        found.append(one_round(address, login, password))
        for what, one in found[-1].items():
            show(f"round {number}", what, one["paint"], one["ready"], one["bytes"], one["files"], one["protocol"])
    for what in found[0]:
        middle = [statistics.median(one[what][name] for one in found) for name in ("paint", "ready", "bytes", "files")]
        show("median", what, *middle, found[0][what]["protocol"])


if __name__ == "__main__":
    main()

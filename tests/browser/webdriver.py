# SPDX-License-Identifier: BSD-3-Clause
"""A headless Chromium behind chromedriver, by the WebDriver protocol: JSON over HTTP on the loopback interface."""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

KEYS = {"left": "\ue012", "up": "\ue013", "right": "\ue014", "down": "\ue015", "home": "\ue011", "end": "\ue010", "enter": "\ue007",
        "escape": "\ue00c", "tab": "\ue004", "page_up": "\ue00e", "page_down": "\ue00f"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
STARTS_WITHIN = 60  # seconds, on a machine that does other things too
ANSWERS_WITHIN = 60


class Missing(Exception):
    """There is no browser here."""


class Browser:
    """One session. Methods raise AssertionError with what the browser said if it does not do what is asked."""

    def __init__(self, port, profile, options=()):
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                     "--hide-scrollbars", f"--user-data-dir={profile}", *options]
        chrome = {"binary": shutil.which("chromium"), "args": arguments}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": chrome, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.base += "/session/" + answer["sessionId"]

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=ANSWERS_WITHIN) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode(errors='replace')[:400]}") from error

    def open(self, address):
        self.ask("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.ask("POST", f"/element/{self.find(selector)}/click", {})

    def text(self, selector):
        return self.ask("GET", f"/element/{self.find(selector)}/text")

    def press(self, *keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def size(self, width, height):
        self.ask("POST", "/window/rect", {"width": width, "height": height})

    def phone(self, width, height):
        """A page of that size: windows of a desktop are wider. 0 and 0: the window's again."""
        size = {"width": width, "height": height, "deviceScaleFactor": 0, "mobile": False}
        self.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": size})

    def theme(self, name):
        """light or dark, as the system prefers it."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))

    def complaints(self):
        """What the page has written to the console since this was asked last."""
        return [entry for entry in self.ask("POST", "/se/log", {"type": "browser"}) if entry["level"] in ("SEVERE", "WARNING")]


def end(process):
    """The driver has a process group of its own, and the browser is in it: end all of it, and only that."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def port_of(process, log):
    """The driver chooses a free port and says which."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                if "started successfully on port" in line:
                    return int(line.rstrip(".\n").rsplit(" ", 1)[1])
        time.sleep(0.05)
    raise AssertionError("chromedriver does not start: see " + log)


@contextlib.contextmanager
def browser(log, options=()):
    """A browser with a fresh profile; it and its driver are gone afterwards, whatever happens."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            raise Missing(f"there is no {program} here")
    profile = tempfile.mkdtemp(prefix="rmmsim-browser-")
    with open(log, "w", encoding="utf-8") as file:
        driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  start_new_session=True, env={**os.environ, "HOME": profile, "TMPDIR": profile})
    try:
        session = Browser(port_of(driver, log), os.path.join(profile, "profile"), options)
        yield session
        with contextlib.suppress(AssertionError, OSError):
            session.ask("DELETE", "")
    finally:
        end(driver)
        shutil.rmtree(profile, ignore_errors=True)

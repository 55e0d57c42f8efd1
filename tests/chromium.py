"""A page in a headless Chromium, driven by the DevTools protocol over a pipe."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SECONDS = 60.0

needs_chromium = pytest.mark.skipif(
    PROGRAM is None, reason="needs Chromium: `chromium`, `chromium-browser` or `google-chrome` on PATH"
)


class Page:
    """One page.

    Attributes:
        requests: URLs of everything that it fetched, in order.
        complaints: Exceptions that nothing caught, and errors in its console.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._process = process
        self._received = b""
        self._number = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Network", "Log", "Page"):
            self.call(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Goes to a page and waits until its scripts have run."""
        self.call("Page.navigate", url=url)
        self.evaluate(
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', () => done()))"
        )

    def evaluate(self, script: str, *, seconds: float = SECONDS) -> Any:
        """The value of a script, waited for if it is a promise.

        Raises:
            AssertionError: It failed, or took longer.
        """
        answer = self.call(
            "Runtime.evaluate", seconds, expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str, *, seconds: float = SECONDS) -> None:
        """Waits for a condition, a script's expression, to hold.

        Raises:
            AssertionError: It took longer.
        """
        deadline = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < deadline, f"{condition} does not hold; complaints: {self.complaints}"
            time.sleep(0.05)

    def call(self, method: str, seconds: float = SECONDS, /, **parameters: Any) -> dict[str, Any]:
        """Calls a method of the protocol; events that come in between are noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        deadline = time.monotonic() + seconds
        while (answer := self._receive(deadline)).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\0" not in self._received:
            readable, _, _ = select.select([self._process.stdout], [], [], max(0, deadline - time.monotonic()))
            assert readable, f"Chromium does not answer; complaints: {self.complaints}"
            data = os.read(self._process.stdout.fileno(), 65536)
            assert data, "Chromium has ended"
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        received: dict[str, Any] = json.loads(message)
        return received

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if parameters["type"] == "error":
                self.complaints.append(json.dumps(parameters["args"]))
            case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                self.complaints.append(json.dumps(parameters["entry"]))


@contextmanager
def chromium() -> Iterator[Page]:
    """A page in a Chromium of its own, which ends with the context."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [
            "--headless=new",
            "--remote-debugging-pipe",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-gpu",
            "--window-size=1280,800",
            # It shows only what the test serves, and in a container its sandbox is not to be had.
            "--no-sandbox",
            f"--user-data-dir={profile}",
        ]
        # It reads commands from descriptor 3 and writes answers to 4.
        process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', "sh", PROGRAM, *options],
            # What it leaves behind goes with the profile.
            env={**os.environ, "TMPDIR": profile},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with process:
            try:
                yield Page(process)
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()

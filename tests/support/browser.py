"""A browser that tests drive, where this machine has one: Chromium without a window, through a pipe.

found: → the browser of this machine, None without one. `TEST_BROWSER` names another.
Browser.open: (a file) → a page. Page.run: (JavaScript) → its value. Page.picture: → what is seen, as PNG.

The protocol is Chromium's own (https://chromedevtools.github.io/devtools-protocol/): one JSON document a message, ended
by a zero byte. No package is needed for it, and no port is opened.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-extensions",
    "--hide-scrollbars",
    "--mute-audio",
)
_PATIENCE = 120.0


def found() -> str | None:
    """Return the browser of this machine."""
    named = os.environ.get("TEST_BROWSER")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """One run of a browser."""

    def __init__(self, program: str, folder: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        nowhere = os.open(os.devnull, os.O_RDWR)
        # The browser reads from 3 and writes to 4. The copies come first, for a pipe may have either number itself.
        high = [(os.POSIX_SPAWN_DUP2, theirs_in, 103), (os.POSIX_SPAWN_DUP2, theirs_out, 104)]
        low = [(os.POSIX_SPAWN_DUP2, 103, 3), (os.POSIX_SPAWN_DUP2, 104, 4)]
        quiet = [(os.POSIX_SPAWN_DUP2, nowhere, stream) for stream in (0, 1, 2)]
        closed = [(os.POSIX_SPAWN_CLOSE, number) for number in (103, 104)]
        words = [program, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"]
        actions = [*high, *quiet, *low, *closed]
        self._pid = os.posix_spawnp(program, words, os.environ, file_actions=actions, setpgroup=0)
        for number in (theirs_in, theirs_out, nowhere):
            os.close(number)
        self._unread, self._number = b"", 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Call a method of the protocol, and return its result; events that come meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._send(message | ({"sessionId": session} if session else {}))
        while (reply := self._next()).get("id") != self._number:
            self.events.append(reply)
        if "error" in reply:
            raise AssertionError(f"{method}: {reply['error']}")
        result: dict[str, Any] = reply["result"]
        return result

    def wait(self, method: str) -> None:
        """Wait for an event that did not come yet, or is among those kept."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def open(self, file: Path, *, width: int = 1200, height: int = 900, dark: bool = False) -> Page:
        """Open a file in a window of this size, and wait until all of it is there."""
        made = self.call("Target.createTarget", url="about:blank")
        session = self.call("Target.attachToTarget", targetId=made["targetId"], flatten=True)["sessionId"]
        page = Page(self, session)
        for name in ("Page", "Network", "Runtime", "Log"):
            page.call(f"{name}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        page.call("Page.navigate", url=file.absolute().as_uri())
        self.wait("Page.loadEventFired")
        return page

    def close(self) -> None:
        """End the browser and everything that it started."""
        os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._in)
        os.close(self._out)

    def _send(self, message: Mapping[str, Any]) -> None:
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            left = left[os.write(self._out, left) :]

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            read = os.read(self._in, 1 << 20) if ready else b""
            if not read:
                raise AssertionError("the browser does not answer")
            self._unread += read
        first, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message


class Page:
    """One page of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol about this page."""
        return self.browser.call(method, self._session, **params)

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; what it promises is waited for."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key as a person does."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self, height: int | None = None) -> bytes:
        """Return the page as PNG: all of it, or as much from its top."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(height or 10_000, size["height"]), "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def asked(self) -> list[str]:
        """Return the addresses that the page asked for, without those that hold their content themselves."""
        events = (event for event in self.browser.events if event.get("method") == "Network.requestWillBeSent")
        found = [event["params"]["request"]["url"] for event in events]
        return [address for address in found if not address.startswith("data:")]

    def said(self) -> list[str]:
        """Return what went wrong in the page, in the browser's words."""
        names = (
            "Runtime.exceptionThrown",
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Page.javascriptDialogOpening",
        )
        return [json.dumps(event["params"]) for event in self.browser.events if event.get("method") in names]

    def __enter__(self) -> Self:
        """Use the page for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.call("Page.close")


@contextmanager
def browsing(program: str) -> Iterator[Browser]:
    """Yield a browser that ends afterwards, with its folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, Path(folder))
        try:
            yield browser
        finally:
            browser.close()

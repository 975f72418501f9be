"""The program as a process: signals, a person at a terminal, a server that is not our sandbox."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from tests.support.fleet import Fleet

SECONDS = 60


def command(fleet: Fleet, *arguments: str, **environ: str) -> tuple[list[str], dict[str, str]]:
    base = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return [sys.executable, "-m", "reconciler", "-C", str(fleet.root), *arguments], {**base, **environ}


def run(fleet: Fleet, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    words, variables = command(fleet, *arguments, **environ)
    return subprocess.run(words, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False)


CTRL_D = "\x04"


def at_terminal(fleet: Fleet, answers: str | tuple[str, ...], *arguments: str) -> tuple[int, str, str]:
    """Run with a terminal for standard input and error, and type each of `answers` once it is asked for."""
    words, variables = command(fleet, *arguments)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, env=variables, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True)
    seen, typed = b"", (answers,) if isinstance(answers, str) else answers
    for number, answer in enumerate(typed, start=1):
        while seen.count(b"> ") < number:
            seen += os.read(ours, 4096)
        os.write(ours, answer.encode() if answer == CTRL_D else answer.encode() + b"\n")
    out, _ = process.communicate(timeout=SECONDS)
    os.close(theirs)
    while select.select([ours], [], [], 0)[0]:
        try:
            seen += os.read(ours, 4096)
        except OSError:
            # Linux says of a terminal that everything of it was read.
            break
    os.close(ours)
    return process.returncode, out, seen.decode()


@pytest.mark.parametrize(("answer", "code", "about"), [("yes", 0, "Fresh bread"), ("y", 3, None), ("", 3, None)])
def test_only_yes_is_yes(fleet: Fleet, answer: str, code: int, about: str | None) -> None:
    address = fleet.profile(about="Fresh bread")
    ended, out, _ = at_terminal(fleet, answer, "apply")
    assert ended == code
    assert (fleet.live(address)["about"] == "Fresh bread") is (about is not None)
    last = "1 change applied" if about else "Nothing was written: it was not approved."
    assert out.splitlines()[-1] == last


def test_ctrl_c_at_the_question_ends_at_once_and_nothing_is_written(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    words, variables = command(fleet, "apply")
    process, ours = pty.fork()
    if process == 0:
        os.execve(words[0], words, variables)
    seen = b""
    while b"> " not in seen:
        seen += os.read(ours, 4096)
    assert seen.rstrip().endswith(b">")
    ended: list[int] = []

    def over() -> bool:
        found, status = os.waitpid(process, os.WNOHANG)
        ended.extend([os.waitstatus_to_exitcode(status)] if found else [])
        return bool(found)

    def pressed() -> bool:
        """Press Ctrl-C, and again when nothing comes of it: one that comes before readline listens is lost in it."""
        os.write(ours, b"\x03")
        soon = time.monotonic() + 3
        until(lambda: over() or time.monotonic() > soon)
        return bool(ended)

    until(pressed)
    os.close(ours)
    assert ended == [130]
    assert fleet.requests("POST") == []


def test_ctrl_d_at_the_question_is_a_no_and_says_so(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    code, out, shown = at_terminal(fleet, CTRL_D, "apply")
    assert (code, fleet.live(address).get("about") == "Fresh bread") == (3, False)
    assert "The input ended without an answer (Ctrl-D), which is taken as no." in shown
    assert out.splitlines()[-1] == "Nothing was written: it was not approved."


@pytest.mark.parametrize(("answer", "address"), [("yes", "Main Street 1"), ("no", "Elsewhere"), (CTRL_D, "Elsewhere")])
def test_drift_is_asked_about_apart_and_one_yes_never_sends_it_with_an_edit(
    fleet: Fleet, answer: str, address: str
) -> None:
    where = fleet.profile(about="Fresh bread", address="Main Street 1")
    run(fleet, "apply", "-y")
    fleet.edit(where, address="Elsewhere")
    fleet.profile(about="Fresh cake", address="Main Street 1")
    code, out, shown = at_terminal(fleet, ("yes", answer), "apply")
    live = fleet.live(where)
    assert (code, live["about"], live["address"]) == (0, "Fresh cake", address)
    assert "Will be sent: 1 change in 1 profile: berlin (about)." in shown
    assert "Changed on WhatsApp since the last apply: 1 change in 1 profile: berlin (address)." in " ".join(
        shown.split()
    )
    left = "1 change applied · 1 left alone"
    assert out.splitlines()[-1] == ("2 changes applied" if answer == "yes" else left)


def test_where_only_drift_differs_no_is_no_stop(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    run(fleet, "apply", "-y")
    fleet.edit(address, about="Hacked")
    code, out, shown = at_terminal(fleet, "no", "apply")
    assert (code, fleet.live(address)["about"], shown.count("> ")) == (0, "Hacked", 1)
    assert out.splitlines()[-1] == "Nothing was written · 1 left alone"


@contextmanager
def hanging(fleet: Fleet, *faults: dict[str, Any]) -> Iterator[str]:
    """Serve the fleet's world on a socket, with faults; the settings point there."""
    fleet.faults(*faults)
    with running(create_app(fleet.context.world)) as url:
        fleet.settings(url)
        yield url


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_looking_ends_at_once(fleet: Fleet, number: signal.Signals, code: int) -> None:
    fleet.profile(about="Fresh bread")
    with hanging(fleet, {"kind": "hang"}) as url:
        words, variables = command(fleet, "plan", META_TOKEN="t", RECONCILER_ALLOW_ENDPOINT=url)
        process = subprocess.Popen(words, env=variables, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        until(lambda: bool(fleet.requests()))
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err) == (code, "", f"Interrupted by {number.name}.\n")


def test_a_signal_while_writing_lands_and_says_what_is_unknown(fleet: Fleet) -> None:
    """The write in the air never answers: it is cut off within the grace, recorded as unknown, settled next time."""
    addresses = [fleet.profile(f"shop{n}", n, about="Fresh bread") for n in range(3)]
    fleet.plan()
    with hanging(fleet, {"kind": "hang", "method": "POST"}) as url:
        fleet.settings(url, more=", concurrency: 1")
        environ = {"META_TOKEN": "t", "RECONCILER_ALLOW_ENDPOINT": url}
        words, variables = command(fleet, "apply", "-y", "--json", **environ)
        process = subprocess.Popen(words, env=variables, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        until(lambda: bool(fleet.requests("POST")))
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        # The plan was shown before. The answer to the signal comes while the write is still in the air.
        at_once = next(line for line in process.stderr if line.startswith("Stopping"))
        assert at_once == "Stopping: finishing 1 write that is on its way. Press again to leave it unknown.\n"
        out, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 143
        found = [(o["profile"], o["status"]) for o in json.loads(out)["run"]["outcomes"]]
        assert found == [("shop0", "unknown"), ("shop1", "skipped"), ("shop2", "skipped")]
        assert len(fleet.requests("POST")) == 1
        fleet.faults()
        assert run(fleet, "apply", "-y", **environ).returncode == 0
        assert run(fleet, "plan", "--detailed-exitcode", **environ).returncode == 0
    assert {fleet.live(address)["about"] for address in addresses} == {"Fresh bread"}


def until(holds: Any) -> None:
    """Wait until something holds; the test's own time limit is the only one."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


class Foreign(BaseHTTPRequestHandler):
    """A server that is not our sandbox: answers as the API would, and keeps what it was told."""

    seen: ClassVar[list[tuple[str, str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        """Answer the node or the profile."""
        Foreign.seen.append(("GET", self.path, dict(self.headers)))
        body: dict[str, Any] = {"id": "106540352242000", "display_phone_number": "+49 30 12345000"}
        if "whatsapp_business_profile" in self.path:
            picture = f"http://{self.headers['Host']}/picture.jpg"
            body = {"data": [{"about": "Old", "profile_picture_url": picture}]}
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def foreign() -> Iterator[str]:
    """Serve `Foreign` on loopback."""
    Foreign.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_another_endpoint_gets_the_token_when_the_environment_allows_it(fleet: Fleet) -> None:
    fleet.profile(about="New")
    with foreign() as url:
        fleet.settings(url)
        ran = run(fleet, "plan", "--json", META_TOKEN="secret-token", RECONCILER_ALLOW_ENDPOINT=url)
    assert ran.returncode == 0
    assert [c["before"] for t in json.loads(ran.stdout)["targets"] for c in t["changes"]] == ["Old"]
    assert {headers["Authorization"] for _, _, headers in Foreign.seen} == {"Bearer secret-token"}
    assert "secret-token" not in ran.stdout + ran.stderr


def test_another_endpoint_gets_nothing_when_only_a_file_asks_for_it(fleet: Fleet) -> None:
    fleet.profile(about="New")
    with foreign() as url:
        fleet.settings(url)
        ran = run(fleet, "plan", META_TOKEN="secret-token")
    assert (ran.returncode, Foreign.seen) == (1, [])
    assert f"set RECONCILER_ALLOW_ENDPOINT={url} in the environment if credentials may go there" in ran.stderr


def test_the_picture_of_another_endpoint_is_fetched_there_without_the_token(fleet: Fleet) -> None:
    from tests.pipeline.test_loop import LOGO

    (fleet.root / "profiles" / "logo.png").write_bytes(LOGO.read_bytes())
    fleet.profile(picture="logo.png")
    with foreign() as url:
        fleet.settings(url)
        run(fleet, "plan", META_TOKEN="secret-token", RECONCILER_ALLOW_ENDPOINT=url)
    (picture,) = [headers for _, path, headers in Foreign.seen if path == "/picture.jpg"]
    assert "Authorization" not in picture


def test_an_unreachable_host_is_a_sentence_and_no_traceback(fleet: Fleet) -> None:
    fleet.profile(about="New")
    with foreign() as url:
        pass
    fleet.settings(url)
    ran = run(fleet, "plan", META_TOKEN="t", RECONCILER_ALLOW_ENDPOINT=url)
    assert ran.returncode == 6
    assert "127.0.0.1 cannot be reached: no connection" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_the_sandbox_command_serves_the_world_of_the_repository(fleet: Fleet) -> None:
    import httpx

    address = fleet.profile(about="Fresh bread")
    words, variables = command(fleet, "sandbox", "--port", "0")
    process = subprocess.Popen(words, env=variables, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    url = process.stderr.readline().split()[2].rstrip(";")
    node = httpx.get(f"{url}/v23.0/{address}?fields=display_phone_number", headers={"Authorization": "Bearer t"})
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert node.json()["display_phone_number"].replace(" ", "") == "+493012345000"
    assert process.returncode == 0


def test_completion_is_there_for_every_shell(fleet: Fleet) -> None:
    for shell in ("bash", "zsh", "fish"):
        variables = {**command(fleet)[1], "_RECONCILER_COMPLETE": f"{shell}_source"}
        script = Path(sys.executable).with_name("reconciler")
        ran = subprocess.run([script], env=variables, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert (ran.returncode, "_RECONCILER_COMPLETE" in ran.stdout) == (0, True)


def test_a_port_that_is_taken_is_a_sentence(fleet: Fleet) -> None:
    with foreign() as url:
        ran = run(fleet, "sandbox", "--port", url.rpartition(":")[2])
    assert ran.returncode == 1
    assert ran.stderr == f"error: {url} cannot be served: Address already in use; choose another --port\n"


def test_the_sandbox_knows_the_numbers_of_profiles_that_already_point_to_it(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    with foreign() as url:
        pass
    fleet.settings(url)
    words, variables = command(fleet, "sandbox", "--port", url.rpartition(":")[2])
    process = subprocess.Popen(words, env=variables, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    ran = run(fleet, "apply", "-y", META_TOKEN="t", RECONCILER_ALLOW_ENDPOINT=url)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert ran.returncode == 0

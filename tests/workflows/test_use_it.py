"""docs/github.md, "Use it in your repository", is followed word by word, and a pull request after it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.authoring.callers import Callers, caller_files
from tests.support.github import BOT, REPOSITORY
from tests.support.readme import page
from tests.support.repository import ENVIRONMENT
from tests.workflows.hosted import TOOL, VERSION, Hosted, hosted

_SECTION = page("github").split("\n## Use it in your repository\n")[1].split("\n## ")[0]
_PROMPT = "$ "


def typed() -> Iterator[tuple[str, str]]:
    """Yield each command of the section, with the lines that go on with it, and what is shown of its output."""
    for block in re.findall(r"^ *```console\n(.*?)^ *```$", _SECTION, re.DOTALL | re.MULTILINE):
        lines = [line[3:] for line in block.splitlines()]
        starts = [number for number, line in enumerate(lines) if line.startswith(_PROMPT)]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            command, rest = lines[start].removeprefix(_PROMPT), lines[start + 1 : end]
            goes_on = "<<'END'" in command or command.endswith("; do")
            yield ("\n".join([command, *rest]), "") if goes_on else (command, "\n".join(rest))


@pytest.fixture
def empty(tmp_path: Path, tool: Path) -> Iterator[Hosted]:
    """An empty repository, and its clone."""
    with hosted(tmp_path, tool, filled=False) as found:
        yield found


def test_who_follows_the_readme_has_plans_in_pull_requests(empty: Hosted) -> None:
    around = {**ENVIRONMENT, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    commands = [*typed()]
    assert len(commands) > 8
    script = (
        "\n".join(command for command, _ in commands)
        .replace("YOUR-ORG/reconciler", TOOL)
        .replace("@COMMIT", f"@{VERSION}")
    )
    shell = ["bash", "-euo", "pipefail", "-c", script]
    ran = subprocess.run(shell, cwd=empty.git.root, env=around, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip() == "\n".join(shown for _, shown in commands if shown)
    # What the page shows is what the program writes.
    for name, text in caller_files(Callers(TOOL, VERSION)).items():
        assert (empty.git.root / name).read_text() == text
    empty.git("fetch", "-q", "origin")

    empty.secrets.clear()

    berlin = empty.git.root / "profiles" / "berlin.yaml"
    berlin.write_text(berlin.read_text().replace("from six", "from seven"))
    number = empty.propose("from-seven")
    planned = empty.plan(number)
    assert planned.jobs == {"plan": "success", "comment": "success"}, planned.log
    (said,) = empty.github.said(number)
    assert (said.author, REPOSITORY in said.body) == (BOT, True)
    # No credential is there yet, and nobody was asked.
    assert "**`seven`**" in said.body
    assert "No provider was asked" in said.body


def begin(empty: Hosted) -> str:
    """Type `init` in an empty repository, and push what it wrote; returns the commit."""
    shutil.rmtree(empty.git.root / "profiles")
    around = {**ENVIRONMENT, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    words = ["reconciler", "init", "--sandbox", "--runs-at", "github", "--tool", f"{TOOL}@{VERSION}"]
    ran = subprocess.run(words, cwd=empty.git.root, env=around, capture_output=True, text=True, check=False)
    # The plan of the new repository waits for its first push, and nothing else does.
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written = [path.read_text() for path in (empty.git.root / ".github").rglob("*.yml")]
    assert sum(text.count("\n") for text in written) <= 60
    commit = empty.commit("WhatsApp profiles")
    empty.git("push", "-q", "origin", "HEAD:main")
    empty.git("fetch", "-q", "origin")
    empty.secrets.clear()
    return commit


def propose(empty: Hosted, fields: str) -> int:
    """Have the author write fields of a profile, and open a pull request."""
    munich = empty.git.root / "profiles" / "munich.yaml"
    munich.write_text(f"{munich.read_text()}profile: {{{fields}}}\n")
    return empty.propose("mondays")


def test_who_types_init_has_a_plan_and_its_gates_in_a_pull_request(empty: Hosted) -> None:
    """No file is touched by hand, and no account is needed."""
    begin(empty)
    number = propose(empty, "about: Closed on Mondays")
    planned = empty.plan(number)
    assert planned.jobs == {"plan": "success", "comment": "success"}, planned.log
    judged = empty.gates(number, action="opened")
    assert judged.jobs == {"gates": "success"}, judged.log
    (said,) = empty.github.said(number)
    assert "**Before the merge:** No gate is in the way." in said.body
    assert "Closed on Mondays" in said.body


def test_who_types_init_goes_all_the_way(empty: Hosted, *, long: bool) -> None:
    """Each job has a sandbox of its own, which begins anew: so the look finds that all was changed elsewhere."""
    if not long:
        pytest.skip("the way itself is held by test_end_to_end.py; --long goes it from what `init` wrote")
    first = begin(empty)
    empty.secrets["profiles-production"] = {"WEBHOOK_VERIFY": "a-word-of-the-webhook"}
    ran = empty.apply(first, before="0" * 40)
    assert ran.jobs == {"review": "success", "apply": "success", "report": "success"}, ran.log
    number = propose(empty, "webhook: {url: https://hooks.goldcrust.example/a, verify_token: {env: WEBHOOK_VERIFY}}")
    assert empty.plan(number).green
    ran = empty.gates(number, action="opened")
    assert ran.jobs == {"gates": "failure"}, ran.log
    empty.github.label(number, "allow-webhook", by="bob")
    ran = empty.gates(number)
    assert ran.jobs == {"gates": "success"}, ran.log
    ran = empty.apply(empty.merge(number), before=first)
    assert ran.jobs == {"review": "success", "apply": "success", "report": "success"}, ran.log
    (said,) = empty.github.said(number)
    assert "1 change written in 1 profile" in said.body
    ran = empty.look(adopt=True)
    # A webhook and a picture that is gone are no text to be adopted, which the job's end says.
    assert ran.jobs == {"drift": "success", "issue": "success", "adopt": "failure", "propose": "success"}, ran.log
    found = [thread for thread in empty.github.repository.threads.values() if thread.open and thread.number != number]
    assert [thread.title for thread in found if thread.pull is None] == ["WhatsApp profiles differ from their files"]
    assert [thread.pull.head_ref for thread in found if thread.pull is not None] == ["reconciler/adopt"]

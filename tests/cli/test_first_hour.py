"""A new user's first hour: an empty home, an empty folder, and no step that is not written.

What may be typed stands in the README, or on a screen that was shown before. The demo, which is the README's first
command, has tests of its own.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.support.readme import ROOT

PAGES = ("README.md",)


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Return what types a command in the user's folder, if it is written where the user has looked."""
    (tmp_path / "home").mkdir()
    (tmp_path / "shops").mkdir()
    monkeypatch.chdir(tmp_path / "shops")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    seen = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]

    def type_(command: str, *more: str) -> tuple[int, str]:
        """Type a command with `more` flags; each is written somewhere."""
        text = re.sub(r"\s+", " ", "\n".join(seen))
        for words in (command, *more):
            assert words in text, f"no page and no screen names {words!r}"
        if command.startswith("git "):
            return subprocess.run(command.split(), check=False, capture_output=True).returncode, ""
        code = main([*command.split()[1:], *more])
        seen.append("".join(capsys.readouterr()))
        return code, seen[-1]

    return type_


def test_from_nothing_to_an_applied_edit(typed: Callable[..., tuple[int, str]]) -> None:
    code, screen = typed("reconciler init --sandbox")
    assert (code, "Change a word in profiles/berlin.yaml" in screen) == (0, True)
    assert typed("git init --initial-branch main")[0] == 0

    berlin = Path("profiles/berlin.yaml")
    text = berlin.read_text(encoding="utf-8")
    assert "from six" in text
    berlin.write_text(text.replace("from six", "from seven"), encoding="utf-8")
    code, screen = typed("reconciler plan")
    assert (code, "every day from seven" in screen) == (0, True)

    # Without a terminal there is no person to ask, and the screen says how to say yes.
    code, screen = typed("reconciler apply")
    assert (code, "Nothing was written" in screen) == (3, True)
    code, screen = typed("reconciler apply", "--auto-approve")
    assert (code, screen.splitlines()[-1]) == (0, "10 changes applied")
    code, screen = typed("reconciler plan")
    assert (code, screen) == (0, "Nothing to do: 3 in sync.\n")
    # What the schemas say to an editor is there from the first moment.
    modeline = berlin.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    assert (berlin.parent / modeline).is_file()


def test_a_step_that_is_written_nowhere_is_noticed(typed: Callable[..., tuple[int, str]]) -> None:
    with pytest.raises(AssertionError, match="no page and no screen names 'reconciler rollback --all'"):
        typed("reconciler rollback --all")

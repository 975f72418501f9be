"""The line that a message is about is read again, and compared with every secret that is at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.effects.files.quoted_lines import quoted_lines
from reconciler.effects.world import Context

TEXT = "\ufeffprofile:\r\n  about: Ask for the sourdough-of-berlin\r\n  address: Torstraße 1\n"


def problem(line: int, name: str = "profiles/berlin.yaml") -> Diagnostic:
    return error("too-long", "it is too long", location=Location(name, line, 10))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "berlin.yaml").write_text(TEXT, encoding="utf-8", newline="")
    return tmp_path


def texts(folder: Path, *problems: Diagnostic, known: str = "", **environ: str) -> list[str]:
    context = Context(root=folder, environ=environ)
    context.secrets.add(known, "a secret")
    return [one.text for one in quoted_lines(problems, context).values()]


def test_lines_are_those_of_the_file(folder: Path) -> None:
    assert texts(folder, problem(1), problem(2), problem(3), problem(9)) == [
        "profile:",
        "  about: Ask for the sourdough-of-berlin",
        "  address: Torstraße 1",
    ]


@pytest.mark.parametrize(
    "environ",
    [
        {"WEBHOOK_TOKEN": "sourdough-of-berlin"},
        {"D360_API_KEYS": '{"berlin": "sourdough-of-berlin"}'},
        {"known": "sourdough-of-berlin"},
    ],
)
def test_a_line_with_a_secret_that_is_at_hand_is_not_quoted(folder: Path, environ: dict[str, str]) -> None:
    assert texts(folder, problem(2), problem(3), **environ) == ["  address: Torstraße 1"]


def test_what_is_no_plain_text_file_has_no_lines(folder: Path) -> None:
    profiles = folder / "profiles"
    (profiles / "link.yaml").symlink_to("berlin.yaml")
    (profiles / "latin.yaml").write_bytes("profile:\n  about: Bäcker\n".encode("latin-1"))
    missing = [problem(2, f"profiles/{name}.yaml") for name in ("link", "latin", "gone")]
    assert texts(folder, *missing, problem(2, "profiles")) == []


def test_the_first_fifty_problems_show_their_lines(folder: Path) -> None:
    many = [replace(problem(3), summary=str(n)) for n in range(60)]
    assert len(texts(folder, *many)) == 50

"""Every kind of bad input: a clear message, the right exit code, no traceback, nothing written."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli import main
from reconciler.effects.http.retries import PROVIDER_RETRIES
from tests.support.fleet import Fleet

HEAD = 'account: bakery\nnumber: "+493012345000"\nphone_number_id: "106540352242000"\n'


def bomb() -> bytes:
    """A PNG of a few dozen bytes that says it is 50,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def profile(fields: str) -> Callable[[Fleet], None]:
    return lambda fleet: fleet.write("berlin.yaml", f"{HEAD}profile:\n{fields}\n")


def with_bomb(fleet: Fleet) -> None:
    profile("  picture: bomb.png")(fleet)
    (fleet.root / "profiles" / "bomb.png").write_bytes(bomb())


def twins(fleet: Fleet) -> None:
    profile("  about: One")(fleet)
    fleet.write("other.yaml", f"{HEAD}profile: {{about: Two}}\n")


def real_endpoint(fleet: Fleet) -> None:
    profile("  about: One")(fleet)
    fleet.settings("https://graph.facebook.com")


def forbidden_variable(fleet: Fleet) -> None:
    profile("  about: One")(fleet)
    path = fleet.root / "profiles" / "reconciler.yaml"
    path.write_text(path.read_text().replace("META_TOKEN", "AWS_SECRET_ACCESS_KEY"))


CASES: dict[str, tuple[Callable[[Fleet], None], list[str]]] = {
    "an unclosed quote": (
        profile('  about: "Fresh bread'),
        [
            (
                "profiles/berlin.yaml:5:10: error: the text that starts with this quote has no closing quote "
                "[yaml-unclosed-quote]"
            )
        ],
    ),
    "a tab": (
        profile("\tabout: Fresh bread"),
        ["profiles/berlin.yaml:5:1: error: a tab stands where YAML allows only spaces [yaml-tab]"],
    ),
    "an unknown field": (
        profile("  adress: Main Street 1"),
        [
            "profiles/berlin.yaml:5:3: error: unknown field 'adress' [unknown-field]",
            "    5 │   adress: …",
            "      │   ^^^^^^",
            "    did you mean address?",
        ],
    ),
    "a text that is too long": (
        profile(f"  about: {'x' * 151}"),
        [
            "profiles/berlin.yaml:5:10: error: about is 151 characters, 12 over Meta's limit of 139 [too-long]",
            "    5 │   about: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
            "      │          ^",
            "    shorten it by 12 (M-11 in providers/APIS.md)",
        ],
    ),
    "nothing after the colon": (
        profile("  about:\n  email: a@b.example"),
        [
            "profiles/berlin.yaml:5:3: error: profile.about is null (nothing stands after the colon) [null]",
            "    5 │   about:",
            "      │   ^",
            "    leave the key out to leave the field unmanaged, or write an empty value ('', [] or {}) to clear it",
        ],
    ),
    "a number where text is meant": (
        profile("  about: 0123"),
        [
            "profiles/berlin.yaml:5:10: error: profile.about must be text, not a number [wrong-type]",
            "    5 │   about: 0123",
            "      │          ^",
            '    write it in quotes: "0123"',
        ],
    ),
    "a missing picture": (
        profile("  picture: pictures/logo.png"),
        [
            (
                "profiles/berlin.yaml:5:12: error: pictures/logo.png does not exist: pictures is not there; "
                "check the spelling, or add the file [picture]"
            )
        ],
    ),
    "a picture bomb": (
        with_bomb,
        [
            (
                "profiles/berlin.yaml:5:12: error: bomb.png is 50,000 × 50,000 pixels (2,500.0 megapixels), over the "
                "limit of 25 megapixels; scale it to 640 × 640 pixels [picture]"
            )
        ],
    ),
    "a picture outside": (
        profile("  picture: ../../etc/passwd"),
        [
            (
                "profiles/berlin.yaml:5:12: error: ../../etc/passwd leads out of its folder by `..`; a picture "
                "must lie below profiles/ [picture]"
            )
        ],
    ),
    "an unknown account": (
        lambda fleet: fleet.write("berlin.yaml", f"{HEAD}profile: {{about: x}}\n".replace("bakery", "bakry")),
        [
            "profiles/berlin.yaml:1:10: error: unknown account 'bakry' [unknown-account]",
            "    1 │ account: bakry",
            "      │          ^",
            "    did you mean bakery?",
        ],
    ),
    "two files for one number": (
        twins,
        [
            (
                "profiles/other.yaml:2:9: error: other and berlin are the same number at meta (106540352242000) "
                "[same-target]"
            ),
            '    2 │ number: "+493012345000"',
            "      │         ^",
            "    keep one of profiles/other.yaml and profiles/berlin.yaml",
        ],
    ),
    "a missing variable": (
        real_endpoint,
        [
            "error: the environment variable META_TOKEN is not set (for account bakery) [missing-secret]",
            "    set META_TOKEN in the environment",
        ],
    ),
    "a forbidden variable": (
        forbidden_variable,
        [
            (
                "profiles/reconciler.yaml:3:68: error: AWS_SECRET_ACCESS_KEY is not a name that may be read here: only "
                "names that begin with META_ are [secret-name]"
            ),
            "    other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_files_are_said_where_they_are_bad(
    fleet: Fleet, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    arrange, expected = CASES[name]
    arrange(fleet)
    code = main(["-C", str(fleet.root), "apply", "--auto-approve"])
    captured = capsys.readouterr()
    assert (code, captured.out) == (1, "")
    assert captured.err.splitlines()[: len(expected)] == expected
    assert fleet.requests() == []


@pytest.mark.parametrize("command", [["validate"], ["fmt", "--check"], ["plan"]])
def test_each_command_that_a_file_stops_shows_its_line(
    fleet: Fleet, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    profile('  about: "Fresh bread')(fleet)
    assert main(["-C", str(fleet.root), *command]) == 1
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert '    5 │   about: "Fresh bread\n      │          ^\n    Write the same quote' in said


def test_of_two_files_for_one_number_one_is_sound(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    twins(fleet)
    assert main(["-C", str(fleet.root), "validate"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 error; 1 profile is sound."


FOLDED = "    5 │   about: Fresh bread\n      │          ^\n    to keep the lines"


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"], ["drift"], ["list"], ["export"]])
def test_a_warning_that_stops_nothing_shows_its_line(
    fleet: Fleet, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    profile("  about: Fresh bread\n    every day")(fleet)
    assert main(["-C", str(fleet.root), *command]) == 0
    captured = capsys.readouterr()
    assert FOLDED in captured.out + captured.err


def test_lines_that_an_adoption_may_have_moved_are_not_shown(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    profile("  about: Fresh bread\n    every day")(fleet)
    assert main(["-C", str(fleet.root), "apply", "--auto-approve"]) == 0
    fleet.edit("106540352242000", about="Closed")
    capsys.readouterr()
    assert main(["-C", str(fleet.root), "drift", "--adopt"]) == 0
    out = capsys.readouterr().out
    assert "[folded-lines]" in out
    assert "│" not in out


@pytest.mark.parametrize("command", [["plan", "--out"], ["drift", "--report"]])
def test_lines_that_a_merged_document_names_are_not_read(
    fleet: Fleet, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Such a file is foreign, and can name any file as the place of a warning."""
    profile("  about: Fresh bread\n    every day")(fleet)
    part = tmp_path / "part"
    assert main(["-C", str(fleet.root), command[0], "--shard", "1/1", command[1], str(part)]) == 0
    assert FOLDED in capsys.readouterr().out
    written = part / "drift.json" if part.is_dir() else part
    assert main(["-C", str(fleet.root), command[0], "merge", str(written)]) == 0
    out = capsys.readouterr().out
    assert "[folded-lines]" in out
    assert "│" not in out


def answers(status: int, body: object, **more: object) -> Callable[[Fleet], None]:
    def arrange(fleet: Fleet) -> None:
        profile("  about: One")(fleet)
        fleet.faults({"kind": "reply", "status": status, "body": body, **more})

    return arrange


def magic(address: str) -> Callable[[Fleet], None]:
    return lambda fleet: fleet.write("berlin.yaml", HEAD.replace("106540352242000", address) + "profile: {about: x}\n")


def moved(fleet: Fleet) -> None:
    profile("  about: One")(fleet)
    fleet.plan()
    fleet.write("berlin.yaml", HEAD.replace("493012345000", "493012345999") + "profile: {about: x}\n")


UNREADABLE: dict[str, tuple[Callable[[Fleet], None], str]] = {
    "an unknown number": (magic("100000000000033"), "[100/33] (check phone_number_id, and that the token's"),
    "an unregistered number": (magic("100000000000100"), "the number is not registered on the Cloud API: register it"),
    "a forbidden number": (
        magic("100000000000010"),
        "[10] (the token needs the permission",
    ),
    "an id of another number": (moved, "belongs to +493012345000, and the file says +493012345999"),
    "throttling": (magic("100000000080008"), "[80008] (wait, or lower `concurrency`;"),
    "a page of HTML": (magic("100000000000502"), "the reply (HTTP 502) is no JSON object"),
    "a reply of the wrong shape": (
        answers(200, {"data": {"about": 1}}),
        "the reply names no number for phone_number_id",
    ),
    "an empty reply": (answers(200, ""), "the reply (HTTP 200) is no JSON object"),
    "a reply that is too large": (answers(200, "x" * 1_048_577), "the reply is larger than 1048576 bytes"),
    "a redirect": (answers(302, "", headers={"Location": "https://evil.example"}), "(HTTP 302) is no JSON object"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_a_provider_does_wrong_is_incomplete_and_never_empty(
    fleet: Fleet, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange, said = UNREADABLE[name]
    arrange(fleet)
    monkeypatch.setattr("reconciler.effects.http.retries._BASE", 0.001)
    impatient = replace(PROVIDER_RETRIES, longest_asked=0.5)
    monkeypatch.setattr("reconciler.effects.http.allowance.PROVIDER_RETRIES", impatient)
    fleet.forget()
    code = main(["-C", str(fleet.root), "apply", "--auto-approve"])
    captured = capsys.readouterr()
    assert code == 6
    assert "Could not be read; nothing is planned for what is named here:" in captured.out
    assert said in captured.out
    assert "Traceback" not in captured.out + captured.err
    assert fleet.requests("POST") == []

"""What the shell offers: names out of the files, without a call and without a word of its own."""

from __future__ import annotations

import pytest

from reconciler.cli import main
from reconciler.pipeline.history import runs_run
from tests.support.fleet import Fleet


def offered(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, *, last: str = ""
) -> list[str]:
    """Return what is offered after `words` for the beginning `last`."""
    typed = f"reconciler -C {fleet.root} {words}"
    monkeypatch.setenv("_RECONCILER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"{typed} {last}")
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split())))
    with pytest.raises(SystemExit):
        main([])
    out, err = capsys.readouterr()
    assert err == ""
    return [line.partition(",")[2] for line in out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "last", "found"),
    [
        ("plan", "", ["berlin", "cafes/", "cafes/graz", "cafes/north/", "cafes/north/kiel"]),
        ("plan", "cafes/n", ["cafes/north/", "cafes/north/kiel"]),
        ("show", "profiles/b", ["profiles/berlin"]),
        ("list --exclude", "b", ["berlin"]),
        ("history", "b", ["berlin"]),
        ("apply --account", "", ["bakery"]),
        ("drift --field", "a", ["about", "address"]),
        ("apply --allow", "b", ["bulk"]),
        ("apply --resend", "w", ["webhook", "websites"]),
        ("validate --provider", "m", ["meta"]),
    ],
)
def test_names_and_words_are_offered(
    fleet: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    words: str,
    last: str,
    found: list[str],
) -> None:
    for index, name in enumerate(("berlin", "cafes/graz", "cafes/north/kiel")):
        fleet.profile(name, index, about="Fresh bread")
    assert sorted(offered(fleet, monkeypatch, capsys, words, last=last)) == found


def test_runs_of_this_machine_and_words_of_messages_are_offered(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ledger elsewhere is not asked, for that is a call."""
    assert offered(fleet, monkeypatch, capsys, "rollback") == []
    fleet.profile(about="Fresh bread")
    fleet.apply()
    (run,) = (one.run for one in runs_run(fleet.context).runs)
    assert offered(fleet, monkeypatch, capsys, "rollback", last=run[:5]) == [run]
    assert offered(fleet, monkeypatch, capsys, "rollback", last="x") == []
    assert offered(fleet, monkeypatch, capsys, "explain", last="too-m") == ["too-many"]
    (fleet.root / ".reconciler" / "ledger.sqlite3").write_bytes(b"no database")
    assert offered(fleet, monkeypatch, capsys, "rollback") == []


@pytest.mark.parametrize("settings", ["accounts: [", "- a list", "version: 1\naccounts: none"])
def test_files_that_cannot_be_read_offer_nothing(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: str
) -> None:
    fleet.write("reconciler.yaml", settings)
    assert offered(fleet, monkeypatch, capsys, "plan --account") == []
    assert offered(fleet, monkeypatch, capsys, "plan") == []


def test_a_table_and_its_rows_are_offered(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.write("shops.csv", "name,number\na,+49\n")
    assert sorted(offered(fleet, monkeypatch, capsys, "plan", last="s")) == ["shops.csv", "shops/", "shops/a"]

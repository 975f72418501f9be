"""The files of the ledger's branch: which path is whose, and what they say to people and programs."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.memory.lease import Lease
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.memory.stored import entry_to_json, record_to_json
from reconciler.core.memory.upkeep import MOST_BYTES, LedgerPart
from reconciler.core.memory.vouching import LedgerKeys, run_document
from reconciler.effects.ledger import Batch, tree
from tests.support import entry, record, target
from tests.support.stores import lease, remembered, run_record

BERLIN = remembered("100000001", about="Berlin")
KEYS = st.tuples(st.text(max_size=5), st.text(max_size=5) | st.just("a" * 300), st.text(max_size=5))

ACCOUNT = "accounts/meta/sandbox/bakery.json"


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (("meta", "sandbox", "1065"), "targets/meta/sandbox/1065.json"),
        (("meta", "https://graph.facebook.com", "1"), "targets/meta/https%3A%2F%2Fgraph.facebook.com/1.json"),
        (("kaleyra", "sandbox", "+4930"), "targets/kaleyra/sandbox/%2B4930.json"),
        (("..", ".git", "."), "targets/%2E./%2Egit/%2E.json"),
        (("", "git~1", "a/b\\c"), "targets/%/git%7E1/a%2Fb%5Cc.json"),
    ],
)
def test_a_target_has_a_path_that_no_file_system_objects_to(key: tuple[str, str, str], path: str) -> None:
    assert tree.path_of(key) == path
    assert tree.is_ours(path)


@given(KEYS, KEYS)
def test_no_two_targets_have_the_same_path(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (tree.path_of(one) == tree.path_of(other)) == (one == other)
    parts = tree.path_of(one).split("/")
    assert len(parts) == 4
    assert all(set(part) <= set(string.ascii_letters + string.digits + "-_.%") for part in parts)
    assert all(part and not part.startswith(".") and len(part) < 230 for part in parts)


@pytest.mark.parametrize(
    "path", ["README.md", "x.json", "targets/a.json", "targets/a/b/c.yaml", "targets/a/b/c/d.json"]
)
def test_what_has_another_path_is_not_ours(path: str) -> None:
    assert not tree.is_ours(path)


@given(st.text(st.characters(codec=None), max_size=10))
def test_nothing_in_a_file_or_a_message_acts_on_the_terminal_that_shows_it(text: str) -> None:
    found = entry(record("about", sent=text))
    batch = Batch(text, (found,), lease=lease(text), record=run_record(text))
    written = tree.files(batch, first=True)
    shown = [content.decode() for content in written.values() if content is not None]
    assert all(c.isprintable() or c == "\n" for c in "".join([*shown, tree.message(batch).decode()]))
    assert tree.part_at(tree.path_of(found.key), written[tree.path_of(found.key)] or b"") == found
    assert tree.part_at(tree.LEASE_FILE, written[tree.LEASE_FILE] or b"") == lease(text)
    assert tree.part_at(tree.RUN_FILE, written[tree.RUN_FILE] or b"") == run_record(text)


def test_the_files_are_made_to_be_compared_line_by_line() -> None:
    content = tree.files(Batch("run", (BERLIN,)), first=False)[tree.path_of(BERLIN.key)]
    assert content is not None
    assert content.decode().startswith('{\n  "fields": {\n    "about": {\n')
    assert content.endswith(b"}\n")


def test_what_the_branch_is_for_stands_there_from_the_first_commit_on() -> None:
    assert list(tree.files(Batch("run"), first=True)) == [tree.ABOUT]
    assert tree.files(Batch("run"), first=False) == {}


def test_a_lease_that_is_given_back_is_taken_away() -> None:
    assert tree.files(Batch("run", lease=lease().ended), first=False) == {tree.LEASE_FILE: None}


@pytest.mark.parametrize(
    ("batch", "lines"),
    [
        (Batch("run 12"), ["run 12", "nothing"]),
        (Batch("", (BERLIN,)), ["reconciler", "1 target"]),
        (Batch("run 12", (BERLIN, BERLIN), lease=lease().ended), ["run 12", "2 targets, lease given back"]),
        (Batch("12", lease=lease(), record=run_record()), ["12", "lease until 2026-08-02T12:02:00Z, record"]),
        (Batch("a\nb\x1b"), [r"a\nb\u001b", "nothing"]),
    ],
)
def test_a_message_says_which_run_and_how_much_and_is_never_the_same(batch: Batch, lines: list[str]) -> None:
    said = tree.message(batch).decode()
    assert re.fullmatch("\n\n".join([*map(re.escape, lines), "Nonce: [0-9a-f]{16}\n"]), said)
    assert tree.message(batch) != tree.message(batch)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"format": 1}', b'{"run": 7}'])
@pytest.mark.parametrize("path", [tree.path_of(BERLIN.key), tree.LEASE_FILE, tree.RUN_FILE, ACCOUNT])
def test_what_is_not_what_its_path_says_is_unusable(path: str, content: bytes) -> None:
    with pytest.raises(tree.Unusable, match="it cannot be read"):
        tree.part_at(path, content)


def test_an_entry_at_another_targets_path_is_unusable() -> None:
    other = remembered("100000002")
    with pytest.raises(tree.Unusable, match="it is another target's"):
        tree.part_at(tree.path_of(other.key), json.dumps(entry_to_json(BERLIN)).encode())


def test_the_record_of_an_account_is_at_its_own_path_and_of_no_other_size() -> None:
    mine = AccountRecord(("meta", "sandbox", "bakery"), ((100, 7),))
    written = tree.files(Batch("12", accounts=(mine,)), first=False)
    assert list(written) == [ACCOUNT]
    assert tree.is_ours(ACCOUNT)
    assert tree.part_at(ACCOUNT, written[ACCOUNT] or b"") == mine
    assert tree.set_aside(ACCOUNT, "x").part is LedgerPart.ACCOUNT
    with pytest.raises(tree.Unusable, match="it is another account's"):
        tree.part_at("accounts/meta/sandbox/cafe.json", written[ACCOUNT] or b"")
    with pytest.raises(tree.Unusable, match="no run writes more than 8,388,608 there"):
        tree.checked_size(ACCOUNT, 8 * 1024 * 1024 + 1)


@pytest.mark.parametrize("mode", ["120000", "160000", "040000"])
def test_only_a_plain_file_is_one(mode: str) -> None:
    tree.require_plain("100644")
    tree.require_plain("100755")
    with pytest.raises(tree.Unusable, match="it is no plain file"):
        tree.require_plain(mode)


@pytest.mark.parametrize(
    ("path", "size", "why"),
    [
        (tree.path_of(BERLIN.key), 1024 * 1024, ""),
        (
            tree.path_of(BERLIN.key),
            1024 * 1024 + 1,
            "it has 1,048,577 bytes, and no run writes more than 1,048,576 there",
        ),
        (tree.LEASE_FILE, 16_385, "it has 16,385 bytes, and no run writes more than 16,384 there"),
        (tree.RUN_FILE, MOST_BYTES, ""),
        (tree.RUN_FILE, None, "it is larger than 32 MiB, and was not fetched"),
    ],
)
def test_a_file_that_is_larger_than_any_run_writes_is_unusable(path: str, size: int | None, why: str) -> None:
    if not why:
        assert tree.checked_size(path, size) == size
        return
    with pytest.raises(tree.Unusable, match=f"^{re.escape(why)}$"):
        tree.checked_size(path, size)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("lease.json", b"D lease.json\n"),
        ("targets/a b/c/d.json", b"D targets/a b/c/d.json\n"),
        ("targets/a/b/x\ny.json", rb'D "' + b"".join(b"\\%03o" % b for b in b"targets/a/b/x\ny.json") + b'"\n'),
        ("targets/a/b/\udcff.json", rb'D "' + b"".join(b"\\%03o" % b for b in b"targets/a/b/\xff.json") + b'"\n'),
    ],
)
def test_what_is_taken_out_may_have_any_name(path: str, written: bytes) -> None:
    stream = tree.stream(Batch("repair", removed=(tree.set_aside(path, ""),)), parent="c" * 40, ref="refs/next")
    assert b"1 unusable taken out" in stream
    assert written in stream


def stored(run: str, started: str, finished: str = "") -> bytes:
    return json.dumps(record_to_json(run_record(run, started=started, finished=finished))).encode()


def test_each_run_is_told_once_as_it_said_last_and_the_newest_first() -> None:
    versions = [
        stored("a", "2", "3"),
        stored("a", "2"),
        b"{",
        None,
        stored("c", "5"),
        stored("b", "2"),
        stored("d", "1"),
    ]
    assert [(told.run, told.finished) for told in tree.records_in((tree.RUN_FILE, one) for one in versions)] == [
        ("c", ""),
        ("a", "3"),
        ("b", ""),
        ("d", ""),
    ]


def test_what_commits_wrote_is_read_from_the_list_of_git() -> None:
    listed = b":000000 100644 000 abc A\0run.json\0:100644 100644 abc def M\0outcomes/\xff.json\0"
    assert tree.versions_in(listed) == [("run.json", "abc"), ("outcomes/\udcff.json", "def")]
    assert tree.versions_in(b"") == []


@pytest.mark.parametrize(
    ("path", "ours"), [("outcomes/00000000.json", True), ("outcomes/a/b.json", False), ("outcomes/a.txt", False)]
)
def test_a_file_of_outcomes_is_ours(path: str, ours: bool) -> None:
    assert tree.is_ours(path) == ours


def test_a_last_record_that_is_broken_or_gone_leaves_those_before() -> None:
    assert [told.run for told in tree.records_in([(tree.RUN_FILE, b"{"), (tree.RUN_FILE, stored("a", "1"))])] == ["a"]
    assert [told.run for told in tree.records_in([(tree.RUN_FILE, None), (tree.RUN_FILE, stored("a", "1"))])] == ["a"]
    assert tree.records_in([]) == ()


def test_a_record_that_was_forged_over_a_marked_one_leaves_that_one() -> None:
    keys = LedgerKeys((b"k" * 40,))
    true = json.dumps(run_document(replace(run_record(), vouched=True), keys)).encode()
    forged = json.dumps({**record_to_json(run_record()), "commit": "f" * 40}).encode()
    for versions in ([forged, true], [true, forged]):
        (told,) = tree.records_in([(tree.RUN_FILE, one) for one in versions], keys)
        assert (told.vouched, told.commit) == (True, run_record().commit)


def test_a_lease_is_nothing_but_a_lease() -> None:
    content = json.dumps({**lease().model_dump(), "more": 1}).encode()
    with pytest.raises(tree.Unusable):
        tree.part_at(tree.LEASE_FILE, content)
    assert isinstance(tree.part_at(tree.LEASE_FILE, json.dumps(lease().model_dump()).encode()), Lease)


def test_a_batch_is_one_commit_on_top_of_what_was_read() -> None:
    odd = entry(record("about", sent="data 3\nabc"), to=target(address="a b"))
    first = tree.stream(Batch("run", (odd,)), parent="", ref="refs/next").decode()
    later = tree.stream(Batch("run", lease=lease().ended), parent="c" * 40, ref="refs/next").decode()
    assert "\nfrom " not in first
    assert "\nM 100644 inline targets/meta/sandbox/a%20b.json\ndata " in first
    assert f"\nfrom {'c' * 40}\nD lease.json\n" in later
    assert later.endswith("\nget-mark :1\ndone\n")

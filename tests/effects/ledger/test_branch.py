"""What is on the ledger's branch, how the clone is left alone, and what can be wrong with branch and remote."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from reconciler.core.memory.lease import UNREADABLE
from reconciler.core.memory.stored import entry_to_json, record_to_json
from reconciler.core.memory.upkeep import MOST_BYTES, LedgerPart, Limits, SetAside
from reconciler.effects.git.process import Bare
from reconciler.effects.ledger import Batch, Committed, Conflict, Snapshot, record_entries
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.ledger.tree import path_of, tree_files
from reconciler.effects.world import Context
from tests.support.stores import commit, entries, git, lease, problem, remembered, run_record

BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")
BRANCH = "reconciler-ledger"


@pytest.fixture
def ledger(root: Path) -> GitLedger:
    return GitLedger(Context(root=root))


def again(root: Path) -> GitLedger:
    """Return what another run on another machine would see."""
    return GitLedger(Context(root=root))


def put(remote: Path, path: str, content: str | bytes, *, mode: str = "100644", branch: str = BRANCH) -> None:
    """Commit one file to the branch, as anybody could who may push."""
    data = content.encode() if isinstance(content, str) else content
    ref = f"refs/heads/{branch}"
    stream = f"commit {ref}\ncommitter x <x> now\ndata 1\nx\nfrom {ref}^0\nM {mode} inline {path}\ndata {len(data)}\n"
    words = ["git", f"--git-dir={remote}", "fast-import", "--quiet", "--date-format=now"]
    subprocess.run(words, input=stream.encode() + data + b"\n", check=True)


def shown(remote: Path, path: str) -> str:
    return git(remote, "cat-file", "-p", f"{BRANCH}:{path}")


# The branch


def test_the_branch_says_what_it_is_and_has_a_file_for_each_target(ledger: GitLedger, remote: Path) -> None:
    commit(ledger, batch=Batch("run 12", (BERLIN, MUNICH), lease=lease(), record=run_record()))
    paths = git(remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    entries = [f"targets/meta/sandbox/{one.key[2]}.json" for one in (BERLIN, MUNICH)]
    assert paths == ["README.md", "lease.json", "run.json", *entries]
    assert "Do not edit it by hand: " in shown(remote, "README.md")
    assert json.loads(shown(remote, entries[0])) == entry_to_json(BERLIN)


def test_the_branch_shares_no_history_with_the_profiles(ledger: GitLedger, root: Path, remote: Path) -> None:
    git(root, "commit", "--allow-empty", "-qm", "profiles")
    git(root, "push", "-q", "origin", "HEAD:main")
    record_entries(ledger, [BERLIN], note="run 1")
    record_entries(ledger, [MUNICH], note="run 2")
    assert git(remote, "log", "--format=%s|%an|%ae", BRANCH).splitlines() == [
        "run 2|reconciler|reconciler@invalid",
        "run 1|reconciler|reconciler@invalid",
    ]


def test_what_a_commit_changed_can_be_read_by_people(ledger: GitLedger, remote: Path) -> None:
    for about in ("Brot\u202e", "Brötchen 🥐"):
        record_entries(ledger, [remembered("100000001", about=about)], note="run")
    changed = [line for line in git(remote, "show", "--format=", BRANCH).splitlines() if line[:2] in ("+ ", "- ")]
    assert changed == [r'-      "sent": "Brot\u202e",', '+      "sent": "Brötchen 🥐",']


def test_the_message_says_which_run_and_how_much(ledger: GitLedger, remote: Path) -> None:
    note = "run 12\n\nNonce: 0\x1b[2J\ud800"
    commit(ledger, batch=Batch(note, (BERLIN, MUNICH), lease=lease(), record=run_record()))
    commit(ledger, batch=Batch("", (BERLIN,), lease=lease().ended))
    said = git(remote, "log", "--format=%B", BRANCH)
    assert r"run 12\n\nNonce: 0\u001b[2J\ud800" in said.splitlines()
    assert "2 targets, lease until 2026-08-02T12:02:00Z, record" in said.splitlines()
    assert said.startswith("reconciler\n\n1 target, lease given back\n\nNonce: ")


def test_two_that_store_the_same_at_the_same_time_are_not_taken_for_one(root: Path, ledger: GitLedger) -> None:
    other = again(root)
    stale = commit(ledger, BERLIN)
    assert other.read().version == stale
    answers = [one.commit(Batch("run", (BERLIN,)), version=stale) for one in (ledger, other)]
    assert [type(answer) for answer in answers] == [Committed, Conflict]


def test_only_the_tip_is_fetched_to_read_and_all_of_it_to_list_the_runs(
    ledger: GitLedger, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for number in range(3):
        told = run_record(f"{number}", started=f"2026-08-0{number + 1}T12:00:00Z")
        commit(ledger, batch=Batch("run", (BERLIN,), record=told))
    before = set(tmp_path.iterdir())
    late = again(root)
    late.read()
    (bare,) = set(tmp_path.iterdir()) - before
    assert git(bare, "rev-list", "--count", "refs/there") == "1"
    assert [record.run for record in late.runs()] == ["2", "1", "0"]
    assert git(bare, "rev-list", "--count", "refs/there") == "3"
    commit(late, MUNICH)
    assert ledger.read().entries == {BERLIN.key: BERLIN, MUNICH.key: MUNICH}


# The clone


def everything(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_clone_is_left_as_it_is_and_nothing_stays_behind(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = everything(root)
    ledger = GitLedger(Context(root=root))
    commit(ledger, BERLIN)
    ledger.runs()
    assert len(list(temporary.iterdir())) == 1
    del ledger
    gc.collect()
    assert (everything(root), list(temporary.iterdir())) == (before, [])


@pytest.mark.parametrize("where", ["shallow", "worktree"])
def test_any_working_copy_will_do(root: Path, remote: Path, ledger: GitLedger, where: str) -> None:
    for n in "12":
        git(root, "commit", "--allow-empty", "-qm", n)
    git(root, "push", "-q", "origin", "HEAD:main")
    git(root, "worktree", "add", "-q", "../worktree")
    git(root.parent, "clone", "-q", "--depth=1", "--branch=main", f"file://{remote}", "shallow")
    after = record_entries(again(root.parent / where), [BERLIN], note="run 1")
    assert after == ledger.read()
    assert git(root.parent / "shallow", "rev-list", "--count", "HEAD") == "1"


def test_a_folder_of_the_repository_remembers_for_itself(root: Path, remote: Path, ledger: GitLedger) -> None:
    """What is in another folder is not gone from this one."""
    (root / "shops/north").mkdir(parents=True)
    north = again(root / "shops/north")
    record_entries(ledger, [BERLIN], note="run 1")
    after = record_entries(north, [MUNICH], note="run 2")
    assert (set(after.entries), set(ledger.read().entries)) == ({MUNICH.key}, {BERLIN.key})
    assert after == again(root / "shops/north").read()
    put(remote, "lease.json", "{", branch=f"{BRANCH}-shops%2Fnorth")
    assert [one.where for one in north.read().aside] == ["lease.json"]
    assert ledger.read().aside == ()


def test_hooks_and_configuration_of_the_machine_take_no_part(
    root: Path, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what is configured nor what leads git elsewhere: a hook of git's runs with such variables."""
    ran = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {ran}\n")
        (hooks / name).chmod(0o755)
    configuration = f"[core]\nhooksPath = {hooks}\n[commit]\ngpgSign = true\n[push]\ngpgSign = true\n"
    (tmp_path / ".gitconfig").write_text(configuration)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    astray = {"GIT_DIR": str(tmp_path), "GIT_INDEX_FILE": "x", "GIT_WORK_TREE": "x", "GIT_OBJECT_DIRECTORY": "x"}
    found = GitLedger(Context(root=root, environ=environ | astray | {"GIT_TRACE": "2"}))
    assert record_entries(found, [BERLIN], note="run 1").entries == {BERLIN.key: BERLIN}
    assert not ran.exists()
    assert git(remote, "branch", "--format=%(refname:short)") == BRANCH


# Forged and broken


BAVARIA = remembered("100000003", about="Nuremberg")


@pytest.mark.parametrize(
    ("path", "part", "left"),
    [
        (path_of(MUNICH.key), LedgerPart.ENTRY, (lease(), run_record())),
        ("lease.json", LedgerPart.LEASE, (UNREADABLE, run_record())),
        ("run.json", LedgerPart.RECORD, (lease(), None)),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_the_rest_counts(
    root: Path, remote: Path, *, path: str, part: LedgerPart, left: tuple[object, object]
) -> None:
    ledger = again(root)
    commit(ledger, batch=Batch("run", (BERLIN,), lease=lease(), record=run_record()))
    put(remote, path, b"\xff")
    for found in (ledger.read(), again(root).read(), ledger.read()):
        assert found.aside == (SetAside(path, part, "it cannot be read"),)
        assert (found.entries, (found.lease, found.last)) == ({BERLIN.key: BERLIN}, left)
    after = record_entries(ledger, [BAVARIA], note="run 2")
    assert after.entries == ledger.read().entries == {BERLIN.key: BERLIN, BAVARIA.key: BAVARIA}
    assert ledger.read().aside == after.aside


def test_what_is_set_aside_is_taken_out_by_name_and_stays_in_the_history(remote: Path, ledger: GitLedger) -> None:
    commit(ledger, batch=Batch("run", (BERLIN,), lease=lease()))
    odd = 'targets/a"b/\u00fc/\\.json'
    put(remote, '"targets/a\\"b/\u00fc/\\\\.json"', "{")
    put(remote, "targets/a/b/link.json", "/etc/passwd", mode="120000")
    before = ledger.read()
    assert [one.where for one in before.aside] == [odd, "targets/a/b/link.json"]
    assert ledger.keep(before.version) == f"commit {before.version[:12]} of the branch {BRANCH}"
    version = commit(ledger, batch=Batch("repair", removed=before.aside))
    assert ledger.read() == Snapshot(version, {BERLIN.key: BERLIN}, lease())
    assert git(remote, "cat-file", "-p", f"{before.version}:{odd}") == "{"


@pytest.mark.parametrize("limited", [False, True])
def test_a_file_of_any_size_is_never_read(remote: Path, root: Path, limited: bool) -> None:
    """A server that can leave large files out is asked to; the sizes at any other are known before the contents."""
    git(remote, "config", "uploadpack.allowFilter", str(limited))
    git(root, "remote", "set-url", "origin", f"file://{remote}")
    ledger = again(root)
    commit(ledger, BERLIN)
    put(remote, path_of(MUNICH.key), bytes(MOST_BYTES + 2))
    put(remote, "lease.json", b" " * 20_000)
    lease_, large = ledger.read().aside
    assert lease_.why == "it has 20,000 bytes, and no run writes more than 16,384 there"
    assert large.where == path_of(MUNICH.key)
    assert large.why.endswith(", and was not fetched") == limited
    record_entries(again(root), [BAVARIA], note="run 2")
    assert ledger.read().entries == {BERLIN.key: BERLIN, BAVARIA.key: BAVARIA}


def bomb(remote: Path, *, wide: int, deep: int) -> None:
    """Push a branch whose few trees stand in one another: `wide` to the power of `deep` entries, and a lease."""

    def tree(*rows: str) -> str:
        words = ["git", f"--git-dir={remote}", "mktree"]
        return subprocess.run(words, input="\n".join(rows), text=True, capture_output=True, check=True).stdout.strip()

    rows = [f"100644 blob {git(remote, 'hash-object', '-w', '/dev/null')}\t{number}.json" for number in range(wide)]
    for _ in range(deep - 1):
        inner = tree(*rows)
        rows = [f"040000 tree {inner}\t{number}" for number in range(wide)]
    held = git(remote, "rev-parse", f"{BRANCH}:lease.json")
    top = tree(f"100644 blob {held}\tlease.json", f"040000 tree {tree(*rows)}\ttargets")
    who = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    git(remote, "update-ref", f"refs/heads/{BRANCH}", git(remote, *who, "commit-tree", top, "-m", "x"))


def test_a_folder_with_countless_files_is_set_aside_and_can_be_taken_out(remote: Path, root: Path) -> None:
    """A push of a few hundred bytes can bring a billion paths. Here they are 216, in 42 folders."""
    found = again(root)
    commit(found, batch=Batch("run", (BERLIN,), lease=lease()))
    bomb(remote, wide=6, deep=3)
    found.limits = Limits(parts=258)
    assert len(found.read().aside) == 216
    found.limits = Limits(parts=257)
    before = found.read()
    why = "it has more than 257 files, or names that are too long, and none of them was read"
    assert (before.aside, before.lease) == ((SetAside("targets", LedgerPart.ENTRY, why),), lease())
    found.limits = Limits(parts=50)
    assert len(found.read().aside) == 1
    version = commit(found, batch=Batch("repair", removed=before.aside))
    assert again(root).read() == Snapshot(version, {}, lease())


def test_no_file_is_looked_for_in_more_folders_than_ours_have(remote: Path, root: Path) -> None:
    found = again(root)
    commit(found, batch=Batch("run", (BERLIN,), lease=lease()))
    bomb(remote, wide=6, deep=9)
    found.limits = Limits(parts=258)
    assert (found.read().aside, found.read().lease) == ((), lease())


def test_a_folder_whose_names_fill_the_memory_is_set_aside(
    remote: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that are long and alike pack well, so a push of few bytes brings many of them."""
    commit(again(root), batch=Batch("run", (BERLIN,), lease=lease()))
    put(remote, f"targets/meta/{'x' * 200}.json", "{")
    put(remote, f"accounts/meta/{'x' * 2000}.json", "{")
    monkeypatch.setattr("reconciler.effects.ledger.git._TREE_BYTES", 1_000)
    found = again(root).read()
    why = "it has more than 250,000 files, or names that are too long, and none of them was read"
    assert found.aside == (SetAside("accounts", LedgerPart.ACCOUNT, why),)
    assert (found.entries, found.lease) == (entries(BERLIN), lease())
    put(remote, "y" * 2000, "{")
    said = "cannot be read: the names of the files at its top have more than 1,000 bytes; put an earlier commit of"
    assert said in problem(again(root).read)


def test_of_many_large_files_the_smallest_are_read(remote: Path, root: Path) -> None:
    """Each of them is small enough, and all together would fill the memory: they pack well, so a push costs little."""
    found = again(root)
    commit(found, batch=Batch("run", (BERLIN, MUNICH), lease=lease()))
    large = json.dumps({**entry_to_json(BAVARIA), "more": "x" * 10_000})
    put(remote, path_of(BAVARIA.key), large)
    found.limits = Limits(together=10_000)
    before = found.read()
    assert (set(before.entries), before.lease) == ({BERLIN.key, MUNICH.key}, lease())
    why = "all files have more than 10,000 bytes, and it is one of the largest"
    assert before.aside == (SetAside(path_of(BAVARIA.key), LedgerPart.ENTRY, why),)


def test_a_hundred_thousand_numbers_are_no_flood() -> None:
    """The folders on the way count as well. With every field and a picture, an entry has 35 KB."""
    trees = {"top^{tree}": [("targets", "40000", "a")], "a": [("meta", "40000", "b")], "b": [("x", "40000", "c")]}
    trees["c"] = [(f"{n}.json", "100644", "d") for n in range(100_000)]
    most = Limits()
    found, flooded = tree_files("top", lambda names: [trees[name] for name in names], most=most.parts)
    assert (len(found), flooded) == (100_000, [])
    assert most.together > 15_000 * 35_000


def test_contents_are_brought_in_pieces_of_few_bytes(
    root: Path, ledger: GitLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = [remembered(f"10000000{n}", about="x" * 100) for n in range(9)]
    commit(ledger, *stored)
    brought: list[int] = []

    def contents(bare: Bare, objects: Iterable[str], *, size: int = 0) -> list[bytes | None]:
        brought.append(size)
        return whole(bare, objects, size=size)

    whole = Bare.contents
    monkeypatch.setattr(Bare, "contents", contents)
    monkeypatch.setattr("reconciler.effects.ledger.git._PIECE_BYTES", 1_200)
    assert again(root).read().entries == entries(*stored)
    # Folders have fewer.
    pieces = [size for size in brought if size > 1_000]
    assert len(pieces) == 3
    assert max(pieces) <= 1_200


def test_of_the_runs_the_newest_are_listed_that_have_few_bytes_together(ledger: GitLedger) -> None:
    for n in range(1, 4):
        commit(ledger, batch=Batch("run", record=run_record(f"{n}", started=f"2026-08-0{n}T12:00:00Z")))
    assert [one.run for one in ledger.runs()] == ["3", "2", "1"]
    ledger.limits = Limits(together=2 * 700)
    assert [one.run for one in ledger.runs()] == ["3", "2"]


def test_an_entry_of_another_target_is_not_believed(remote: Path, ledger: GitLedger) -> None:
    commit(ledger, BERLIN)
    put(remote, path_of(BERLIN.key), json.dumps(entry_to_json(MUNICH)))
    assert ledger.read().aside == (SetAside(path_of(BERLIN.key), LedgerPart.ENTRY, "it is another target's"),)
    assert ledger.read().entries == {}


@pytest.mark.parametrize("path", [path_of(BERLIN.key), "lease.json"])
def test_a_link_in_place_of_a_file_is_not_followed(remote: Path, ledger: GitLedger, path: str) -> None:
    commit(ledger, batch=Batch("run", (BERLIN,), lease=lease()))
    put(remote, path, "/etc/passwd", mode="120000")
    assert [(one.where, one.why) for one in ledger.read().aside] == [(path, "it is no plain file")]


@pytest.mark.parametrize(
    "path", ["notes.txt", "targets/x.json", "targets/a/b/c/d.json", "targets/meta/sandbox/7.yaml", ".gitattributes"]
)
def test_files_that_a_later_version_may_have_made_are_left_alone(remote: Path, ledger: GitLedger, path: str) -> None:
    commit(ledger, BERLIN)
    put(remote, path, "* export-subst\n")
    version = commit(ledger, MUNICH)
    assert ledger.read() == Snapshot(version, {BERLIN.key: BERLIN, MUNICH.key: MUNICH})
    assert shown(remote, path) == "* export-subst"


def test_a_mended_file_is_read_again(remote: Path, ledger: GitLedger) -> None:
    commit(ledger, BERLIN)
    put(remote, path_of(BERLIN.key), "{")
    assert ledger.read().entries == {}
    put(remote, path_of(BERLIN.key), json.dumps(entry_to_json(BERLIN)))
    assert ledger.read().entries == {BERLIN.key: BERLIN}


def test_of_the_runs_those_that_can_be_read_are_listed(remote: Path, ledger: GitLedger) -> None:
    """What is history cannot be mended, and would stand in the way forever."""
    commit(ledger, batch=Batch("9", record=run_record("9")))
    put(remote, "run.json", "{")
    assert [record.run for record in ledger.runs()] == ["9"]
    put(remote, "run.json", json.dumps(record_to_json(run_record("10", started="2026-08-02T13:00:00Z"))))
    assert [record.run for record in ledger.runs()] == ["10", "9"]


def test_a_deleted_record_is_still_history(remote: Path, ledger: GitLedger) -> None:
    commit(ledger, batch=Batch("9", record=run_record("9")))
    git(remote, "update-ref", f"refs/heads/{BRANCH}", without(remote, "run.json"))
    assert (ledger.read().last, ledger.runs()) == (None, (run_record("9"),))


def without(remote: Path, path: str) -> str:
    """Return a commit on top of the branch that lacks one file."""
    rows = [row for row in git(remote, "ls-tree", BRANCH).splitlines() if not row.endswith(f"\t{path}")]
    made = subprocess.run(
        ["git", f"--git-dir={remote}", "mktree"], input="\n".join(rows), text=True, capture_output=True, check=True
    )
    return git(remote, "commit-tree", made.stdout.strip(), "-p", BRANCH, "-m", "x")


def test_a_branch_that_was_deleted_meanwhile_is_begun_anew(remote: Path, ledger: GitLedger) -> None:
    known = Snapshot(commit(ledger, BERLIN), {BERLIN.key: BERLIN})
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert ledger.commit(Batch("run 2", (MUNICH,)), version=known.version) == Conflict()
    after = record_entries(ledger, [MUNICH], note="run 2", known=known)
    assert after == ledger.read() == Snapshot(after.version, {MUNICH.key: MUNICH})


def test_a_branch_that_was_put_back_meanwhile_is_not_moved_on(remote: Path, ledger: GitLedger) -> None:
    first = commit(ledger, BERLIN)
    second = commit(ledger, MUNICH)
    git(remote, "update-ref", f"refs/heads/{BRANCH}", first)
    assert ledger.commit(Batch("run 2", (MUNICH,)), version=second) == Conflict()
    assert ledger.read() == Snapshot(first, {BERLIN.key: BERLIN})

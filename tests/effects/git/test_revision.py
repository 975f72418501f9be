from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.basics import Diagnostic, Severity
from reconciler.effects.git import process
from reconciler.effects.git import revision as module
from reconciler.effects.git.revision import RevisionFiles, revision
from reconciler.effects.world import Context
from tests.support.repository import STAND_IN, Git


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository without a commit, of which no other is the parent."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    root = tmp_path / "shop"
    (root / "profiles").mkdir(parents=True)
    return Git(root)


@pytest.fixture
def fake_git(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of git, for the test to write; the repository is there."""
    git("init", "-q")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "git"


def write(root: Path, **files: str | bytes) -> None:
    """Write files below profiles/; `__` in a name is a slash and `_` the dot before its suffix."""
    for name, content in files.items():
        path = root / "profiles" / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def files(root: Path, name: str) -> dict[str, bytes]:
    """Return every file of a revision that can be read."""
    with revision(Context(root), name, git=process.Git()) as found:
        assert isinstance(found, RevisionFiles), found
        return {
            path.relative_to(found.folder).as_posix(): path.read_bytes()
            for path in sorted(found.folder.rglob("*"))
            if not path.is_dir()
        }


def refused(root: Path, name: str, *, seconds: float = process.SECONDS) -> tuple[str, str]:
    """Return what is said of a revision that cannot be read: why, and what to do."""
    with revision(Context(root), name, git=process.Git(seconds)) as found:
        assert isinstance(found, Diagnostic)
    assert (found.severity, found.code) == (Severity.WARNING, "base-unreadable")
    return found.summary, found.hint


def test_the_files_are_those_of_the_revision_and_not_those_that_are_checked_out(git: Git) -> None:
    write(git.root, berlin_yaml="one", cafes__vienna_yml="two", pictures__logo_PNG=b"\x89\x00\n")
    first = git.commit()
    write(git.root, berlin_yaml="changed", new_yaml="new")
    git.commit()
    write(git.root, berlin_yaml="not committed")
    was = {"berlin.yaml": b"one", "cafes/vienna.yml": b"two", "pictures/logo.PNG": b"\x89\0\n"}
    was = {f"profiles/{name}": content for name, content in was.items()}
    assert files(git.root, "HEAD~1") == files(git.root, first) == files(git.root, first[:12]) == was
    assert files(git.root, "main")["profiles/berlin.yaml"] == b"changed"


def test_the_commit_has_its_full_name_and_the_folder_is_gone_afterwards(git: Git) -> None:
    write(git.root, berlin_yaml="one")
    commit = git.commit()
    git("tag", "-a", "-m", "A tag", "v1")
    with revision(Context(git.root), "v1", git=process.Git()) as found:
        assert isinstance(found, RevisionFiles)
        assert (found.commit, found.folder.is_dir()) == (commit, True)
    assert not found.folder.exists()


def test_the_repository_may_be_a_folder_of_gits(git: Git) -> None:
    """A number of shops in one repository: the other folders' profiles are none of this one's."""
    write(git.root, berlin_yaml="other")
    inner = git.root / "shops" / "north"
    write(inner, berlin_yaml="ours")
    git.commit()
    assert files(inner, "HEAD") == {"profiles/berlin.yaml": b"ours"}


def test_a_revision_without_profiles_has_none(git: Git) -> None:
    git.commit()
    assert files(git.root, "HEAD") == {}


@pytest.mark.parametrize("what", ["link", "repository", "file"])
def test_where_profiles_is_no_folder_nobody_knows_what_was_in_it(git: Git, what: str) -> None:
    """A base that seems to be empty would hold nobody to its rules."""
    folder = git.root / "profiles"
    folder.rmdir()
    if what == "repository":
        folder.mkdir()
        Git(folder).commit()
    elif what == "link":
        folder.symlink_to("elsewhere")
    else:
        folder.write_text("no folder")
    git.commit()
    assert refused(git.root, "HEAD")[0] == (
        "the revision 'HEAD' cannot be read: its profiles is a link, a repository of its own or a file"
    )


def test_links_other_repositories_and_other_files_are_left_out(git: Git) -> None:
    (git.root / "profiles" / "link.yaml").symlink_to("/etc/passwd")
    write(git.root, notes_txt="no profile", berlin_yaml="one", run_sh="no profile")
    inner = git.root / "profiles" / "inner.yaml"
    inner.mkdir()
    Git(inner).commit()
    git.commit()
    assert files(git.root, "HEAD") == {"profiles/berlin.yaml": b"one"}


def test_nothing_of_the_repository_is_run_or_changed(git: Git) -> None:
    """No hook, no filter and no line ends: what is read is what was committed."""
    write(git.root, berlin_yaml="one\r\n")
    git.commit()
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        hook = git.root / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {git.root}/ran\n")
        hook.chmod(0o755)
    git("config", "filter.evil.smudge", f"touch {git.root}/ran; cat")
    (git.root / ".git" / "info" / "attributes").write_text("*.yaml filter=evil text eol=lf\n")
    before = sorted(str(path) for path in git.root.rglob("*"))
    assert files(git.root, "HEAD") == {"profiles/berlin.yaml": b"one\r\n"}
    assert sorted(str(path) for path in git.root.rglob("*")) == before


def test_a_replaced_object_is_not_what_was_committed(git: Git) -> None:
    write(git.root, berlin_yaml="one")
    first = git.commit()
    write(git.root, berlin_yaml="two")
    git("replace", first, git.commit())
    assert files(git.root, first) == {"profiles/berlin.yaml": b"one"}


@pytest.mark.parametrize(("name", "limit"), [("long_yaml", 256 * 1024), ("huge_png", 5 * 1024 * 1024)])
def test_what_no_reader_takes_is_not_read_either(git: Git, name: str, limit: int) -> None:
    """Of a file that is too large, something that is too large is left, and its reader says so."""
    write(git.root, **{name: b"x" * limit})
    git.commit()
    write(git.root, **{name: b"x" * (limit + 1)})
    git.commit()
    file = f"profiles/{name.replace('_', '.')}"
    assert files(git.root, "HEAD~1")[file] == b"x" * limit
    assert len(files(git.root, "HEAD")[file]) == limit + 1


@pytest.mark.parametrize("bound", ["_MOST_FILES", "_MOST_BYTES"])
def test_a_revision_with_too_much_in_it_is_not_taken_at_all(
    git: Git, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    write(git.root, berlin_yaml="one", munich_yaml="two")
    git.commit()
    monkeypatch.setattr(module, bound, 1)
    summary, _ = refused(git.root, "HEAD")
    assert "its profiles/ holds more than" in summary


@pytest.mark.parametrize("name", ["nope", "0123456789" * 3, "HEAD~9", "HEAD^{tree}", "HEAD:x"])
def test_an_unknown_revision_is_a_warning_that_says_how_to_get_it(git: Git, name: str) -> None:
    git.commit()
    assert refused(git.root, name) == (
        f"the revision {name!r} cannot be read: there is no such commit in this clone",
        "fetch it first: `git fetch origin`, or `fetch-depth: 0` where actions/checkout makes a shallow clone",
    )


@pytest.mark.parametrize("name", ["", "-x", "--output=x", "a\nb", "a\0b", "caf\udce9"])
def test_what_cannot_be_a_revision_is_not_given_to_git(git: Git, fake_git: Path, name: str) -> None:
    fake_git.write_text(f"#!/bin/sh\ntouch {git.root}/ran\n")
    assert refused(git.root, name) == (
        f"the revision {name!r} cannot be read: that is not the name of a revision",
        "name a branch, a tag or a commit",
    )
    assert not (git.root / "ran").exists()


def test_a_folder_that_is_no_repository_has_no_revision(git: Git) -> None:
    summary, _ = refused(git.root, "HEAD")
    assert summary.startswith("the revision 'HEAD' cannot be read: git says: not a git repository")


def test_a_name_that_is_no_commits_own_is_not_fetched(git: Git, tmp_path: Path) -> None:
    """What a branch or a short name stands for at origin is not what it stands for here."""
    write(git.root, berlin_yaml="one")
    first = git.commit()
    git.commit()
    git("branch", "other", first)
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", git.root.as_uri(), str(clone))
    for name in (first[:12], first.upper(), "other", "origin/other"):
        assert refused(clone, name)[0].endswith(": there is no such commit in this clone")
    assert files(clone, "HEAD") == {"profiles/berlin.yaml": b"one"}


def test_what_a_partial_clone_left_out_is_not_fetched(git: Git, tmp_path: Path) -> None:
    write(git.root, berlin_yaml="one")
    git("init", "-q")
    git("config", "uploadpack.allowFilter", "true")
    git.commit()
    clone = tmp_path / "clone"
    git("clone", "-q", "--no-checkout", "--filter=blob:none", git.root.as_uri(), str(clone))
    summary, hint = refused(clone, "HEAD")
    assert "git says: could not fetch" in summary or "is not in this clone" in summary
    assert hint.startswith("fetch it first")


def test_an_object_that_is_lost_is_said_to_be(git: Git) -> None:
    write(git.root, berlin_yaml="one")
    git.commit()
    name = git("rev-parse", "HEAD:profiles/berlin.yaml")
    (git.root / ".git" / "objects" / name[:2] / name[2:]).unlink()
    assert "is not in this clone" in refused(git.root, "HEAD")[0]


def test_a_path_that_leads_elsewhere_is_not_followed(git: Git, fake_git: Path) -> None:
    """Git itself makes no such tree; what is fetched was made by anybody."""
    fake_git.write_text(
        f'{STAND_IN}case "$*" in *rev-parse*) echo '
        + "a" * 40
        + ";; *ls-tree*) printf '100644 blob "
        + "b" * 40
        + "       3\\tprofiles/../../evil.yaml\\0';; esac\n"
    )
    assert "it holds a path that leads elsewhere" in refused(git.root, "HEAD")[0]


def test_an_object_that_is_another_than_was_asked_for_is_not_taken(git: Git, fake_git: Path) -> None:
    fake_git.write_text(
        f'{STAND_IN}case "$*" in *rev-parse*) echo '
        + "a" * 40
        + ";; *ls-tree*) printf '100644 blob "
        + "b" * 40
        + "       3\\tprofiles/berlin.yaml\\0';; *cat-file*) printf '"
        + "c" * 40
        + " blob 3\\none\\n';; esac\n"
    )
    assert "a file of it is not in this clone" in refused(git.root, "HEAD")[0]


def test_two_files_that_this_machine_takes_for_one_are_neither(git: Git, fake_git: Path) -> None:
    line = "100644 blob " + "b" * 40 + "       3\\tprofiles/berlin.yaml\\000"
    object_ = "b" * 40 + " blob 3\\none\\n"
    fake_git.write_text(
        f'{STAND_IN}case "$*" in *rev-parse*) echo '
        + "a" * 40
        + f";; *ls-tree*) printf '{line}{line}';; *cat-file*) printf '{object_}{object_}';; esac\n"
    )
    assert refused(git.root, "HEAD")[0].endswith("a file of it cannot be put down: File exists")


def test_without_git_there_is_no_revision(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q")
    monkeypatch.setenv("PATH", str(git.root))
    assert ": git cannot be run: No such file or directory; install it" in refused(git.root, "HEAD")[0]


def test_a_git_that_does_not_answer_is_not_waited_for(git: Git, fake_git: Path) -> None:
    fake_git.write_text("#!/bin/sh\nexec sleep 600\n")
    assert ": git did not answer within " in refused(git.root, "HEAD", seconds=0.1)[0]


def test_a_git_that_fails_without_a_word_is_quoted_by_its_number(git: Git, fake_git: Path) -> None:
    fake_git.write_text(f"{STAND_IN}exit 3\n")
    assert refused(git.root, "HEAD")[0].endswith("git ended with 3")

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reports.handover import COMMENT_BYTES, TEXT_BYTES
from reconciler.forge.rules.merge import Proposal, ProposalAction
from reconciler.forge.text.proposal import commit_message, proposed_json, proposed_text, pull_text
from reconciler.render.markdown.sheet import Links
from reconciler.render.safe_text import terminal
from tests.support.markdown import Shown, spaced

HOME = "https://github.com/o/r"
LINKS = Links(HOME, workflow="drift-x.yml", applies="apply-x.yml")
SOME = Proposal(
    branch="reconciler/adopt",
    base="main",
    became=ProposalAction.OPENED,
    files=("profiles/berlin.yaml",),
    commit="a" * 40,
    pull=17,
    url="https://github.com/o/r/pull/17",
)


def test_the_text_says_what_merging_it_does_and_which_files_it_changes() -> None:
    assert pull_text(("profiles/berlin.yaml",), "", checked=True, links=LINKS) == (
        "These profiles were changed on WhatsApp, and not through this repository. With this pull request their files "
        "say what WhatsApp showed then: merging it sends nothing, unless that has changed again. To have the files' "
        f"values back instead, close it and press [**Run workflow**]({HOME}/actions/workflows/apply-x.yml) of `apply` "
        "with `drifted` under `allow`."
        "\n\n"
        "1 file:\n\n* `profiles/berlin.yaml`"
    )


def test_of_many_files_the_first_are_named() -> None:
    text = pull_text([f"profiles/{number}.yaml" for number in range(5_000)], "", checked=True, links=LINKS)
    assert "5000 files:\n" in text
    assert text.endswith("* `profiles/29.yaml`\n* and 4970 more")


def test_the_longest_page_has_room_beside_the_longest_names() -> None:
    names = [f"profiles/{'ü' * 250}{number}.yaml" for number in range(5_000)]
    text = pull_text(names, "x" * TEXT_BYTES, checked=False, links=LINKS)
    assert text.endswith("x" * TEXT_BYTES)
    assert len(text.encode()) <= COMMENT_BYTES


def test_a_page_that_is_too_long_is_left_out_and_said_to_be() -> None:
    text = pull_text(("a",), "x" * COMMENT_BYTES, checked=True, links=LINKS)
    assert text.endswith("is too long for here: the workflow's run has it.")
    assert "xx" not in text


@given(st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_no_name_of_a_file_means_anything_to_github(names: list[str]) -> None:
    found = Shown(pull_text(names, "", checked=True, links=LINKS))
    assert (found.foreign, found.links, found.referring, found.open) == (
        [],
        [f"{HOME}/actions/workflows/apply-x.yml"],
        [],
        [],
    )
    assert found.elements.count("li") == len(names)
    shown = [spaced(terminal(name).replace("<!--", "<! --")) for name in names]
    assert [spaced(code) for code in found.codes] == ["apply", "drifted", "allow", *shown]


def test_the_commits_message_names_no_file() -> None:
    assert commit_message(["profiles/fixes #1.yaml", "b"]) == (
        "Adopt what was changed on WhatsApp\n\n2 files below profiles/ changed by `reconciler drift --adopt`."
    )


def test_the_result_says_what_was_done() -> None:
    what = "1 file on the branch reconciler/adopt (aaaaaaaaaaaa)"
    where = "pull request #17, https://github.com/o/r/pull/17"
    said = {became: proposed_text(replace(SOME, became=became)) for became in ProposalAction}
    assert said == {
        ProposalAction.NOTHING: "Nothing to propose: the files below profiles/ are those of the commit.",
        ProposalAction.OPENED: f"Proposed: {what}; opened {where}.",
        ProposalAction.UPDATED: f"Proposed: {what}; updated {where}.",
        ProposalAction.KEPT: f"Proposed before, and nothing is new: {what}; {where}.",
    }
    assert proposed_text(replace(SOME, url="")).endswith("opened pull request #17.")


def test_the_document_says_it_too() -> None:
    assert proposed_json(SOME) == {
        "format_version": "2.0",
        "branch": "reconciler/adopt",
        "base": "main",
        "became": "opened",
        "files": ["profiles/berlin.yaml"],
        "commit": "a" * 40,
        "pull": 17,
        "url": "https://github.com/o/r/pull/17",
        "exit_code": 0,
    }

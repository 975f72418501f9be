"""The same texts at GitLab: its own words, and links to its own pages."""

from __future__ import annotations

from dataclasses import replace

from reconciler.ci import ForgeKind
from reconciler.core.basics import Location
from reconciler.core.reports.handover import HandoverKind
from reconciler.core.settings import Rule
from reconciler.forge.port import Artifact, ForgeResult, WorkflowContext, author_warning
from reconciler.forge.rules.gates import GatesResult, JudgedGate, TrippedGate
from reconciler.forge.rules.labels import AllowedByLabels, IgnoredLabel, LabelDoubt
from reconciler.forge.rules.merge import Proposal, ProposalAction, ReviewedRun
from reconciler.forge.text.gates import gates_json, gates_markdown, gates_note, gates_text
from reconciler.forge.text.issue import failed_again, failure_body
from reconciler.forge.text.labels import allowed_json, allowed_markdown, allowed_text, why_ignored
from reconciler.forge.text.proposal import proposed_text, pull_text
from reconciler.forge.text.pull_request import comment_body, reviewed_text, stopped_page, told_text
from reconciler.forge.vocabulary import GITHUB, GITLAB, forge_words
from reconciler.render.markdown.sheet import Links, place_link
from tests.support.conversing import HEAD, NOON, event, page, workflow_run

HOME = "https://gitlab.example/goldcrust/profiles/-"
HERE = WorkflowContext(run=4711, attempt=90210, home=HOME, words=GITLAB)
NOW = "2026-08-02T12:00Z"
# What only GitHub has, or calls so.
NOT_HERE = ("GitHub", "pull request", "/actions/", "Re-run", "workflow")


def here(text: str) -> str:
    """Return a text that names nothing of GitHub."""
    assert [word for word in NOT_HERE if word in text] == []
    return text


def test_a_page_of_gitlab_links_files_below_the_dash_and_speaks_of_merge_requests() -> None:
    links = Links(repository=HOME, commit=HEAD)
    place = Location("profiles/berlin.yaml", line=3)
    assert place_link(place, links) == f"[`profiles/berlin.yaml:3`]({HOME}/blob/{HEAD}/profiles/berlin.yaml#L3)"
    assert (links.words.pull, Links(repository="https://github.com/a/b").words.pull) == (
        "merge request",
        "pull request",
    )
    for odd in ("https://gitlab.example/-", "https://gitlab.example/a/b/-/x", "https://gitlab.example/a/b)/-"):
        assert place_link(place, Links(repository=odd, commit=HEAD)) == "`profiles/berlin.yaml:3`"


def test_each_runner_has_its_forges_words() -> None:
    assert (forge_words(ForgeKind.GITHUB), forge_words(ForgeKind.GITLAB)) == (GITHUB, GITLAB)


def test_a_comment_names_the_pipeline_and_links_pages_below_the_dash() -> None:
    said = here(comment_body(page(), HERE))
    commit = f"[`aaaaaaa`]({HOME}/commit/{HEAD})"
    assert said.endswith(f"Plan of commit {commit} by [pipeline 4711]({HOME}/pipelines/4711)\n")


def test_the_issue_of_a_failed_apply_says_where_its_plan_is_and_what_to_press() -> None:
    failed = page(HandoverKind.APPLY, exit_code=1, errored=True)
    said = here(failure_body(failed, HERE, now=NOW))
    assert f"The plan is in [the merge request]({HOME}/commit/{HEAD})." in said
    assert f"and is gone, press **Retry** in [the pipeline]({HOME}/pipelines/4711)." in said
    assert here(failed_again(page(HandoverKind.APPLY), HERE, now=NOW)).startswith("Apply of commit")
    stopped = here(stopped_page(HandoverKind.APPLY, HERE).text)
    assert "### WhatsApp profiles: the pipeline was stopped" in stopped
    assert stopped.endswith(f"When the cause is gone, press **Retry** in [the pipeline]({HOME}/pipelines/4711).\n")


def test_every_label_that_does_not_count_has_its_sentence() -> None:
    one = IgnoredLabel("allow-clear", "grace", LabelDoubt.AUTHOR, pull=17, run=5, ended=NOON, other=18)
    said = {doubt: here(why_ignored(replace(one, doubt=doubt), words=GITLAB)) for doubt in LabelDoubt}
    assert len(set(said.values())) == len(LabelDoubt)
    assert said[LabelDoubt.AUTHOR].startswith("grace put it on, and opened the merge request: another person")
    assert said[LabelDoubt.QUIET_PUSH] == (
        "what was pushed last started no pipeline of the plan's job, so its time is not known; start a new pipeline of "
        "the merge request, and put the label on after looking at its new plan"
    )


def test_the_gates_and_the_labels_are_said_in_the_same_words() -> None:
    ignored = IgnoredLabel("allow-clear", "grace", LabelDoubt.AUTHOR, pull=18)
    allowed = AllowedByLabels(17, ("clear",), (event(),), (ignored,), pulls=(17, 18))
    for text in (allowed_text, allowed_markdown):
        assert "One commit merged merge requests 17 and 18." in here(text(allowed, words=GITLAB))
        assert "at merge request 18" in text(allowed, words=GITLAB)
        assert "No merge request:" in here(text(AllowedByLabels(), words=GITLAB))
    assert "merge request" in allowed_json(allowed, words=GITLAB)["ignored"][0]["why"]
    gate = JudgedGate(TrippedGate(gate="clear", rule=Rule.ASK, summary="an address goes", hint=""), ignored=(ignored,))
    result = GatesResult(17, HEAD, run=5, gates=(gate,))
    for said in (gates_text(result, words=GITLAB), gates_markdown(result, words=GITLAB), gates_note(result, HERE)):
        assert "opened the merge request" in here(said)
    assert "merge request" in gates_json(result, words=GITLAB)["gates"][0]["ignored"][0]["why"]
    assert "Judged by [pipeline 4711]" in gates_note(result, HERE)
    assert "in merge request 17" in here(gates_text(GatesResult(17, why="it is closed", settled=True), words=GITLAB))


def test_what_was_done_is_said_with_gitlabs_signs() -> None:
    assert told_text(ForgeResult("comment", 17, why="x"), words=GITLAB).startswith("Nothing is written at GitLab.")
    assert here(author_warning("bob", "project_42_bot", forge="GitLab")).startswith("GitLab says that bob wrote it")
    some = Proposal("reconciler/adopt", "main", ProposalAction.OPENED, ("a",), HEAD, 17)
    assert here(proposed_text(some, words=GITLAB)).endswith("opened merge request !17.")
    run = replace(workflow_run(4711), attempt=90210)
    found = ReviewedRun(17, run, Artifact(1, "reconciler-plan", 1, expired=False), b"")
    told = here(reviewed_text(found, commit=HEAD, file="plan.json", words=GITLAB))
    assert told.startswith("The plan of merge request 17, made at 2026-08-02T11:50Z by pipeline 4711 for aaaaaaa")
    text = here(pull_text(("a",), "x" * 70_000, checked=True, links=Links(HOME), words=GITLAB))
    button = f"press [**New pipeline**]({HOME}/pipelines/new) with `drifted` in the variable `RECONCILER_ALLOW`"
    assert f"close it and {button}." in text
    assert text.endswith("too long for here: the pipeline has it.")

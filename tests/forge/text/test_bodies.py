"""What people see of a comment and an issue, as GitHub's own Markdown shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.effects.world import Context
from reconciler.forge.github.calls import github_place
from reconciler.forge.github.client import GitHub
from reconciler.forge.port import WorkflowContext
from reconciler.forge.rules.comment import comment_parts
from reconciler.forge.rules.issue import DriftedField, DriftIssueNews, DriftIssueRoll, EachField
from reconciler.forge.runs.context import workflow_run
from reconciler.forge.text.issue import drift_body, drift_title, failure_body, failure_title, news_comment
from reconciler.forge.text.pull_request import comment_body, linked_page
from tests.support.conversing import HEAD, HOME, page, running
from tests.support.markdown import html

TABLE = "### WhatsApp profiles: 1 change\n\n| field | after |\n| --- | --- |\n| `about` | `Fresh bread` |\n"
# What a page of ours never holds, should somebody make one.
EVIL = ("@grace](https://evil.example)<!--", "`#1`|<img src=x>")


def shown(body: str) -> str:
    """Return a body as GitHub shows it, without what is hidden."""
    return re.sub(r"<!--.*?-->\n?", "", html(body))


def drift(*moved: tuple[str, str], complete: bool = True) -> Handover:
    return page(HandoverKind.DRIFT, TABLE, moved=moved, complete=complete, unread=() if complete else (EVIL,))


def test_a_comment_shows_the_page_and_who_wrote_it_and_nothing_of_its_marker() -> None:
    commit, run = (
        f'<a href="{HOME}/commit/{HEAD}"><code>aaaaaaa</code></a>',
        f'<a href="{HOME}/actions/runs/17">run 17</a>',
    )
    seen = shown(comment_body(page(text=TABLE), running()))
    assert seen.startswith("<h3>WhatsApp profiles: 1 change</h3>\n<table>")
    assert seen.endswith(f"</table>\n<p>Plan of commit {commit} by {run}</p>\n")
    assert "reconciler:" not in seen


ARTIFACT = f"{HOME}/actions/runs/17/artifacts/9"


def test_a_comment_leads_to_the_review_page_and_says_that_it_is_in_an_archive() -> None:
    seen = shown(comment_body(linked_page(page(text=TABLE), ARTIFACT, home=HOME), running()))
    link = f'The review page: <a href="{ARTIFACT}"><code>plan.html</code></a>, in a zip archive.'
    below = f"<p>{link} It shows each profile now beside after.</p>\n<table>"
    assert seen.startswith(f"<h3>WhatsApp profiles: 1 change</h3>\n{below}")
    alone = linked_page(page(text="### One line"), ARTIFACT, home=HOME)
    assert alone.text.startswith("### One line\n\nThe review page: [`plan.html`](")
    assert (alone.commit, alone.kind) == (page().commit, page().kind)


@pytest.mark.parametrize(
    "address",
    ["", "https://evil.example/a", f"{HOME}.evil/a", f"{HOME}/a) [b](https://evil.example", f"{HOME}/a\n", f"{HOME}/ä"],
)
def test_only_an_address_of_the_repository_itself_is_linked(address: str) -> None:
    made = page(text=TABLE)
    assert linked_page(made, address, home=HOME) is made
    assert linked_page(made, ARTIFACT, home="") is made


def test_only_a_plan_has_a_review_page() -> None:
    for other in (page(HandoverKind.APPLY, TABLE), page(HandoverKind.VALIDATE, TABLE), page(text=TABLE, errored=True)):
        assert linked_page(other, ARTIFACT, home=HOME) is other


def test_the_plan_below_an_apply_is_a_whole_text_of_its_own() -> None:
    plan = comment_parts(comment_body(page(text=TABLE), running()))[0]
    seen = shown(comment_body(page(HandoverKind.APPLY, "### Applied"), running(18), plan=plan))
    above, details, below = re.split(r"(?s)(<details>.*</details>\n)", seen)
    assert above == "<h3>Applied</h3>\n"
    assert details.startswith(
        "<details><summary>The plan as it was reviewed</summary>\n<h3>WhatsApp profiles: 1 change</h3>\n<table>"
    )
    assert below.startswith("<p>Apply of ")


def test_an_issue_shows_its_head_and_then_the_page() -> None:
    rolled = DriftIssueRoll(standing=EachField(fields=(DriftedField(profile="berlin", field="about"),)), open=True)
    seen = shown(drift_body(drift(("berlin", "about")), running(), roll=rolled, now="2026-08-02T12:00Z"))
    assert seen.startswith("<p><strong>Last looked at 2026-08-02T12:00Z</strong> by ")
    assert ": 1 field differs from the files.</p>\n<h3>WhatsApp profiles: 1 change</h3>\n<table>" in seen


def test_a_failed_apply_shows_whose_it_is_and_then_the_page_which_says_what_to_do() -> None:
    seen = shown(failure_body(page(HandoverKind.APPLY, TABLE, exit_code=5), running(), now="2026-08-02T12:00Z"))
    assert re.findall(r"<(\w+)", seen) == [
        # The apply, its commit and its run; then the pull request.
        *("p", "strong", "a", "code", "a", "a"),
        *("h3", *re.findall(r"<(\w+)", shown(TABLE))[1:]),
    ]


def test_names_that_strangers_made_up_are_seen_and_mean_nothing() -> None:
    fields = (DriftedField(profile=EVIL[0], field=EVIL[1], since="<b>", seen="@ada"),)
    body = drift_body(
        drift(complete=False), running(), roll=DriftIssueRoll(standing=EachField(fields=fields), open=True), now="now"
    )
    news = news_comment(
        DriftIssueNews(before=0, after=1, new=(EVIL,), gone=(EVIL,)), running(), page=drift(), now="now"
    )
    for seen in (shown(body), shown(news)):
        outside = re.sub(r"<code>.*?</code>", "", seen)
        assert set(re.findall(r"<(\w+)", outside)) <= {
            "p",
            "strong",
            "a",
            "ul",
            "li",
            "h3",
            "h4",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
        assert set(re.findall(r'href="([^"]*)"', seen)) <= {f"{HOME}/actions/runs/17", f"{HOME}/commit/{HEAD}"}
        assert ("@" in outside, "evil" in outside) == (False, False)
        assert "@grace](https://evil.example)" in seen


def test_a_title_is_short_enough_for_github_however_deep_the_folder_is() -> None:
    deep = "\n/".join(["shops"] * 60)
    for titled in (drift_title, failure_title):
        assert len(titled(f"{deep}/berlin")) <= 256
        assert titled(f"{deep}/berlin").endswith("/berlin)")
        assert titled("shops/berlin").endswith(" (shops/berlin)")
        assert "(" not in titled("")


NOW = "2026-08-02T12:00Z"


def test_the_issue_of_a_failed_apply_links_the_pull_request_if_its_commit_is_known() -> None:
    here = WorkflowContext(run=7, attempt=1, home=HOME, workflow="apply-staging.yml")
    text = failure_body(page(HandoverKind.APPLY, "", exit_code=5, commit="c" * 40), here, now=NOW)
    assert f"[the pull request]({HOME}/pulls?q=is%3Apr+{'c' * 40})" in text
    assert text.count("An apply that ends well closes this issue.") == 1
    # A workflow that ended before it could say of which commit it was.
    unknown = page(HandoverKind.APPLY, "", exit_code=5, commit="")
    assert "the pull request](" not in failure_body(unknown, here, now=NOW)


@pytest.mark.parametrize(
    ("errored", "code", "advised"),
    # The page of an apply with a result says what to do, and so does that of a workflow that was stopped from outside.
    [(True, 1, True), (True, 6, True), (True, 0, False), (False, 3, False), (False, 5, False)],
)
def test_what_stopped_a_command_before_it_had_a_result_is_to_be_mended(errored: bool, code: int, advised: bool) -> None:
    here = WorkflowContext(run=7, attempt=1, home=HOME, workflow="apply.yml")
    text = failure_body(page(HandoverKind.APPLY, "", exit_code=code, errored=errored), here, now=NOW)
    what = (
        "\n\nBelow is what stopped it. A change of a file is applied by its merge. If the cause was another one and is "
        f"gone, press [**Re-run jobs**]({HOME}/actions/runs/7).\n\n"
    )
    assert (what in text, "Re-run" in text) == (advised, advised)


@pytest.mark.parametrize("name", ["a b.yml", "x.yml)", "", "apply"])
def test_a_workflow_of_an_odd_name_is_not_linked(name: str, tmp_path: Path) -> None:
    ref = f"goldcrust/profiles/.github/workflows/{name}@refs/heads/main"
    environ = {"GITHUB_RUN_ID": "1", "GITHUB_WORKFLOW_REF": ref, "GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "t"}
    context = Context(tmp_path, environ=environ)
    assert workflow_run(context, GitHub(github_place(context), context=context)).workflow == ""

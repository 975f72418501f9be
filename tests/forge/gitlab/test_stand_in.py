"""python-gitlab, which others wrote, finds in the stand-in server what it finds in a GitLab."""

from __future__ import annotations

from collections.abc import Iterator

import gitlab
import pytest
from gitlab.exceptions import GitlabAuthenticationError, GitlabCreateError, GitlabGetError, GitlabUpdateError
from gitlab.v4.objects import Project

from tests.support.gitlab import BOT, HEAD, PROJECT, SECRET, FakeGitLab
from tests.support.gitlab.world import Token


@pytest.fixture
def project(fake: FakeGitLab) -> Iterator[Project]:
    with fake.serving() as url:
        yield gitlab.Gitlab(url, private_token=SECRET).projects.get(PROJECT)


def test_notes_are_written_listed_page_by_page_and_changed(fake: FakeGitLab, project: Project) -> None:
    number = fake.merge_request("ada")
    fake.say(number, "ada", "changed the title", system=True)
    found = project.mergerequests.get(number)
    made = found.notes.create({"body": "first"})
    for more in range(120):
        fake.say(number, "bob", f"note {more}")
    listed = found.notes.list(get_all=True, sort="asc", order_by="created_at", per_page=100)
    assert [note.body for note in listed][:3] == ["changed the title", "first", "note 0"]
    assert (len(listed), listed[1].author["username"], listed[0].system) == (122, BOT, True)
    made.body = "second"
    made.save()
    assert fake.said(number)[0].body == "second"
    other = found.notes.get(listed[2].id, lazy=True)
    other.body = "not mine"
    with pytest.raises(GitlabUpdateError, match="403"):
        other.save()


def test_issues_are_opened_closed_and_listed_by_their_label(fake: FakeGitLab, project: Project) -> None:
    fake.issue("ada", labels="bug")
    made = project.issues.create({"title": "Drift", "description": "x", "labels": "reconciler"})
    assert (made.iid, made.state, made.labels) == (2, "opened", ["reconciler"])
    made.state_event = "close"
    made.save()
    made.notes.create({"body": "done"})
    (found,) = project.issues.list(labels=["reconciler"], state="closed", get_all=True)
    assert (found.iid, found.author["username"], fake.said(2, sign="#")[0].body) == (2, BOT, "done")


def test_a_merge_request_tells_who_labelled_it_what_was_pushed_and_by_which_pipeline(
    fake: FakeGitLab, project: Project
) -> None:
    fake.person("ada", 30)
    number = fake.merge_request("ada")
    fake.label(number, "allow-clear", by="ada")
    fake.push(number, "b" * 40, by="ada")
    pipeline = fake.pipeline(number)
    fake.job(pipeline, status="failed")
    job = fake.job(pipeline, files={"report/plan.json": b"{}"})
    found = project.mergerequests.get(number)
    (event,) = found.resourcelabelevents.list(get_all=True)
    assert (event.action, event.label["name"], event.user["username"]) == ("add", "allow-clear", "ada")
    assert [one.head_commit_sha for one in found.diffs.list(get_all=True)] == ["b" * 40, HEAD]
    assert [(one.id, one.sha) for one in found.pipelines.list(get_all=True)] == [(pipeline, "b" * 40)]
    assert project.members_all.get(event.user["id"]).access_level == 30
    (push,) = project.events.list(action="pushed", get_all=True)
    assert (push.push_data["commit_to"], push.push_data["ref"], push.author_username) == ("b" * 40, "change", "ada")
    asked = project.pipelines.get(pipeline)
    assert asked.user["username"] == "ada"
    assert [one.id for one in asked.jobs.list(get_all=True)] == [job]
    assert len(asked.jobs.list(get_all=True, include_retried=True)) == 2
    assert project.jobs.get(job, lazy=True).artifact("report/plan.json") == b"{}"
    with pytest.raises(GitlabGetError, match="404"):
        project.jobs.get(job, lazy=True).artifact("report/other.json")


def test_a_merge_is_found_by_its_commit_and_a_branch_has_one_open_merge_request(
    fake: FakeGitLab, project: Project
) -> None:
    wanted = {"source_branch": "reconciler/adopt", "target_branch": "main", "title": "Adopt", "description": "x"}
    made = project.mergerequests.create(wanted)
    with pytest.raises(GitlabCreateError, match="already exists"):
        project.mergerequests.create(wanted)
    (listed,) = project.mergerequests.list(state="opened", source_branch="reconciler/adopt", get_all=True)
    assert (listed.iid, listed.source_project_id) == (made.iid, PROJECT)
    made.description = "y"
    made.save()
    fake.merge(made.iid, "c" * 40)
    (merged,) = project.commits.get("c" * 40).merge_requests(get_all=True)
    assert (merged["iid"], merged["merge_commit_sha"], merged["state"]) == (made.iid, "c" * 40, "merged")


def test_a_token_is_somebodys_and_one_that_may_only_read_writes_nothing(fake: FakeGitLab) -> None:
    fake.tokens["glpat-reads"] = Token(scopes=("read_api",))
    number = fake.merge_request("ada")
    with fake.serving() as url:
        server = gitlab.Gitlab(url, private_token=SECRET)
        server.auth()
        assert server.user is not None
        assert (server.user.username, server.users.list(username="ada")) == (BOT, [])
        reads = gitlab.Gitlab(url, private_token="glpat-reads").projects.get(PROJECT).mergerequests.get(number)
        with pytest.raises(GitlabCreateError, match="403"):
            reads.notes.create({"body": "x"})
        with pytest.raises(GitlabAuthenticationError, match="401"):
            gitlab.Gitlab(url, private_token="nonsense").projects.get(PROJECT)

"""What the fake GitHub answers about workflow runs and their artifacts."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from tests.support.github.documents import refusal
from tests.support.github.question import Question, Refused

# Who knows it needs no token at the store of artifacts.
SIGNATURE = "sig=once"


def run(question: Question) -> Response:
    """Show a run."""
    return question.one(question.writer.run(question.found(question.repository.runs, "run")))


def runs(question: Question) -> Response:
    """List the runs of a workflow, newest first."""
    path = f".github/workflows/{question.request.path_params['workflow']}"
    found = [
        one
        for one in question.repository.runs.values()
        if one.path.partition("@")[0] == path
        and question.asks("head_sha") in ("", one.head)
        and question.asks("branch") in ("", one.branch)
        and question.asks("event") in ("", one.event)
    ]
    found.sort(key=lambda one: (one.created, one.id), reverse=True)
    return question.page([question.writer.run(one) for one in found], key="workflow_runs")


def artifacts(question: Question) -> Response:
    """List the artifacts of a run."""
    number = question.found(question.repository.runs, "run").id
    stored = [one for one in question.repository.artifacts.values() if one.run == number]
    found = [one for one in stored if question.asks("name") in ("", one.name)]
    return question.page([question.writer.artifact(one) for one in found], key="artifacts")


def download(question: Question) -> Response:
    """Send the client to the store of artifacts, which is another host where there are hosts."""
    stored = question.found(question.repository.artifacts, "artifact")
    if stored.expired:
        raise Refused(refusal("Artifact has expired", 410))
    url = question.request.url
    origin = f"http://{url.netloc}" if url.scheme == "http" else "https://artifacts.example"
    return RedirectResponse(f"{origin}/signed/{stored.id}?{SIGNATURE}", 302)

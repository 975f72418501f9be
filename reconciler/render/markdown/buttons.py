"""PageWords: how a page names what its forge has, and what a person presses there, as links where they are known.

words_of_github, words_of_gitlab: (where the pages, the run and the workflows are) → the words of that forge.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from reconciler.render.safe_text import code_span


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of one forge. `again`, `start` and `adopt` are clauses that tell a person what to do.

    `again` repeats the run that speaks, `start` begins an apply, and `adopt` proposes what is live as a change of the
    files. `allow` is where a person names for an apply what may pass. `labels` is the address of the page of labels, up
    to the name that is looked for; it is empty if it is not known.
    """

    pull: str
    again: str
    start: str
    adopt: str
    allow: str
    labels: str

    def label(self, name: str) -> str:
        """Return a label as a link to it."""
        return _pressed(
            code_span(name), f"{self.labels}{quote(name, safe='', errors='replace')}" if self.labels else ""
        )


def words_of_github(home: str, *, run: str, workflow: str, applies: str) -> PageWords:
    """Return the words of GitHub for a repository whose pages are below `home`.

    `run` is the address of the run that speaks. `workflow` is the file of its workflow, and `applies` that of the one
    that applies. Each is empty if it is not known; without `home` all are.
    """
    return PageWords(
        pull="pull request",
        again=f"press {_pressed('**Re-run jobs**', run)}" if run else "run the workflow again",
        start=_button("apply", home, applies),
        adopt=f"{_button('drift', home, workflow)} with `adopt`",
        allow="under `allow`",
        labels=f"{home}/labels?q=" if home else "",
    )


def words_of_gitlab(home: str, *, run: str) -> PageWords:
    """Return the same for GitLab, where one pipeline does everything."""
    return PageWords(
        pull="merge request",
        again=f"press **Retry** in {_pressed('the pipeline', run)}",
        start=f"press {_pressed('**New pipeline**', f'{home}/pipelines/new' if home else '')}",
        adopt=f"press `reconciler-adopt` in {_pressed('the pipeline that looked', run)}",
        allow="in the variable `RECONCILER_ALLOW`",
        labels=f"{home}/labels?search=" if home else "",
    )


def _button(name: str, home: str, workflow: str) -> str:
    """Return what starts a workflow. If its file is not known, the page of all workflows is linked."""
    if not home:
        return f"start the workflow `{name}` from its button"
    page = f"{home}/actions/workflows/{workflow}" if workflow else f"{home}/actions"
    return f"press [**Run workflow**]({page}) of `{name}`"


def _pressed(text: str, address: str) -> str:
    return f"[{text}]({address})" if address else text

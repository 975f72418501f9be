"""What a command found, in every form in which it may be wanted.

Result: what a command found, each form as a function. Rendered: the same, each form made when it is first asked for.
links_of: (the world) → where files and commits can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.core.basics import Diagnostic
    from reconciler.core.planning.plan import Plan
    from reconciler.core.planning.treatment import Summary
    from reconciler.core.reports.handover import Handover
    from reconciler.effects.world import Context
    from reconciler.render.markdown.sheet import Links, Sheet
    from reconciler.render.safe_text import Inert


@dataclass(frozen=True)
class Result:
    """What a command found, each form as a function. `files` are further documents, by the path that each goes to."""

    command: str
    exit_code: int
    text: Callable[[], str]
    document: Callable[[], dict[str, Any]]
    sheet: Callable[[Links], Sheet]
    page: Callable[[Sheet, Links], Handover]
    diagnostics: tuple[Diagnostic, ...] = ()
    plan: Plan | None = None
    summary: Summary | None = None
    record: dict[str, Any] | None = None
    html: Callable[[Links], Inert] | None = None
    # The forms for other programs, by the name of their format.
    exports: Mapping[str, Callable[[Links], Inert]] = field(default_factory=dict)
    files: Mapping[str, Callable[[Rendered], str]] = field(default_factory=dict)
    # Further values for a workflow's steps, none of which a person wrote.
    outputs: Mapping[str, str] = field(default_factory=dict)


def links_of(context: Context) -> Links:
    """Return where files, commits and buttons can be seen: at the forge whose run this is, if it is one's."""
    from reconciler.effects.git.clone import applying_workflow, known_commit, prefix
    from reconciler.render.markdown.sheet import Links

    ci = context.ci
    return Links(
        repository=ci.home,
        commit=known_commit(context),
        folder=prefix(context.root),
        run=ci.run_url,
        workflow=ci.workflow,
        applies=applying_workflow(context),
    )


@dataclass(frozen=True)
class Rendered:
    """The same in each form, rendered when it is first asked for."""

    found: Result
    context: Context

    @cached_property
    def json(self) -> Inert:
        """The document."""
        from reconciler.render.json import dumps

        return dumps(self.found.document())

    @cached_property
    def links(self) -> Links:
        """Where files and commits can be seen: at GitHub, if this is a run there."""
        return links_of(self.context)

    @cached_property
    def sheet(self) -> Sheet:
        """Everything that a page may say."""
        return self.found.sheet(self.links)

    @cached_property
    def html(self) -> Inert | None:
        """The page for a browser, None if the result has none: a problem that stopped the command is told in words."""
        return self.found.html(self.links) if self.found.html is not None else None

    @cached_property
    def page(self) -> Handover:
        """What goes to the next job."""
        return self.found.page(self.sheet, self.links)

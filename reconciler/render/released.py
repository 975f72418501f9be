"""What is no longer managed here, as text for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from reconciler.core.planning.base import Unmanaged
from reconciler.render.safe_text import terminal


def released_text(found: Iterable[Unmanaged]) -> str:
    """Return what is no longer managed, or nothing where all of it still is."""
    lines = [_line(one) for one in found]
    title = click.style("No longer managed here; live stays as it is:", bold=True)
    return "\n".join([title, *lines]) if lines else ""


def _line(one: Unmanaged) -> str:
    provider, endpoint, address = one.key
    where = provider if endpoint.startswith("https:") else f"{provider} at {endpoint}"
    name = one.profile or "a profile"
    what = f"{name} ({address}, {where})" if one.whole else name
    return f"  {terminal(what)}: {', '.join(map(terminal, one.fields))}"


def released_json(found: Iterable[Unmanaged]) -> list[dict[str, Any]]:
    """Return the same for programs, by the names that a target has elsewhere in a plan."""
    names = ("provider", "endpoint", "address")
    return [
        {
            **dict(zip(names, one.key, strict=True)),
            "profile": one.profile,
            "fields": list(one.fields),
            "whole": one.whole,
        }
        for one in found
    ]

"""What each provider makes of each field, as a table for people and as JSON: one table in code, shown everywhere."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, assert_never

from reconciler.core.fields import FIELD_NAMES
from reconciler.core.memory.stored import FORMAT_VERSION
from reconciler.core.traits import Capability, HeaderAuth, JsonFieldAuth, Traits, UrlRule

Rows = list[tuple[str, ...]]


def capability_rows(providers: Mapping[str, Traits]) -> Rows:
    """Return the table's rows, the head first: a column for each provider, a row for each field and a few besides."""
    columns = list(providers.values())
    return [
        ("", *providers),
        *((name, *(_cell(traits.capabilities[name]) for traits in columns)) for name in FIELD_NAMES),
        ("hosts", *(", ".join(origin.removeprefix("https://") for origin in traits.hosts) for traits in columns)),
        ("credential", *(_credential(traits) for traits in columns)),
        ("pace", *(f"at most {t.rate.calls} calls in {_seconds(t.rate.seconds)}" for t in columns)),
    ]


def _cell(capability: Capability) -> str:
    """Return what can be done with one field, in words: its limits, and what is special about it."""
    if not capability.writable:
        return f"no: {capability.lacking}"
    length = f"≤ {capability.limit}" if capability.limit else ""
    length = f"≤ {capability.items} of {capability.limit}" if capability.items else length
    words = [
        length,
        f"{len(capability.industries)} codes" if capability.industries else "",
        f"needs {capability.needs}" if capability.needs else "",
        f"with {', '.join(capability.parts)}" if capability.parts else "",
        capability.url_rule.value if capability.url_rule is not UrlRule.ANY else "",
        "" if capability.readable else "write-only",
        "can be cleared" if capability.clearable else "",
    ]
    return "; ".join(filter(None, words)) or "yes"


def _credential(traits: Traits) -> str:
    names = ", ".join(name for name in (traits.credential, traits.looking_credential) if name)
    whose = "one for each number" if traits.credential_per_number else "of the account"
    return f"{names}, {whose}, {_auth(traits)}"


def _auth(traits: Traits) -> str:
    match traits.auth:
        case HeaderAuth(header=header):
            return f"in the header {header}"
        case JsonFieldAuth(field=field):
            return f"in the body's {field}"
        case _:
            assert_never(traits.auth)


def _seconds(seconds: float) -> str:
    return {60: "a minute", 3600: "an hour"}.get(int(seconds), f"{seconds:g} s")


def providers_text(providers: Mapping[str, Traits], *, width: int) -> str:
    """Return the table for a terminal of `width` columns."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    head, *rows = capability_rows(providers)
    table = Table(box=SIMPLE_HEAD, expand=False, show_lines=False)
    for title in head:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*row)
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n")).strip("\n")


def providers_markdown(providers: Mapping[str, Traits]) -> str:
    """Return the table for the README."""
    head, *rows = capability_rows(providers)
    titles = [f"`{title}`" if title else title for title in head]
    lines = [titles, ["---"] * len(head), *([f"`{first}`", *rest] for first, *rest in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def providers_json(providers: Mapping[str, Traits]) -> dict[str, Any]:
    """Return everything that the tables in code say, facts included."""
    listed = [_provider(traits) for traits in providers.values()]
    return {"format_version": FORMAT_VERSION, "providers": listed, "exit_code": 0}


def _provider(traits: Traits) -> dict[str, Any]:
    fields = {name: _capability(traits.capabilities[name]) for name in FIELD_NAMES}
    kept = ("name", "title", "hosts", "must_choose_host", "credential", "looking_credential", "credential_per_number")
    data = traits.model_dump(include={*kept, "env_prefix", "picture_hosts", "rate"})
    return {**data, "auth": {"kind": type(traits.auth).__name__, **traits.auth.model_dump()}, "fields": fields}


def _capability(capability: Capability) -> dict[str, Any]:
    return {"writable": capability.writable, **capability.model_dump()}

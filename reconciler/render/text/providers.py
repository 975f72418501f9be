"""What each provider manages, as declared.

capability_rows: the declared capabilities → the table's rows.
providers_text, providers_json: the same → the table for a terminal, and all of it as a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from reconciler.core.basics import to_dict
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.traits import Capability, HeaderAuth, JsonFieldAuth, Traits, UrlRule
from reconciler.render.terminal import text_table

Rows = list[tuple[str, ...]]


def capability_rows(providers: Mapping[str, Traits]) -> Rows:
    """Return the table's rows, the head first: a column for each provider, a row for each field and a few others."""
    columns = list(providers.values())
    return [
        ("", *providers),
        *((name, *(_cell(traits.capabilities[name]) for traits in columns)) for name in FIELD_NAMES),
        ("hosts", *(", ".join(origin.removeprefix("https://") for origin in traits.hosts) for traits in columns)),
        ("credential", *(_credential_cell(traits) for traits in columns)),
        ("pace", *(f"at most {t.rate.calls} calls in {_seconds(t.rate.seconds)}" for t in columns)),
    ]


def _cell(capability: Capability) -> str:
    """Return what can be done with one field, in words: its limits and its special rules."""
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


def _credential_cell(traits: Traits) -> str:
    names = ", ".join(name for name in (traits.credential, traits.looking_credential) if name)
    whose = "one for each number" if traits.credential_per_number else "of the account"
    proof = f"; {traits.proof.credential} for its proof in the query's {traits.proof.parameter}" if traits.proof else ""
    return f"{names}, {whose}, {_auth(traits)}{proof}"


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
    head, *rows = capability_rows(providers)
    return text_table(head, rows, width=width)


def providers_json(providers: Mapping[str, Traits]) -> dict[str, Any]:
    """Return everything in the declared tables, facts included."""
    listed = [_provider(traits) for traits in providers.values()]
    return {"format_version": RESULT_FORMAT, "providers": listed, "exit_code": 0}


def _provider(traits: Traits) -> dict[str, Any]:
    fields = {name: _capability(traits.capabilities[name]) for name in FIELD_NAMES}
    kept = ("name", "title", "hosts", "must_choose_host", "credential", "looking_credential", "credential_per_number")
    known = {*kept, "proof", "env_prefix", "picture_hosts", "rate"}
    data = {name: told for name, told in to_dict(traits).items() if name in known}
    return {**data, "auth": {"kind": type(traits.auth).__name__, **to_dict(traits.auth)}, "fields": fields}


def _capability(capability: Capability) -> dict[str, Any]:
    return {"writable": capability.writable, **to_dict(capability)}

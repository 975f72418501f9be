"""diff: (desired, observed, what stands in for values that cannot be read) → one comparison for each managed field.

Equality of canonical values is the way out: a profile that is equal needs nothing more. For any other profile one
DeepDiff over two documents finds what differs. The documents hold the managed fields in canonical form, as they are and
as they should be. The tree that DeepDiff returns is where a comparison has its verdict and its details from.

DeepDiff knows nothing of pictures and secrets, and its own diff of texts knows no words. So operators say what equality
means here: a picture by its likeness, a webhook without the secrets that no provider shows, a text by its words. What
makes two values of one kind the same stands in `kinds`, and a law holds the tree against it.

Unmentioned means unmanaged: a field that the profile does not hold is in no document. An explicit empty value means
clear. `null` never comes this far. A field that could not be read is compared with nothing.

This is the only user of deepdiff. It is imported when the first profile differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from reconciler.core.comparing.characters import unseen
from reconciler.core.comparing.difference import Became, Detail, Pair, list_details, text_detail
from reconciler.core.comparing.kinds import Equality, equality, is_empty, is_same
from reconciler.core.fields import Picture, Value, Webhook, canonical_url
from reconciler.core.target import Desired, DesiredField, Known, LiveField, Observed, WriteOnly


@dataclass(frozen=True, slots=True)
class Comparison:
    """A managed field beside its live value; `equality` is None if the live value is not known.

    `details` say what differs from the live value, or from the value that stands in for it.
    """

    field: DesiredField
    live: LiveField
    equality: Equality | None
    details: tuple[Detail, ...] = ()


NOTHING_STANDS_IN: Final[Mapping[str, Value]] = MappingProxyType({})


def diff(
    desired: Desired, observed: Observed, stand_ins: Mapping[str, Value] = NOTHING_STANDS_IN
) -> tuple[Comparison, ...]:
    """Compare every managed field with what was observed, in the order of the field table.

    `stand_ins` are values by field name: what is remembered of a field that cannot be read back.
    """
    beside = [(field, observed.get(field.name)) for field in desired.fields]
    pairs: dict[str, tuple[Value, Value]] = {}
    for field, live in beside:
        before = live.value if isinstance(live, Known) else None
        if isinstance(live, WriteOnly):
            before = stand_ins.get(field.name)
        if before is not None:
            pairs[field.name] = (before, field.value)
    found = {} if all(is_same(*pair) for pair in pairs.values()) else _differences(pairs)
    return tuple(
        Comparison(
            field=field,
            live=live,
            equality=verdict if isinstance(live, Known) else None,
            details=details,
        )
        for field, live in beside
        for verdict, details in (found.get(field.name, (Equality.SAME, ())),)
    )


_Found = tuple[Equality, tuple[Detail, ...]]
_UNSURE = "looks_a_little_different"
_REWORDED = "text_changed"
_BECAME = {"added": Became.ADDED, "removed": Became.REMOVED}


def _differences(pairs: Mapping[str, tuple[Value, Value]]) -> dict[str, _Found]:
    """Return the verdict and the details of each field that differs."""
    from deepdiff import DeepDiff

    before, after = _documents(pairs)
    operators = [_Unshown(), _Likeness(), _Words()]
    # Without a threshold: a header is named also where two webhooks have no other in common.
    tree = DeepDiff(before, after, view="tree", custom_operators=operators, threshold_to_diff_deeper=0)
    levels: dict[str, list[Any]] = defaultdict(list)
    for kind in tree:
        for level in tree[kind]:
            levels[level.path(output_format="list")[0]].append(level)
    return {name: _read(mine, before.get(name), after.get(name)) for name, mine in levels.items()}


def _documents(pairs: Mapping[str, tuple[Value, Value]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the canonical values before and after; no picture is no entry. Another empty value is of its kind."""
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name, pair in pairs.items():
        kinds = {type(value) for value in pair if not is_empty(value)} or {str}
        for side, value in zip(sides, pair, strict=True):
            form = _form(value) if not is_empty(value) else _EMPTY.get(next(iter(kinds)))
            if form is not None:
                side[name] = form
    return sides


_EMPTY: dict[type, Any] = {str: "", tuple: [], Webhook: {"url": "", "verify_token": None, "headers": {}}}


def _form(value: Value) -> Any:
    match value:
        case Webhook():
            token = str(value.verify_token) if value.verify_token is not None else None
            return {"url": canonical_url(value.url), "verify_token": token, "headers": _headers(value)}
        case tuple():
            return [*map(canonical_url, value)]
        case _:
            return value


def _headers(webhook: Webhook) -> dict[str, str | None]:
    """Return where each header's value is; a live header has none. A name that a provider shows twice is two."""
    found: dict[str, str | None] = {}
    for header in webhook.headers:
        name = header.name.lower()
        while name in found:
            name += "~"
        found[name] = str(header.secret) if header.secret is not None else None
    return found


class _Unshown:
    """Not a difference: a secret beside a value that no provider shows, and the pixels behind a picture's hash."""

    def match(self, level: Any) -> bool:
        return level.t1 is None or level.t2 is None or level.path(output_format="list")[-1:] in (["grid"], ["alpha"])

    def give_up_diffing(self, **_: Any) -> bool:
        return True


class _Likeness:
    """A picture that looks the same is the same; of one that differs, its facts are compared."""

    def match(self, level: Any) -> bool:
        return isinstance(level.t1, Picture) and isinstance(level.t2, Picture)

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        verdict = equality(level.t1, level.t2)
        if verdict is Equality.CANNOT_TELL:
            diff_instance.custom_report_result(_UNSURE, level)
        return verdict is Equality.SAME


class _Words:
    """A text of a field differs in its lines and words."""

    def match(self, level: Any) -> bool:
        is_field = level.up is not None and level.up.up is None
        return is_field and isinstance(level.t1, str) and isinstance(level.t2, str)

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        if level.t1 != level.t2:
            level.additional["detail"] = text_detail(level.t1, level.t2)
            diff_instance.custom_report_result(_REWORDED, level)
        return True


def _read(levels: list[Any], before: Any, after: Any) -> _Found:
    """Return what the tree says about one field; `before` and `after` are its two canonical values."""
    unsure = any(level.report_type == _UNSURE for level in levels)
    verdict = Equality.CANNOT_TELL if unsure else Equality.DIFFERENT
    if isinstance(before, list) and isinstance(after, list):
        return verdict, list_details(before, after, map(_places, levels))
    details = [detail for level in levels for detail in _detail(level)]
    return verdict, tuple(sorted(details, key=lambda one: one.path))


def _places(level: Any) -> Pair:
    """Return the place of an item in the list before and in the list after."""
    old, new = (level.path(output_format="list", use_t2=after)[-1] for after in (False, True))
    return {Became.ADDED: (None, new), Became.REMOVED: (old, None)}.get(_became(level), (old, new))


def _became(level: Any) -> Became:
    return _BECAME.get(level.report_type.rpartition("_")[2], Became.CHANGED)


def _detail(level: Any) -> Iterator[Detail]:
    """Yield the part of a text, a webhook or a picture that differs."""
    if level.report_type == _REWORDED:
        yield level.additional["detail"]
    elif level.report_type != _UNSURE:
        became, path = _became(level), ".".join(map(str, level.path(output_format="list")[1:]))
        before = None if became is Became.ADDED else _said(level.t1)
        after = None if became is Became.REMOVED else _said(level.t2)
        yield Detail(path, became, before=before, after=after, note=unseen(before or "", after or ""))


def _said(value: Any) -> str | None:
    """Return a header's source, a URL or a fact about a picture; a whole value is shown by its change."""
    return str(value) if isinstance(value, str | int) else None

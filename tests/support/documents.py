"""Plan documents for tests: every plan that a provider and the files can lead to, as text, and forged ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from reconciler.core.fields import FIELD, FIELD_NAMES, Header, SecretRef, Value, ValueKind, Webhook, canonical_json
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Assumed, Binding, Change, Known, Origin, Target, Unknown
from reconciler.render.json import dumps, plan_json
from tests.support import picture, planned, target

Step = tuple[str | int, ...]
# Whatever a provider shows, also half of a surrogate pair, and what a CI runner would obey.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=6) | st.just("##[error]\x7f")
REFS = st.sampled_from([SecretRef(env="WEBHOOK_VERIFY"), SecretRef(file="WEBHOOK_VERIFY")])
HEADERS = st.lists(st.sampled_from(["X-Key", "authorization", "B"]), unique=True, max_size=2).flatmap(
    lambda names: st.tuples(*(st.builds(Header, name=st.just(name), secret=st.none() | REFS) for name in sorted(names)))
)
KINDS: dict[ValueKind, st.SearchStrategy[Value]] = {
    ValueKind.URLS: st.lists(TEXTS, max_size=2).map(tuple),
    ValueKind.PICTURE: st.builds(picture, st.sampled_from("abc"), grid=st.sampled_from(["", "AAAA"])) | st.just(""),
    ValueKind.WEBHOOK: st.builds(Webhook, url=TEXTS, verify_token=st.none() | REFS, headers=HEADERS),
}
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(allow_nan=False), TEXTS)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=4
)


WAYS = st.dictionaries(st.sampled_from(["credential", "picture_base_url"]), TEXTS).map(
    lambda ways: tuple(Binding(name=name, value=value) for name, value in ways.items())
)


def document(plan: Plan) -> str:
    """Return the text that `plan --out` writes of a plan."""
    return dumps(plan_json(PlanReport(plan=plan)))


def values(field: str) -> st.SearchStrategy[Value]:
    """Any value that the field can have."""
    return KINDS.get(FIELD[field].kind, TEXTS)


def changes(field: str) -> st.SearchStrategy[Change]:
    """Any change of the field."""
    found = values(field)
    before = st.one_of(
        st.builds(Known, value=found), st.builds(Assumed, value=found, since=TEXTS, run=TEXTS), st.just(Unknown())
    )
    origins = st.sampled_from(Origin)
    return st.builds(Change, field=st.just(field), before=before, after=found, origin=origins, note=TEXTS, via=WAYS)


TARGETS: st.SearchStrategy[Target] = st.builds(
    target, TEXTS, address=st.sampled_from("12"), endpoint=st.sampled_from(["sandbox", "https://x.example"])
)
FIELDS = st.lists(st.sampled_from(FIELD_NAMES), unique=True, max_size=3)
CHANGES = FIELDS.flatmap(lambda names: st.tuples(*(changes(name) for name in names)))
PLANS: st.SearchStrategy[Plan] = st.lists(
    st.tuples(TARGETS, CHANGES, st.sampled_from(TargetStatus), st.booleans()).map(
        lambda one: _planned(*one[:3], offline=one[3])
    ),
    max_size=3,
).map(lambda targets: Plan(targets=tuple(targets)))


def _planned(to: Target, found: tuple[Change, ...], status: TargetStatus, *, offline: bool) -> TargetPlan:
    return planned(*found, to=to, status=status, offline=offline)


def places(data: Any, at: Step = ()) -> Iterator[Step]:
    """Yield the place of every piece of a JSON document."""
    yield at
    if isinstance(data, dict | list):
        for key, inner in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(inner, (*at, key))


def forged(text: str, place: Step, value: Any) -> str:
    """Return a document with another value in one place."""
    if not place:
        return json.dumps(value)
    data: Any = json.loads(text)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return json.dumps(data)


def resealed(text: str) -> str:
    """Return a document with the digests of what stands in it, as who forges it carefully would make them."""
    data: Any = json.loads(text)
    try:
        found = []
        for one in data["targets"]:
            for change in (*one["changes"], *one["not_applied"]):
                change["digest"] = _digest(one, change)
            found += [change["digest"] for change in one["changes"]]
        data["digest"] = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
    except (KeyError, TypeError, AttributeError):
        return text
    return json.dumps(data)


def _digest(where: Any, change: Any) -> str:
    known = {"unknown": True} if change["before_is"] == "unknown" else {change["before_is"]: change["before"]}
    place = {name: where[name] for name in ("provider", "endpoint", "address")}
    bound = {**place, "field": change["field"], "before": known, "after": change["after"]}
    if change["via"]:
        bound["via"] = change["via"]
    return hashlib.sha256(canonical_json(bound).encode("utf-8", "surrogatepass")).hexdigest()

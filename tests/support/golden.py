"""golden: a JSON document ↔ the part of it that differs from the defaults, which is what its golden file holds.

`DOCUMENTS` declares the defaults of every object in the documents, and nothing else is ever left out. A golden is
compared whole: `whole` puts every default back, so a key that goes missing or is new fails like a changed value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from typing import Any

from reconciler.core.memory.runs import FieldStatus
from reconciler.core.planning.treatment import Summary
from reconciler.render.json import dumps


@dataclass(frozen=True)
class Shape:
    """The default values of an object's keys, and the shapes of the objects below them; `EACH` is any other key."""

    defaults: Mapping[str, Any]
    inside: Mapping[str, Shape] = field(default_factory=dict)

    def below(self, key: str) -> Shape:
        """Return the shape of the objects that stand at a key."""
        return self.inside.get(key, self.inside.get(EACH, _PLAIN))

    def given(self, **more: Any) -> Shape:
        """Return the same with more defaults."""
        return replace(self, defaults={**self.defaults, **more})


EACH = "*"
_WIDTH = 120
_PLAIN = Shape({})
_VERSION: Mapping[str, Any] = {"format_version": "2.0"}
# The account of every case, unless the case says otherwise.
_TARGET: Mapping[str, Any] = {"account": "bakery", "endpoint": "sandbox", "provider": "meta"}
_SUMMARY = Shape({one.name: 0 for one in fields(Summary) if one.name != "profiles"})
_CAME_TO = {status.replace(" ", "_"): 0 for status in FieldStatus}
_PROBLEM = Shape({"hint": "", "location": {"column": 0, "file": "", "line": 0}, "profile": ""})
_CHANGE = Shape(
    {
        "acknowledged": "",
        "after_sensitive": {},
        "before_is": "known",
        "before_run": None,
        "before_sensitive": {},
        "before_since": None,
        "classes": [],
        "details": [],
        "note": "",
        "via": {},
    },
    {
        "details": Shape(
            {"after": None, "became": "changed", "before": None, "came_from": "", "note": "", "path": "", "pieces": []}
        )
    },
)
_DIFFERENCE = _CHANGE.given(treatment="will be sent")
_PLANNED = Shape(
    {
        **_TARGET,
        "changes": [],
        "not_applied": [],
        "notes": [],
        "offline": False,
        "reason": "",
        "status": "planned",
        "unchanged": [],
        "unreadable": [],
    },
    {
        "changes": _DIFFERENCE,
        "not_applied": _DIFFERENCE,
        "unchanged": Shape({"note": "", "reason": "in sync", "run": "", "since": ""}),
    },
)
_OUTCOME = Shape(
    {**_TARGET, "detail": "", "reasons": [], "skipped": False},
    {"fields": Shape({"after": None, "before": None, "before_is": "", "detail": ""})},
)
_PLAN = Shape(
    {
        **_VERSION,
        "base": None,
        "complete": True,
        "diagnostics": [],
        "errored": False,
        "gates": [],
        "has_changes": False,
        "head": None,
        "offline": False,
        "reasons": [],
        "released": [],
        "targets": [],
    },
    {
        "diagnostics": _PROBLEM,
        "released": Shape({"endpoint": "sandbox", "provider": "meta", "mode": "managed", "whole": False}),
        "summary": _SUMMARY,
        "targets": _PLANNED,
    },
)
_APPLY = Shape(
    {
        **_PLAN.defaults,
        "came_to": _CAME_TO,
        "gone": [],
        "run": None,
        "stale": "",
        "stopped": "",
        "superseded": None,
        "unapproved": [],
        "waiting": [],
        "unrecorded": "",
    },
    {
        **_PLAN.inside,
        "came_to": Shape(_CAME_TO),
        "run": Shape({"format_version": "1.0", "edited": False, "interrupted": ""}, {"outcomes": _OUTCOME}),
        "unapproved": Shape(
            {**_TARGET, "approved": None, "approved_for": None, "elsewhere": [], "planned_offline": False},
            {"approved": _CHANGE, "approved_for": Shape(_TARGET), "now": _CHANGE},
        ),
    },
)
_FOUND = _DIFFERENCE.given(**_TARGET, before_hash=None)
_LISTED = ("acknowledged", "by_memory", "drifted", "never_sent", "newly_managed", "observed", "pending", "unrecorded")
_DRIFT = Shape(
    {
        **_VERSION,
        **{name: [] for name in _LISTED},
        "adopted": [],
        "assumed": [],
        "blocked": [],
        "complete": True,
        "diagnostics": [],
        "no_apply": False,
        "not_adopted": [],
        "not_recorded": "",
        "reasons": [],
        "unasked": [],
        "unreadable": [],
    },
    {
        **dict.fromkeys(_LISTED, _FOUND),
        "assumed": Shape({**_TARGET, "note": ""}),
        "blocked": _PLANNED,
        "diagnostics": _PROBLEM,
        "summary": _SUMMARY,
        "unasked": Shape(_TARGET),
        "unreadable": _PLANNED,
    },
)
_REMEMBERED = ("intent", "intent_stamp", "origin", "sent", "sent_stamp", "shown", "state", "unchanged")
_SHOW = Shape(
    {**_VERSION, **_TARGET, "reason": "", "reasons": []},
    {"fields": Shape({}, {EACH: Shape(dict.fromkeys(_REMEMBERED))})},
)
# The document of each command.
DOCUMENTS: Mapping[str, Shape] = {
    "plan": _PLAN.given(held={}, further_gates=[]),
    "apply": _APPLY,
    "drift": _DRIFT,
    "show": _SHOW,
}


def differing(text: str, command: str) -> str:
    """Return the golden of a document: the document without the keys that hold their default."""
    return _laid_out(_differing(json.loads(text), DOCUMENTS[command]), indent="")


def whole(golden: str, command: str) -> str:
    """Return the document that a golden stands for: the golden with a default for each declared key that it lacks."""
    return dumps(_whole(json.loads(golden), DOCUMENTS[command]))


def _differing(data: Any, shape: Shape) -> Any:
    match data:
        case dict():
            kept = {key: value for key, value in data.items() if not _is_default(key, value, shape)}
            return {key: _differing(value, shape.below(key)) for key, value in kept.items()}
        case list():
            return [_differing(one, shape) for one in data]
        case _:
            return data


def _laid_out(data: Any, *, indent: str) -> str:
    """Return JSON in which a list or an object that fits stands on one line: a change is then one line of a diff."""
    line, deeper = json.dumps(data, sort_keys=True), indent + "  "
    if len(indent + line) <= _WIDTH:
        return line
    match data:
        case dict():
            inner = [f"{json.dumps(key)}: {_laid_out(data[key], indent=deeper)}" for key in sorted(data)]
            first, last = "{", "}"
        case list():
            inner = [_laid_out(one, indent=deeper) for one in data]
            first, last = "[", "]"
        case _:
            return line
    return f"{first}\n" + ",\n".join(deeper + one for one in inner) + f"\n{indent}{last}"


def _whole(data: Any, shape: Shape) -> Any:
    match data:
        case dict():
            given = {key: _whole(value, shape.below(key)) for key, value in data.items()}
            return {**deepcopy(dict(shape.defaults)), **given}
        case list():
            return [_whole(one, shape) for one in data]
        case _:
            return data


def _is_default(key: str, value: Any, shape: Shape) -> bool:
    """Say whether a value is its key's default. 0 and false are equal in Python and differ in JSON, so JSON decides."""
    return key in shape.defaults and json.dumps(value) == json.dumps(shape.defaults[key])

"""Inheritance: (settings, folders' defaults, templates) → what a profile begins with, before its own file is read.

The nearest writing of a key wins. From the farthest to the nearest: the `defaults` of the settings, those of the
account, those of each folder from profiles/ inwards, the templates with those that they extend, and the file itself.

A folder's defaults are the file defaults.yaml in it. It is written like a profile that has no number.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from reconciler.core.basics import Diagnostic, error
from reconciler.core.reading.layers import FolderDocument, Layer, defaults, layer, template
from reconciler.core.reading.parsing import parse_partly
from reconciler.core.reading.slips import slip_problems
from reconciler.core.reading.suggestions import Nearest, Suggest, Suggestions
from reconciler.core.yaml_documents import Document

FOLDER_DEFAULTS: Final = "defaults.yaml"
# A longer chain of templates is one that people cannot follow; more of them cost more than their files do.
DEEPEST_CHAIN: Final = 8
MOST_IN_CHAIN: Final = 64
# As many templates of a circle as a person reads.
_MOST_NAMED: Final = 6
# The keys of a folder's defaults that are no layer of fields: the nearest writing of each counts as a whole.
_KEYS: Final = ("account", "extends", "mode")


@dataclass(frozen=True, slots=True)
class SharedDocuments:
    """What several profiles may begin with: the settings, and by name the folders' defaults and the templates.

    `broken` are the paths of files that are there and could not be read.
    """

    settings: Document
    folders: Mapping[str, Document] = field(default_factory=dict)
    templates: Mapping[str, Document] = field(default_factory=dict)
    broken: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the folders above a profile give to it: their layers, and the keys that they write, as data.

    `wrong` are keys of which the nearest writing cannot be read. `whole` is False if a file cannot be read.
    """

    layers: tuple[Layer, ...] = ()
    keys: Mapping[str, Any] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()
    whole: bool = True

    def of(self, data: object) -> object:
        """Return a profile's data with the keys that it inherits; data that is not a mapping stays as it is."""
        if not isinstance(data, dict):
            return data
        unknown = {"account": ""} if "account" in self.wrong else {}
        return {**self.keys, **unknown, **data}


@dataclass(frozen=True, slots=True)
class _Folder:
    """One folder's defaults, read."""

    layer: Layer
    keys: Mapping[str, object]
    wrong: frozenset[str]


class Inheritance:
    """What profiles begin with. The names of accounts and templates are checked here, wherever they are written."""

    def __init__(self, shared: SharedDocuments, accounts: Collection[str]) -> None:
        # A wrong name in a thousand profiles is compared with the known names only once.
        self.suggest: Suggest = Suggestions()
        self._accounts = accounts
        self._broken = shared.broken
        self._near_accounts = Nearest(accounts, self.suggest)
        found = defaults(shared.settings, ("defaults",))
        self._defaults = replace(found, problems=(*slip_problems(shared.settings), *found.problems))
        self._of_accounts = {name: defaults(shared.settings, ("accounts", name, "defaults")) for name in accounts}
        self._templates = {name: template(document) for name, document in sorted(shared.templates.items())}
        self._near_templates = Nearest(self._templates, self.suggest)
        self._chains: dict[str, tuple[str, ...]] = {}
        self._chained()
        self._folders = {name: self._folder(document) for name, document in sorted(shared.folders.items())}
        self._beginnings: dict[str, Beginning] = {}

    def problems(self) -> Iterator[Diagnostic]:
        """Yield every problem of what profiles share."""
        for one in (self._defaults, *self._of_accounts.values(), *self._templates.values()):
            yield from one.problems
        for folder in self._folders.values():
            yield from folder.layer.problems

    def beginning(self, profile: str) -> Beginning:
        """Return what the folders above a profile give to it."""
        folder = posixpath.dirname(profile)
        if folder not in self._beginnings:
            self._beginnings[folder] = self._begun(folder)
        return self._beginnings[folder]

    def above(self, begun: Beginning, account: str, extends: Iterable[str]) -> tuple[Layer | None, ...]:
        """Return the layers above a profile's own, the nearest last; None stands for a template that is not known."""
        of_account = self._of_accounts.get(account)
        return (
            self._defaults,
            *(() if of_account is None else (of_account,)),
            *begun.layers,
            *(self._templates.get(name) for name in self._chain(extends)),
        )

    def given(self, profile: str, account: str) -> dict[str, object]:
        """Return the fields, as written, that a new profile of an account has before its file says anything."""
        begun = self.beginning(profile)
        above = self.above(begun, account, begun.keys.get("extends", ()))
        return {name: data for one in above if one is not None for name, data in one.fields.items()}

    def unknown_account(self, document: Document, name: str) -> Iterator[Diagnostic]:
        """Yield the error if `name`, which a document writes as its account, is not an account."""
        if name not in self._accounts:
            hint = self._near_accounts(name) or "declare it under `accounts` in reconciler.yaml"
            at = document.at(("account",))
            yield error("unknown-account", f"unknown account {name!r}", hint=hint, location=at)

    def unknown_templates(self, document: Document, names: Sequence[str]) -> Iterator[Diagnostic]:
        """Yield an error for each name under a document's `extends` that is not a template."""
        for index, name in enumerate(names):
            if name not in self._templates and name not in self._broken:
                hint = self._near_templates(name) or "templates lie in profiles/templates/"
                at = document.at(("extends", index))
                yield error("unknown-template", f"there is no template {name!r}", hint=hint, location=at)

    def _begun(self, folder: str) -> Beginning:
        above = self.beginning(folder) if folder else Beginning()
        if posixpath.join(folder, FOLDER_DEFAULTS) in self._broken:
            return replace(above, keys={}, wrong=frozenset(_KEYS), whole=False)
        mine = self._folders.get(folder)
        if mine is None:
            return above
        return Beginning(
            layers=(*above.layers, mine.layer),
            keys={**{key: data for key, data in above.keys.items() if key not in mine.wrong}, **mine.keys},
            wrong=(above.wrong - mine.keys.keys()) | mine.wrong,
            whole=above.whole,
        )

    def _folder(self, document: Document) -> _Folder:
        """Return a folder's defaults; an empty file writes nothing."""
        data = {} if document.data is None else document.data
        parsed = parse_partly(FolderDocument, document, (), data=data, stand_ins={}, suggest=self.suggest)
        written = {key: data[key] for key in _KEYS if key in data} if isinstance(data, dict) else {}
        problems: list[Diagnostic] = []
        if "account" in written and "account" not in parsed.wrong:
            problems += self.unknown_account(document, parsed.value.account)
        problems += self.unknown_templates(document, parsed.value.extends)
        found = layer(document, parsed, self.suggest)
        wrong = parsed.wrong & {*_KEYS}
        keys = {key: written[key] for key in written if key not in wrong}
        return _Folder(replace(found, problems=(*found.problems, *problems)), keys, wrong)

    def _chain(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the templates of these names with those that they extend, outer ones first.

        The last mention of a template decides; thousands of mentions are no thousands of layers.
        """
        found = [one for name in names for one in self._chains.get(name, (name,))]
        return tuple(reversed([*dict.fromkeys(reversed(found))]))

    def _chained(self) -> None:
        """Find the chain of each template, and give each of them the problems with what it extends."""
        above = {
            name: [other for other in one.extends if other in self._templates] for name, one in self._templates.items()
        }
        order, depth = TopologicalSorter(above), dict.fromkeys(above, 0)
        with suppress(CycleError):
            order.prepare()
        while ready := order.get_ready():
            for name in ready:
                one = self._templates[name]
                chain = (*self._chain(one.extends), name)
                depth[name] = 1 + max((depth[other] for other in above[name]), default=0)
                problems = [*self.unknown_templates(one.document, one.extends)]
                problems += _too_long(one.document, chain, depth[name])
                # What extends a chain that is too long is not blamed again.
                over = len(chain) > MOST_IN_CHAIN or depth[name] > DEEPEST_CHAIN
                self._chains[name], depth[name] = ((name,), 0) if over else (chain, depth[name])
                self._add(name, problems)
            order.done(*ready)
        left = {name: above[name] for name in above if name not in self._chains}
        for name in left:
            self._templates[name] = replace(self._templates[name], whole=False)
        for circle in _circles(left):
            self._add(circle[0], [_circle(circle, self._templates)])

    def _add(self, name: str, problems: Sequence[Diagnostic]) -> None:
        one = self._templates[name]
        whole = one.whole and not problems
        self._templates[name] = replace(one, problems=(*one.problems, *problems), whole=whole)


def _too_long(document: Document, chain: Sequence[str], depth: int) -> Iterator[Diagnostic]:
    name, at = chain[-1], document.at_key(("extends",))
    if depth > DEEPEST_CHAIN:
        summary = f"{name} is template {depth} of a chain, {depth - DEEPEST_CHAIN} over the limit of {DEEPEST_CHAIN}"
        hint = "extend a template that is nearer to the beginning of the chain"
        yield error("template-chain", summary, hint=hint, location=at)
    elif len(chain) > MOST_IN_CHAIN:
        over = len(chain) - MOST_IN_CHAIN
        summary = f"{name} and what it extends are {len(chain)} templates, {over} over the limit of {MOST_IN_CHAIN}"
        yield error("template-chain", summary, hint="put what they share into fewer templates", location=at)


def _circle(names: Sequence[str], templates: Mapping[str, Layer]) -> Diagnostic:
    """Return the error for templates that extend each other in a circle, with the place of each step."""
    steps = [(name, names[(at + 1) % len(names)]) for at, name in enumerate(names)]
    places = [templates[name].document.at(("extends", templates[name].extends.index(other))) for name, other in steps]
    shown = [*names[:_MOST_NAMED], *([f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else [])]
    summary = f"templates extend each other in a circle: {' → '.join((*shown, names[0]))}"
    hint = f"take out one of {', '.join(map(str, places[:_MOST_NAMED]))}" if len(names) > 1 else "take it out"
    return error("template-chain", summary, hint=hint, location=places[0])


def _circles(above: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle of templates that extend each other, once."""
    seen: set[str] = set()
    for first in above:
        path: dict[str, None] = {}
        name = first
        while name not in seen:
            seen.add(name)
            path[name] = None
            name = next(other for other in above[name] if other in above)
        if name in path:
            names = [*path]
            yield tuple(names[names.index(name) :])

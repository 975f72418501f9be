"""alike: (differences) → those that are the same in several profiles, each once, and all the others.

SharedChanges: the profiles, the changes that each of them has, and the place that all of these come from.

A text may hold words of each profile's own, such as a city. Where those words stay, the change is still the same, and
`…` stands for them. Where a template's whole text is replaced, each profile's own words in the new one stand beside its
name. So a block never hides what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.core.basics import NOWHERE, Location
from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.plan import TargetPlan
from reconciler.core.planning.treatment import ChangePairs
from reconciler.core.target import Assumed, Change, Known, Origin
from reconciler.render.pieces import ELLIPSIS, words_of

# Fewer profiles than these are shown one by one.
FEWEST = 3
_Pair = tuple[TargetPlan, Change]
_NUMBERS = re.compile(r"[0-9]+")
# A word is cut nowhere, and the punctuation beside it stays.
_WORD_ENDS = re.compile(r"""[^\s("']+\Z""")
_ENDS = r"""[.,;:!?)"']*(?:\s|\Z)"""
_WORD_BEGINS = re.compile(rf"\A(?!{_ENDS})\S+?(?={_ENDS})")


@dataclass(frozen=True, slots=True)
class SharedChanges:
    """What is the same in each of `members`. A change that each profile's own file asks for has no place.

    In a change of a text `…` stands for each profile's own words; its values are those of the longest. `words` are
    those that come, for each of the members; () if all that comes is the same.
    """

    members: tuple[TargetPlan, ...]
    changes: tuple[Change, ...]
    words: tuple[tuple[str, ...], ...] = ()

    @property
    def sample(self) -> ChangePairs:
        """The changes, as those of the first profile."""
        return tuple((self.members[0], change) for change in self.changes)

    @property
    def place(self) -> Location:
        """The one place that all the changes come from, or their one file; NOWHERE if they have neither."""
        return _common_place(one.source for one in self.changes)

    @property
    def in_own_files(self) -> bool:
        """True if each profile's own file asks for all of it."""
        return not any(one.source.file for one in self.changes)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles, in the order of the plan."""
        return tuple(dict.fromkeys(member.target.profile for member in self.members))

    @property
    def named(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each member's profile, with the words of its own that come."""
        names = (member.target.profile for member in self.members)
        return tuple(zip(names, self.words or ((),) * len(self.members), strict=True))

    @property
    def said(self) -> str:
        """What a title calls it."""
        number = len(self.changes)
        return "The same change" if number == 1 else f"The same {number} changes"


def alike(found: ChangePairs) -> tuple[tuple[SharedChanges, ...], ChangePairs]:
    """Return the changes that at least three profiles share, and the other pairs in their order.

    Changes that several profiles share together are one block.
    """
    blocks: dict[tuple[TargetKey, ...], list[_Group]] = {}
    shared: set[tuple[TargetKey, str]] = set()
    for group in _groups(found):
        blocks.setdefault(tuple(planned.target.key for planned, _ in group.pairs), []).append(group)
        shared.update((planned.target.key, change.field) for planned, change in group.pairs)
    rest = tuple((planned, change) for planned, change in found if (planned.target.key, change.field) not in shared)
    return tuple(_block(mine) for mine in blocks.values()), rest


@dataclass(frozen=True, slots=True)
class _Group:
    """One change of several profiles, how it is shown, and for each of them the words of its own that come."""

    pairs: Sequence[_Pair]
    shown: Change
    words: tuple[str, ...] = ()


def _groups(found: ChangePairs) -> Iterator[_Group]:
    same: dict[Hashable, list[_Pair]] = {}
    for planned, change in found:
        same.setdefault((*_kind(planned, change), *_values(change)), []).append((planned, change))
    replaced: dict[Hashable, list[_Pair]] = {}
    for pairs in same.values():
        if len(pairs) >= FEWEST:
            yield _Group(pairs, _shown(pairs))
            continue
        for planned, change in pairs:
            if _is_of_a_template(planned, change):
                replaced.setdefault((*_kind(planned, change), _before(change)), []).append((planned, change))
    yield from (group for pairs in replaced.values() if len(pairs) >= FEWEST for group in _replaced(pairs))


def _is_of_a_template(planned: TargetPlan, change: Change) -> bool:
    texts = isinstance(change.before_value, str) and isinstance(change.after, str)
    return texts and change.source.file not in ("", planned.file) and not words_of(change)


def _before(change: Change) -> str:
    """Return how the text before begins, if a template made it; else all of it, for it may be anything."""
    text = str(change.before_value)
    return text.split(" ", 1)[0] if change.origin in (Origin.EDITED, Origin.PENDING) else text


def _replaced(pairs: Sequence[_Pair]) -> Iterator[_Group]:
    """Yield the change of a template's whole text, if the texts before have enough in common, and those after."""
    old, new = [str(change.before_value) for _, change in pairs], [str(change.after) for _, change in pairs]
    was, comes = shared_words(old), shared_words(new)
    if not (_is_enough(was, old) and _is_enough(comes, new)):
        return
    sample = _shown(pairs)
    pieces = (Piece(Became.KEPT, ""), Piece(Became.REMOVED, was), Piece(Became.ADDED, comes))
    shown = replace(sample, details=(Detail("", Became.CHANGED, pieces=pieces),))
    if words_of(shown):
        yield _Group(pairs, shown, _own_words(new))


def _own_words(texts: Sequence[str]) -> tuple[str, ...]:
    """Return what stands in each text where the others have something else; () if they are equal."""
    head, tail = _ends(texts)
    return tuple(text[len(head) : len(text) - len(tail)] for text in texts) if len(set(texts)) > 1 else ()


def _is_enough(shared: str, texts: Sequence[str]) -> bool:
    return len(shared) >= max(map(len, texts)) / 3


def _block(groups: Sequence[_Group]) -> SharedChanges:
    members = tuple(planned for planned, _ in groups[0].pairs)
    words = tuple(zip(*(group.words for group in groups if group.words), strict=True))
    return SharedChanges(members=members, changes=tuple(group.shown for group in groups), words=words)


def _kind(planned: TargetPlan, change: Change) -> tuple[Hashable, ...]:
    """Return what is equal for two changes that a person reads as the same one, besides their values."""
    source = None if change.source.file == planned.file else replace(change.source, column=0)
    notes = (_NUMBERS.sub("0", change.note), change.acknowledged, tuple(one.note for one in change.details))
    origin = (change.field, change.origin, change.action, change.limit, source, *_word(change))
    return (*origin, *notes, planned.status, planned.reason, planned.offline)


def _values(change: Change) -> tuple[Hashable, ...]:
    """Return both values, and of a text of which some stays, only what comes and goes."""
    stays = tuple((one.became, None if one.became is Became.KEPT else one.text) for one in words_of(change))
    return (stays,) if stays else (change.before_value, change.after)


def _word(change: Change) -> tuple[str, ...]:
    """Return on whose word the value before is known."""
    before = change.before
    said = before.run if isinstance(before, Assumed) else before.doubt if isinstance(before, Known) else ""
    return (type(before).__name__, said)


def _shown(pairs: Sequence[_Pair]) -> Change:
    """Return the change to show for all: what differs from profile to profile is left out of it."""
    changes = [change for _, change in pairs]
    longest = max(changes, key=lambda change: len(change.after) if isinstance(change.after, str) else 0)
    sample = replace(
        longest,
        source=_common_place(change.source for change in changes),
        note=shared_words([change.note for change in changes]),
    )
    if isinstance(sample.before, Assumed):
        times = [change.before.since for change in changes if isinstance(change.before, Assumed)]
        sample = replace(sample, before=replace(sample.before, since=min(times)))
    return _without_own_words(sample, [words_of(change) for change in changes])


def _common_place(sources: Iterable[Location]) -> Location:
    places = {replace(source, column=0) for source in sources}
    if len(places) == 1:
        return places.pop()
    files = {place.file for place in places}
    return Location(file=files.pop()) if len(files) == 1 else NOWHERE


def _without_own_words(sample: Change, texts: Sequence[tuple[Piece, ...]]) -> Change:
    pieces = tuple(Piece(runs[0].became, shared_words([run.text for run in runs])) for runs in zip(*texts, strict=True))
    return replace(sample, details=(replace(sample.details[0], pieces=pieces),)) if pieces else sample


def shared_words(texts: Sequence[str]) -> str:
    """Return what texts begin and end with in whole words, with `…` between; a text that all of them are as it is."""
    return ELLIPSIS.join(_ends(texts)) if len(set(texts)) > 1 else texts[0]


def _ends(texts: Sequence[str]) -> tuple[str, str]:
    """Return what texts begin with and what they end with, in whole words; the two never overlap."""
    head = _WORD_ENDS.sub("", _beginning(min(texts), max(texts)))
    backwards = [text[len(head) :][::-1] for text in texts]
    return head, _WORD_BEGINS.sub("", _beginning(min(backwards), max(backwards))[::-1])


def _beginning(one: str, other: str) -> str:
    """Return what two texts begin with; of many, the least and the greatest share what all of them share."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:at]
    return one[: len(other)]

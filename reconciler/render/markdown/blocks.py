"""The blocks that several pages share: profiles with their fields, what profiles share, gates.

profile_block, changes_blocks, gates_table: → blocks of a sheet.
table: rows of Markdown → a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from typing import Protocol

from reconciler.core.basics import Location, many
from reconciler.core.planning.treatment import ChangePairs
from reconciler.core.roster import Business
from reconciler.core.safety.gates import Tripped
from reconciler.core.target import Target
from reconciler.render.alike import SharedChanges, alike
from reconciler.render.markdown.changes import change_row
from reconciler.render.markdown.sheet import Block, Links, View, place_link
from reconciler.render.safe_text import code_span, html_code, isolated, prose
from reconciler.render.words import provider_words

_BAR = r"\|"


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows of Markdown as a table."""
    return "\n".join(map(_row, (header, ("---",) * len(header), *rows)))


def _row(cells: tuple[str, ...]) -> str:
    # A bar ends a cell even within code, unless it is escaped.
    return f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"


# A page with more profiles than these folds them, so that a person can look through it.
OPEN = 10
_NAMES = 10
_NAME_BYTES = 16_000
PLANNED = ("Field", "Before", "After", "Why")
_LOOKED_AT = ("Field", "On WhatsApp", "In the files", "Why")


class Named(Protocol):
    """Something that a page names by its file: a target of a plan, or a change of an approved one."""

    @property
    def target(self) -> Target:
        """The target that it belongs to."""

    @property
    def place(self) -> Location:
        """Where it is written, NOWHERE if no file is known."""

    @property
    def business(self) -> Business:
        """What its provider says of the business behind the number."""


def name_cell(named: Named, links: Links) -> str:
    """Return a target by its file, and of a row by its name too; by the name alone if no file is known."""
    name = code_span(named.target.profile)
    if not named.place.file:
        return name
    return f"{place_link(named.place, links)}{f' {name}' if named.place.line else ''}"


def number_cell(named: Named) -> str:
    """Return a target's number, beside the business that customers see, if that is known."""
    name, number = named.business.name, code_span(named.target.number)
    return f"{isolated(code_span(name))} ({number})" if name else number


def account_of(target: Target) -> str:
    """Return a target's account and its provider."""
    return f"{prose(target.account)} ({prose(provider_words(target.provider, target.endpoint))})"


def profile_block(named: Named, body: str, *, fields: Sequence[str], noun: str, links: Links, folded: bool) -> Block:
    """Return one profile's part of a page: a title that names it, and below it the text about its `fields`."""
    target, place = named.target, str(named.place)
    plain = " ".join(filter(None, (place, target.profile if named.place.line or not place else "")))
    if folded:
        parts = filter(None, (plain, named.business.name, target.number))
        title = " · ".join(isolated(html_code(part)) for part in parts)
        fold = f"{title} · {many(len(fields), noun)}: {', '.join(map(html_code, fields))}"
        text = f"<details>\n<summary>{fold}</summary>\n\n{account_of(target)}\n\n{body}\n\n</details>"
    else:
        title = " · ".join((name_cell(named, links), number_cell(named), account_of(target)))
        text = f"##### {title}\n\n{body}"
    instead = f"- {code_span(plain)}: {', '.join(map(code_span, fields))} (too large to be shown here)"
    return Block(text=text, noun=noun, instead=instead, fields=len(fields), profiles=(target.profile,))


def changes_blocks(found: ChangePairs, view: View, *, sends: bool) -> tuple[Block, ...]:
    """Return one block for what several profiles share, then one for each profile; `sends` says that an apply sends it.

    Each has a row for each change.
    """
    header, noun = (PLANNED, "change") if sends else (_LOOKED_AT, "difference")
    shared, rest = alike(found)
    by_target = [list(mine) for _, mine in groupby(rest, key=lambda pair: pair[0].target.key)]
    together = (
        _shared_block(one, _body(one.sample, view, header=header, sends=sends), noun=noun, links=view.links)
        for one in shared
    )
    return (
        *together,
        *(
            profile_block(
                mine[0][0],
                _body(mine, view, header=header, sends=sends),
                fields=[change.field for _, change in mine],
                noun=noun,
                links=view.links,
                folded=len(by_target) > OPEN,
            )
            for mine in by_target
        ),
    )


def _shared_block(shared: SharedChanges, body: str, *, noun: str, links: Links) -> Block:
    """Return what several profiles share: a title that says how many, the changes, and the names in a fold."""
    names, fields = shared.profiles, ", ".join(code_span(change.field) for change in shared.changes)
    said = f"{shared.said} in {many(len(names), 'profile')}"
    place = f", from {place_link(shared.place, links)}" if shared.place.file else ""
    own = ", each in its own file" if shared.in_own_files else ""
    title = " · ".join((f"{said}{place}{own}", accounts_of(shared)))
    return Block(
        text=f"##### {title}\n\n{body}\n\n{_folded(shared)}",
        noun=noun,
        instead=f"- {said}: {fields} (too large to be shown here)",
        fields=len(shared.changes) * len(shared.members),
        profiles=names,
    )


def _folded(shared: SharedChanges) -> str:
    """Return all names, as far as they fit beside the other parts of a page; many of them are folded.

    Beside each are the words of its own that come.
    """
    shown = [f"{code_span(name)}{_own(words)}" for name, words in shared.named]
    if len(shown) <= _NAMES:
        return ", ".join(shown)
    fold = first_of([html_code(name) for name in shared.profiles])
    fitting = sum(size <= _NAME_BYTES for size in accumulate(len(one.encode()) + 2 for one in shown))
    more = f" and {len(shown) - fitting:,} more" if fitting < len(shown) else ""
    return f"<details>\n<summary>{fold}</summary>\n\n{', '.join(shown[:fitting])}{more}\n\n</details>"


def _own(words: tuple[str, ...]) -> str:
    return f" ({', '.join(isolated(code_span(one)) for one in words)})" if words else ""


def accounts_of(shared: SharedChanges) -> str:
    """Return the accounts of several profiles, and their providers."""
    return first_of(list(dict.fromkeys(account_of(member.target) for member in shared.members)))


def _body(mine: ChangePairs, view: View, *, header: tuple[str, ...], sends: bool) -> str:
    reason = mine[0][0].reason
    shown = table(header, (change_row(planned, change, view, sends=sends) for planned, change in mine))
    return f"{prose(reason)}\n\n{shown}" if reason else shown


def in_numbers(found: Iterable[tuple[int, str]]) -> str:
    """Return how many profiles there are of each kind, without the kinds that have none."""
    some = [(number, word) for number, word in found if number]
    if not some:
        return ""
    (number, word), *rest = some
    return ", ".join((f"{many(number, 'profile')} {word}", *(f"{more:,} {what}" for more, what in rest))) + "."


def gates_table(tripped: Sequence[Tripped], opens: Sequence[str] = ()) -> Block:
    """Return what each gate says and about which profiles, and, if it is given, what `opens` it."""
    rows = [(code_span(gate.gate), prose(gate.summary), profiles_cell(gate.profiles)) for gate in tripped]
    header: tuple[str, ...] = ("Gate", "What it says", "Profiles")
    shown = (
        table((*header, "What lets it pass"), ((*row, opened) for row, opened in zip(rows, opens, strict=True)))
        if opens
        else table(header, rows)
    )
    instead = f"- {', '.join(row[0] for row in rows)} (too large to be shown here)"
    return Block(text=shown, noun="gate table", instead=instead)


def profiles_cell(names: tuple[str, ...]) -> str:
    """Return the first ten of the profiles, and how many more there are."""
    return first_of([code_span(name) for name in names])


def first_of(shown: Sequence[str]) -> str:
    """Return the first ten of some texts, and how many more there are."""
    more = f" and {len(shown) - _NAMES:,} more" if len(shown) > _NAMES else ""
    return ", ".join(shown[:_NAMES]) + more

"""fitted: (a sheet, how many bytes there are) → one text of whole blocks, and a count of what is left out.

section, items: lines or blocks → blocks that stay together with their heading.
place_link, commit_link: (a place or a commit, where links lead) → a link, or plain text if no repository is known.
place_address, commit_address: the same → the address alone.
why, replaced: a change → in a pull request's words, why it is there and what it replaces.

A lead is always kept; the module that makes it bounds it. Nothing is ever cut inside a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from reconciler.core.basics import Location, many
from reconciler.core.comparing.kinds import is_worth_keeping
from reconciler.core.explanations import ORIGINS
from reconciler.core.target import Change, Origin, Unknown
from reconciler.render.markdown.buttons import PageWords, words_of_github, words_of_gitlab
from reconciler.render.safe_text import code_span

# Bytes for the sentence that says what is left out.
_RESERVED = 1_000


@dataclass(frozen=True, slots=True)
class Block:
    """A piece that is shown whole or not at all; `instead` is the line for a piece that fits on no page.

    It is counted as one `noun`, or as `fields` of them in its `profiles`, which are the names of their targets. One
    that `follows` continues the list before it.
    """

    text: str
    noun: str
    instead: str
    fields: int = 0
    follows: bool = False
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything there is to say: the lead first, then blocks in the order of their importance."""

    lead: str
    blocks: tuple[Block, ...] = ()


def fitted(sheet: Sheet, most: int | None = None, *, elsewhere: str = "") -> str:
    """Return as much of `sheet` as fits in `most` bytes of UTF-8; `elsewhere` says where the whole can be seen."""
    if most is None:
        return "".join((sheet.lead, *(f"{_gap(block)}{block.text}" for block in sheet.blocks), "\n"))
    room = whole = most - _size(sheet.lead) - _RESERVED
    parts = [sheet.lead]
    left: Sequence[Block] = ()
    for index, block in enumerate(sheet.blocks):
        text = f"{_gap(block)}{block.text if _size(block.text) < whole else block.instead}"
        room -= _size(text)
        if room < 0:
            left = sheet.blocks[index:]
            break
        parts.append(text)
    if left:
        parts.append(f"\n\n**Not shown here:** {', '.join(_counted(left))}{elsewhere}.")
    return "".join((*parts, "\n"))


def _gap(block: Block) -> str:
    return "\n" if block.follows else "\n\n"


def _size(text: str) -> int:
    return len(text.encode())


def _counted(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield how many of each noun are left out, in the order of the blocks."""
    found: dict[str, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.noun, []).append(block)
    for noun, mine in found.items():
        number = sum(block.fields for block in mine)
        profiles = {name for block in mine for name in block.profiles}
        yield f"{many(number, noun)} in {many(len(profiles), 'profile')}" if number else many(len(mine), noun)


def section(title: str, blocks: Sequence[Block], *, below: str = "") -> Iterator[Block]:
    """Yield `blocks` under a heading, which stays with the first of them; without blocks, yield nothing."""
    head = f"#### {title}\n\n" + (f"{below}\n\n" if below else "")
    for number, block in enumerate(blocks):
        if number:
            yield block
        else:
            yield replace(block, text=head + block.text, instead=head + block.instead, follows=False)


def items(noun: str, lines: Sequence[str]) -> tuple[Block, ...]:
    """Return a list with one block for each of its lines."""
    long = f"- 1 {noun} that is too large to be shown here"
    return tuple(Block(text=f"- {line}", noun=noun, instead=long, follows=True) for line in lines)


# At GitHub OWNER/NAME. At GitLab a path of groups, and the dash below which its pages stand.
_REPOSITORY = re.compile(r"https://[\w.-]+(?::[0-9]+)?/[\w.-]+/[\w.-]+(?:(?:/[\w.-]+)*/-)?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_RUN = re.compile(r"(?:actions/runs|pipelines)/[0-9]+", re.ASCII)
_WORKFLOW = re.compile(r"[\w.-]+\.ya?ml", re.ASCII)
SHORT = 7


@dataclass(frozen=True, slots=True)
class Links:
    """Where the files can be seen: the address below which the repository's pages are, and the commit.

    `folder` is the files' folder in the repository, empty or with a slash at its end. `run` is the address of the run
    that speaks, `workflow` the file of its workflow, and `applies` that of the one that applies, as far as are known.
    """

    repository: str = ""
    commit: str = ""
    folder: str = ""
    run: str = ""
    workflow: str = ""
    applies: str = ""

    @property
    def words(self) -> PageWords:
        """The words of the forge, with links to its buttons; only GitLab has a dash before its pages."""
        home = self.repository if _REPOSITORY.fullmatch(self.repository) else ""
        run = self.run if home and _RUN.fullmatch(self.run.removeprefix(f"{home}/")) else ""
        if self.repository.endswith("/-"):
            return words_of_gitlab(home, run=run)
        mine, applies = (name if _WORKFLOW.fullmatch(name) else "" for name in (self.workflow, self.applies))
        return words_of_github(home, run=run, workflow=mine, applies=applies)


def place_link(location: Location, links: Links) -> str:
    """Return a place in a file, without its column, which readers of a page do not need."""
    return _linked(code_span(str(replace(location, column=0))), place_address(location, links))


def place_address(location: Location, links: Links) -> str:
    """Return where a place in a file can be seen, "" if no repository is known."""
    line = f"#L{location.line}" if location.line else ""
    path = quote(links.folder + location.file, errors="replace")
    return _address(f"/blob/{links.commit}/{path}{line}", links) if _COMMIT.fullmatch(links.commit) else ""


def commit_link(name: str, links: Links) -> str:
    """Return a commit by the first digits of its name."""
    return _linked(code_span(name[:SHORT]), commit_address(name, links))


def commit_address(name: str, links: Links) -> str:
    """Return where a commit can be seen, "" if no repository is known."""
    return _address(f"/commit/{name}", links) if _COMMIT.fullmatch(name) else ""


def _address(path: str, links: Links) -> str:
    return f"{links.repository}{path}" if _REPOSITORY.fullmatch(links.repository) else ""


def _linked(text: str, address: str) -> str:
    return f"[{text}]({address})" if address else text


_REPLACES = "; what WhatsApp shows now is replaced"


@dataclass(frozen=True, slots=True)
class View:
    """Where places lead, and whether there is a base."""

    links: Links = Links()
    based: bool = False


def why(change: Change, view: View, *, offline: bool) -> str:
    """Return why a change is there, in the words of a pull request; `offline` says that no provider was asked."""
    origin = change.origin
    if view.based and origin is Origin.EDITED:
        return f"changed in this {view.links.words.pull}"
    if isinstance(change.before, Unknown) and ORIGINS[origin].first_contact:
        return f"{ORIGINS[origin].page}; {'not looked at' if offline else 'the current value cannot be read'}"
    return ORIGINS[origin].page


def replaced(change: Change) -> str:
    """Say that sending a newly managed field replaces a value worth keeping; "" if nothing is lost."""
    before = change.before_value
    lost = before is not None and is_worth_keeping(change.field, before)
    return _REPLACES if change.origin is Origin.ADOPTED and lost else ""

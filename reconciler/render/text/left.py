"""left_parts: (differences, consent) → those that apply does not simply send, in groups, with what a person can do.

A group is of one origin that an apply treats in one way. Its title says both.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import groupby

from reconciler.core.explanations import LEFT, ORIGINS, Consent, Treatment
from reconciler.core.planning.summary import ChangePairs, treated
from reconciler.core.target import Origin
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, styled
from reconciler.render.text.changes import Below, differing, nothing

# With more profiles than these a command names none, and so means all of them.
_NAMES = 10
_ACCEPTED = "Accepted in profiles/drift-ignore.yaml (left alone)"


def grouped(found: ChangePairs, consent: Consent) -> Iterator[tuple[str, Origin, Treatment, ChangePairs]]:
    """Yield each group that `found` has: its title, its origin, what an apply does with it, and its differences."""
    for origin in Origin:
        for way in Treatment:
            mine = [(p, c) for p, c in found if c.origin is origin and treated(p, c, consent) is way]
            if mine:
                yield f"{ORIGINS[origin].title} ({_words(way)})", origin, way, mine


def _words(way: Treatment) -> str:
    return "the next apply sends what the file says" if way is Treatment.SENT else way.value


def left_parts(found: ChangePairs, consent: Consent, *, below: Below = nothing) -> Iterator[str]:
    """Yield each group under its title, and under it what a person can do; accepted differences come last."""
    for title, origin, way, mine in grouped([pair for pair in found if not pair[1].acknowledged], consent):
        yield styled(f"{title}:", Look.HEADING)
        *parts, last = targets(mine, below=below)
        yield from parts
        yield "\n".join((last, *(_ways(origin, mine) if way in LEFT else ())))
    if accepted := [pair for pair in found if pair[1].acknowledged]:
        yield styled(f"{_ACCEPTED}:", Look.HEADING)
        *parts, last = targets(accepted)
        yield from parts
        flags = "".join(f" --allow {origin}" for origin in sorted({change.origin for _, change in accepted}))
        command = terminal(f"reconciler apply{named(accepted)}{flags}")
        yield f"{last}\n    send what the file says all the same: {command}"


def targets(found: ChangePairs, *, below: Below = nothing) -> Iterator[str]:
    """Yield each target of `found` with its differences."""
    for _, mine in groupby(found, key=lambda pair: pair[0].target.key):
        pairs = list(mine)
        yield differing(pairs[0][0], [change for _, change in pairs], below=below)


def _ways(origin: Origin, found: ChangePairs) -> Iterator[str]:
    names = named(found)
    for way in ORIGINS[origin].ways:
        yield f"    {way.what}: {terminal(way.command.format(names=names))}"


def named(found: ChangePairs) -> str:
    """Return the profiles of `found` as a shell takes them, each after a space; too many are not named."""
    profiles = dict.fromkeys(planned.target.profile for planned, _ in found)
    return "".join(f" {shlex.quote(name)}" for name in profiles) if len(profiles) <= _NAMES else ""

"""Texts that are nearly right: each is made of sound ones, by a few changes of its bytes or of its values.

mutated: (sound texts, chance) → one that no person would write by hand. The same chance makes the same text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.support.every_key import VALUES

_MOST_CHANGES = 3
# How many of the changes take no notice of what the bytes mean.
_COARSE = 0.3
_MOST_BYTES = 256 * 1024
_LONGEST = 200
# What readers of YAML and JSON stumble over.
_TOKENS = (
    *(
        b":",
        b": ",
        b"- ",
        b"\n- ",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b'"',
        b"'",
        b"#",
        b" #",
        b"&a ",
        b"*a",
        b"!!str ",
        b"!",
    ),
    *(
        b"|\n",
        b">\n",
        b"? ",
        b"---\n",
        b"...\n",
        b"%YAML 1.2\n",
        b"<<: ",
        b"~",
        b"null",
        b"\t",
        b"\r\n",
        b"\x00",
        b"\x85",
    ),
    *(
        b"${a}",
        b"$${",
        b"${",
        b"1e999",
        b"0x1F",
        b".nan",
        b"12:30:45",
        b"2026-02-30",
        b"9" * 400,
        b"\\ud800",
        b"\\u0000",
    ),
    *(
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xae",
        b"\xf0\x9f\x91\x8d",
        b"[" * 300,
        b"{a: " * 90,
    ),
)
_JSON: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        100,
        10**400,
        1.5,
        float("nan"),
        float("inf"),
        "",
        "x",
        "100",
        "\ud800",
        "\x00",
        "\u2066x\u2069",
    ),
    *(
        "x" * 5000,
        "https://[::1",
        "+493012345678",
        "sha256:",
        [],
        {},
        [[]],
        [None],
        {"": None},
        ["x"] * 50,
        {"id": {"id": []}},
    ),
)


def mutated(sound: Sequence[bytes], random: Random) -> bytes:
    """Return one of the texts with one to three changes."""
    content = random.choice(sound)
    change = _values if content[:1] in (b"{", b"[") else _line
    for _ in range(random.randint(1, _MOST_CHANGES)):
        content = (_bytes if random.random() < _COARSE else change)(content, random)
    return content[:_MOST_BYTES]


def _bytes(content: bytes, random: Random) -> bytes:
    at = random.randint(0, len(content))
    end = min(len(content), at + random.randint(0, random.choice((1, 8, _LONGEST))))
    match random.randrange(7):
        case 0:
            return content[:at] + random.choice(_TOKENS) + content[at:]
        case 1:
            return content[:at] + random.choice(_TOKENS) + content[end:]
        case 2:
            return content[:at] + content[end:]
        case 3:
            return content[:end] + content[at:]
        case 4:
            return content[:at] + random.randbytes(random.randint(1, 4)) + content[end:]
        case 5:
            return content[:at]
        case _:
            lines = content.split(b"\n")
            random.shuffle(lines)
            return b"\n".join(lines)


def _line(content: bytes, random: Random) -> bytes:
    """Write another value behind a key of a YAML text, or move the line out of its place."""
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    key, colon, _ = lines[at].partition(b":")
    match random.randrange(4):
        case 0:
            lines.insert(random.randrange(len(lines)), lines.pop(at))
        case 1:
            lines[at] = b" " * random.randint(0, 4) + lines[at]
        case _:
            lines[at] = key + colon + b" " + random.choice(VALUES).encode()
    return b"\n".join(lines)


def _values(content: bytes, random: Random) -> bytes:
    """Change one value or key of a JSON text; one that is no longer JSON stays as it is."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return content
    places = list(_places(data))
    if not places:
        return content
    holder, key = random.choice(places)
    match random.randrange(5):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[str(random.choice(_JSON))[:20]] = holder.pop(key)
        case 2:
            holder[key] = [holder[key]]
        case 3:
            other, where = random.choice(places)
            holder[key] = json.loads(json.dumps(other[where]))
        case _:
            holder[key] = random.choice(_JSON)
    try:
        return json.dumps(data, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 1))).encode()
    except UnicodeEncodeError:
        return json.dumps(data).encode()


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Return each holder with each of its keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [data]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            waiting.append(one[key])
    return found

"""The example fleet: three shops of a bakery in the sandbox, and the commands that show what the program does with it.

EXAMPLE_FILES: path below profiles/ → text. example_logo: → the picture that the shops share.
DEMO_STEPS: the commands of `reconciler demo` in their order, each with the sentences before it.
"""

from __future__ import annotations

import shlex
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

EXAMPLE_LOGO: Final = "pictures/logo.png"
EXAMPLE_ACCOUNTS: Final = """\
accounts:
  bakery:
    provider: meta
    # The stand-in for Meta's API. Without this line, calls go to Meta.
    endpoint: sandbox
    waba_id: "102290129340398"
    credentials:
      # The name of a variable, never the token. At the sandbox it need not be set.
      token: {env: META_TOKEN}

  shops-360:
    provider: 360dialog
    # One key for each number, in D360_API_KEY_<PROFILE>.
    endpoint: sandbox
"""
_BERLIN = """\
# yaml-language-server: $schema=../schemas/profile.meta.schema.json
account: bakery
number: "+493012345678"
phone_number_id: "106540352242922"
extends: [templates/bakery.yaml]
vars: {city: Berlin}
profile:
  # The only shop that opens on Sundays.
  about: Fresh bread in ${city}, every day from six.
  address: Torstraße 1, 10119 Berlin
"""
_MUNICH = """\
# yaml-language-server: $schema=../schemas/profile.meta.schema.json
account: bakery
number: "+498912345678"
phone_number_id: "106540352242923"
extends: [templates/bakery.yaml]
vars: {city: Munich}
"""
_HAMBURG = """\
# yaml-language-server: $schema=../schemas/profile.360dialog.schema.json
account: shops-360
number: "+494012345678"
extends: [templates/bakery.yaml]
vars: {city: Hamburg}
"""
_TEMPLATE = """\
# yaml-language-server: $schema=../../schemas/template.schema.json
# What every shop says. A profile that says something itself wins.
profile:
  about: Fresh bread in ${city}, Monday to Saturday.
  websites: [https://goldcrust.example]
  picture: pictures/logo.png
"""
EXAMPLE_FILES: Final[Mapping[str, str]] = {
    "berlin.yaml": _BERLIN,
    "hamburg.yaml": _HAMBURG,
    "munich.yaml": _MUNICH,
    "templates/bakery.yaml": _TEMPLATE,
}


@dataclass(frozen=True, slots=True)
class DemoStep:
    """One command of the demo, and the sentence that is printed before it."""

    said: str
    words: tuple[str, ...]

    @property
    def typed(self) -> str:
        """The command as a shell takes it."""
        return shlex.join(("reconciler", *self.words))


DEMO_STEPS: Final = (
    DemoStep("The plan compares the files with what WhatsApp shows. It sends nothing.", ("plan",)),
    DemoStep(
        "Apply sends these changes and reads them back. Without --auto-approve it shows the plan and waits for a yes.",
        ("apply", "--auto-approve"),
    ),
    DemoStep("A second plan finds nothing to do.", ("plan",)),
    DemoStep(
        "The shop in Berlin now edits its profile on the phone. In the sandbox, this command makes that edit.",
        ("sandbox", "--edit", "+493012345678", "about", "Fresh bread in Berlin, every day from five."),
    ),
    DemoStep("The file still says six. Drift shows the edit, and sends nothing.", ("drift",)),
    DemoStep(
        "The shop is right, so the file takes the edit over. Comments in the file stay.",
        ("drift", "--adopt"),
    ),
    DemoStep("File and WhatsApp agree again.", ("plan",)),
)

_EDGE = 640
# Indices into the palette: cream, and two browns.
_PALETTE = bytes((0xFA, 0xF3, 0xE3, 0xB5, 0x6B, 0x2A, 0x7A, 0x42, 0x14))


def example_logo() -> bytes:
    """Return a round loaf with two cuts as a PNG."""
    rows = b"".join(b"\0" + bytes(_row(line)) for line in range(_EDGE))
    head = struct.pack(">IIBBBBB", _EDGE, _EDGE, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", _PALETTE), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _row(line: int) -> Iterator[int]:
    """Yield the colour of each pixel of one line: the loaf is a disc, and the cuts are slanted bars in it."""
    down = line - _EDGE // 2
    for column in range(_EDGE):
        across = column - _EDGE // 2
        distance = across * across + down * down
        if distance > 250 * 250:
            yield 0
        elif distance > 228 * 228:
            yield 2
        else:
            cut = abs(down) < 130 and (across + down // 4 + 210) % 120 < 26 and abs(across + down // 4) < 140
            yield 0 if cut else 1


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

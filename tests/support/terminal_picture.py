"""The picture of a plan at a terminal of 80 columns that the documents show: what the program writes, in its colours.

A browser draws it, which tests do without. A test compares the text in the picture with the program's own, and with
the golden of its case. To draw it anew, with Debian's chromium or another:

    python -m tests.support.terminal_picture chromium
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO, StringIO
from pathlib import Path

from PIL import Image, PngImagePlugin
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from reconciler.render.terminal import wrapped
from reconciler.render.text.plan import plan_text
from tests.support.browser import browsing
from tests.support.cases import CASES, Case

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "terminal.png"
CASE = CASES / "plan" / "pull-request"
COLUMNS = 80
_COMMAND = "$ reconciler plan\n"
_FORMAT = """<!doctype html><meta charset="utf-8"><style>{stylesheet}
body {{ margin: 0; padding: 20px 24px; color: {foreground}; background: {background}; }}
pre {{ margin: 0; font: 14px/1.45 "DejaVu Sans Mono", monospace; }}</style><pre>{code}</pre>"""


def at_terminal() -> str:
    """Return the plan of a usual pull request as a terminal gets it."""
    return wrapped(plan_text(Case(CASE).plan_report()), COLUMNS)


def draw(program: str) -> None:
    """Draw the picture with a browser, and write the text that it shows into it."""
    console = Console(file=StringIO(), width=COLUMNS, record=True, force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(_COMMAND + at_terminal()), soft_wrap=True)
    page = console.export_html(theme=MONOKAI, code_format=_FORMAT)
    height = 40 + round((at_terminal().count("\n") + 2) * 14 * 1.45)
    with tempfile.TemporaryDirectory() as folder, browsing(program) as browser:
        source = Path(folder, "terminal.html")
        source.write_text(page, encoding="utf-8")
        with browser.open(source, width=728, height=height) as shown:
            image = Image.open(BytesIO(shown.picture(height))).convert("RGB")
    written = PngImagePlugin.PngInfo()
    written.add_itxt("terminal", at_terminal())
    image.quantize(64).save(PICTURE, pnginfo=written, optimize=True)


if __name__ == "__main__":
    draw(sys.argv[1])

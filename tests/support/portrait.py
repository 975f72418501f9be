"""The picture of a comment that the README shows: what the program writes, as GitHub renders it.

A browser draws it, which tests do without. A test compares the text in the picture with the program's own. To draw it
anew, with Debian's chromium or another:

    python -m tests.support.portrait chromium
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, PngImagePlugin

from reconciler.forge.port import WorkflowContext
from reconciler.forge.text.pull_request import comment_body
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links
from reconciler.render.pages import plan_page
from tests.support.cases import CASES, Case
from tests.support.markdown import html

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "comment.png"
_HOME = "https://github.com/goldcrust/profiles"
_STYLE = """
body { margin: 0; padding: 16px; width: 980px; background: #fff; color: #1f2328;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; }
.who { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e;
  border-radius: 6px 6px 0 0; }
.who b { color: #1f2328; }
.who i { border: 1px solid #d1d9e0; border-radius: 2em; font: 500 12px/18px inherit; padding: 0 6px; }
.text { padding: 16px; }
h3 { font-size: 1.25em; margin: 0 0 12px; }
h4 { font-size: 1em; margin: 20px 0 10px; }
h5 { font-size: .875em; margin: 16px 0 8px; }
p, ul { margin: 0 0 12px; }
ul { padding-left: 2em; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em;
  font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 85%; }
table { border-collapse: collapse; margin: 0 0 12px; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) td { background: #f6f8fa; }
a { color: #0969da; text-decoration: none; }
"""


def portrayed() -> str:
    """Return the comment: that of the golden case of a usual pull request."""
    links = Links(repository=_HOME, commit="c" * 40)
    report = Case(CASES / "plan" / "pull-request").plan_report()
    page = plan_page(report, plan_sheet(report, links), exit_code=0)
    return comment_body(page, WorkflowContext(run=1042, attempt=1, home=_HOME))


def draw(browser: str) -> None:
    """Draw the picture with a browser that speaks Chromium's options."""
    who = '<div class="who"><b>github-actions</b> <i>bot</i> commented</div>'
    head = f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>'
    page = f'{head}<div class="box">{who}<div class="text">{html(portrayed())}'
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        source.write_text(page, encoding="utf-8")
        plain = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        sized = ("--hide-scrollbars", "--window-size=1012,2000", f"--user-data-dir={folder}/data")
        subprocess.run([browser, *plain, *sized, f"--screenshot={shot}", source.as_uri()], check=True)
        _keep(Image.open(shot).convert("RGB"))


def _keep(image: Image.Image) -> None:
    """Keep what is drawn on, with the text that it shows written into it."""
    white = Image.new("RGB", image.size, "white")
    bottom = next(y for y in range(image.height - 1, 0, -1) if _row(image, y) != _row(white, y))
    written = PngImagePlugin.PngInfo()
    written.add_itxt("comment", portrayed())
    image.crop((0, 0, image.width, bottom + 17)).quantize(64).save(PICTURE, pnginfo=written, optimize=True)


def _row(image: Image.Image, y: int) -> bytes:
    return image.crop((0, y, image.width, y + 1)).tobytes()


if __name__ == "__main__":
    draw(sys.argv[1])

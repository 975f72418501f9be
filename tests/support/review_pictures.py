"""The pictures of the review page in docs/pictures/: light, dark, and at the width of a phone.

A browser draws them, which tests do without. Tests compare the text of the page with docs/pictures/review.txt. To draw
the pictures anew, and to write the text:

    python -m tests.support.review_pictures chromium
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from reconciler.core.reports.cards import ReviewReport, Thumbnail, cards
from reconciler.render.html.plan import plan_html
from reconciler.render.markdown.sheet import Links
from tests.support.browser import browsing
from tests.support.cases import Case
from tests.support.webpage import Webpage

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TEXT = PICTURES / "review.txt"
_HOME = "https://github.com/goldcrust/profiles"
_LOGO, _SUMMER = {"mark": "a", "file": "pictures/logo.png"}, {"mark": "b", "file": "pictures/summer.png"}
_DESCRIPTION = "Sourdough, rye and cakes since 1911. Baked every night in our own ovens"
_BERLIN = {
    "about": "Fresh bread in Berlin, every day from six.",
    "industry": "RETAIL",
    "description": f"{_DESCRIPTION}. Open from six to six.",
    "address": "Torstraße 1, 10119 Berlin",
    "email": "berlin@goldcrust.example",
    "websites": ["https://goldcrust.example/berlin", "https://goldcrust.example/order"],
    "picture": _LOGO,
}
_BERLIN_NEW = {
    **_BERLIN,
    "about": "Fresh bread in Berlin, every day from seven.",
    "industry": "RESTAURANT",
    "description": f"{_DESCRIPTION}, by the people who sell them. Open from seven to six.",
    "address": "",
    "websites": ["https://goldcrust.example/berlin", "https://goldcrust.example/summer"],
    "picture": _SUMMER,
}
_MUNICH = {
    "about": "Fresh bread in Munich, every day from six.",
    "industry": "RESTAURANT",
    "description": f"{_DESCRIPTION}. Open from six to six.",
    "email": "munich@goldcrust.example",
    "picture": _LOGO,
}


def _profile(city: str, files: dict[str, Any], live: dict[str, Any], was: dict[str, Any]) -> dict[str, Any]:
    ledger = {name: {"sent": value} for name, value in was.items()}
    business = {"name": f"Goldcrust {city}", "name_status": "APPROVED", "quality": "GREEN"}
    return {"files": files, "live": live, "base": was, "ledger": ledger, "business": business}


_FLEET = {
    "endpoint": "https://graph.facebook.com",
    "profiles": {
        "shops/berlin": _profile("Berlin", _BERLIN_NEW, _BERLIN, _BERLIN),
        "shops/munich": _profile("Munich", _MUNICH, {**_MUNICH, "about": "Sold out!"}, _MUNICH),
        "shops/vienna": _profile("Vienna", _MUNICH, _MUNICH, _MUNICH),
    },
}


def review() -> ReviewReport:
    """Return the review of a usual pull request."""
    case = Case(_FLEET)
    report = case.plan_report()
    return ReviewReport(report, cards(report, case.desired, case.live), {"a" * 64: _drawn("logo"), "b" * 64: _drawn()})


def page() -> str:
    """Return its page."""
    return plan_html(review(), Links(repository=_HOME, commit="c" * 40))


def _drawn(kind: str = "") -> Thumbnail:
    """Return a picture of a bakery: its letter on a loaf, or the sun of its summer."""
    image = Image.new("RGB", (384, 384), "#8a4b1f" if kind else "#2f8fc4")
    draw = ImageDraw.Draw(image)
    if kind:
        draw.ellipse((72, 72, 312, 312), fill="#f4d9a6")
        draw.text((192, 190), "G", fill="#8a4b1f", font=ImageFont.load_default(190), anchor="mm")
    else:
        draw.ellipse((112, 70, 272, 230), fill="#ffd23f")
        draw.rectangle((0, 236, 384, 384), fill="#e2a03f")
        draw.ellipse((92, 180, 292, 320), fill="#8a4b1f")
    written = BytesIO()
    image.resize((96, 96), Image.Resampling.LANCZOS).save(written, "PNG")
    return Thumbnail("image/png", written.getvalue())


def draw(program: str) -> None:
    """Draw the three pictures with a browser, and write the text."""
    PICTURES.mkdir(exist_ok=True)
    TEXT.write_text(Webpage(page()).text + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, browsing(program) as browser:
        source = Path(folder, "review.html")
        source.write_text(page(), encoding="utf-8")
        for name, width, height in (("light", 1200, 2160), ("dark", 1200, 2160), ("phone", 390, 1660)):
            with browser.open(source, width=width, height=height, dark=name == "dark") as shown:
                image = Image.open(BytesIO(shown.picture(height))).convert("RGB")
            image.quantize(255).save(PICTURES / f"review-{name}.png", optimize=True)


if __name__ == "__main__":
    draw(sys.argv[1])

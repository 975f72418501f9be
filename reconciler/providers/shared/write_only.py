"""The base of providers that can only be written to: nothing is read, and they fetch pictures themselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from reconciler.core.fields import FIELD_NAMES, Picture
from reconciler.core.provider import Exchange, Provider, Read, Reply, RosterPage, Usage
from reconciler.core.roster import NumberFacts
from reconciler.core.target import Live, Observed, Target, WriteOnly

# Public, so it has no user and no query; a folder, so it ends with a slash.
PICTURE_BASE_URL: Final = (
    r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?(/[A-Za-z0-9_~%+-][A-Za-z0-9._~%+-]*)*/$"
)
PUBLIC_FOLDER: Final = "a public https folder that ends with a slash, such as https://static.example/profiles/"
_MARK = 16


class WriteOnlyProvider(Provider):
    """A provider without anything to read: no list of numbers, no profile, no usage."""

    @override
    def roster(self, after: str = "", *, profiles: bool = False) -> Exchange[RosterPage] | None:
        """No list of numbers is documented."""
        return None

    @override
    def together(self, reads: tuple[Read, ...]) -> Exchange[tuple[Reply | None, ...]] | None:
        """No request holds several reads."""
        return None

    @override
    def identify(self, target: Target) -> Exchange[NumberFacts] | None:
        """Nothing is told of a number."""
        return None

    @override
    def read(self, target: Target, facts: NumberFacts | None, *, wanted: Collection[str]) -> Exchange[Live]:
        """Report every field as write-only, without a call."""
        yield from ()
        return Observed(fields=dict.fromkeys(FIELD_NAMES, WriteOnly()))

    @override
    def usage(self, reply: Reply) -> Usage | None:
        """No reply says anything about an allowance."""
        return None


def picture_url(base: str, picture: Picture) -> str:
    """Return the URL where the provider may fetch `picture`. A new picture has a new URL, so that no old one is cached.

    `base` is the public address of profiles/ (facts K-4, P-8).
    """
    return f"{base}{quote(picture.file)}?sha256={picture.sha256[:_MARK]}"

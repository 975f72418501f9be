"""What providers share that can only be written to: nothing to read, and pictures that they fetch themselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from reconciler.core.fields import FIELD_NAMES, Picture
from reconciler.core.provider import Exchange, NumberFacts, Provider, Reply, Roster, Usage
from reconciler.core.target import Live, LiveValue, Observed, Target, WriteOnly

# Public, so no user and no query; a folder, so it ends with a slash.
PICTURE_BASE_URL: Final = r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_~%+-][A-Za-z0-9._~%+-]*)*/$"
PUBLIC_FOLDER: Final = "a public https folder that ends with a slash, such as https://static.example/profiles/"
_MARK = 16


class WriteOnlyProvider(Provider):
    """The half of a provider that has nothing to read: no list, no read, no word about an allowance."""

    @override
    def roster(self) -> Exchange[Roster] | None:
        """No list of numbers is documented."""
        return None

    @override
    def read(self, target: Target, facts: NumberFacts | None, *, wanted: Collection[str]) -> Exchange[Live]:
        """Say of every field that it cannot be read back, without any call."""
        yield from ()
        return Observed(fields=tuple(LiveValue(name=name, live=WriteOnly()) for name in FIELD_NAMES))

    @override
    def usage(self, reply: Reply) -> Usage | None:
        """Nothing is told about an allowance."""
        return None


def picture_url(base: str, picture: Picture) -> str:
    """Return where the provider may fetch `picture`: another picture is another address, so that none is kept of old.

    `base` is the public address of profiles/ (facts K-4, P-8).
    """
    return f"{base}{quote(picture.file)}?sha256={picture.sha256[:_MARK]}"

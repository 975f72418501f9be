"""Which parts of an address are secrets, in text that may hold addresses.

address_secrets: (text with addresses) → the secrets in them. without_passwords: the text without them, known or not.
login_secrets: (the address of a database) → its password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from reconciler.core.scrubbing import marked

_ADDRESS = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.-]{0,20})://(?:(?P<user>[^\s/?#:'\"<>]*)(?P<password>:[^\s/?#'\"<>]*)?@)?"
    r"[^\s/?#'\"<>@]*(?P<path>/[^\s?#'\"<>]*)?(?P<rest>[?#][^\s'\"<>]*)?",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?<==)[^&;#]+")
_NO_PASSWORD = ("", ":", ":x-oauth-basic")
_TOKEN_LIKE = re.compile(
    r"(?:gh[pousr]_|github_pat_|gl[a-z]{1,6}-|AT[AC]TT)[^/;:@]{8,}"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{20,}"
    r"|(?<![A-Za-z0-9])(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{32,}"
)


def _parts(address: re.Match[str]) -> Iterator[tuple[int, int, bool]]:
    """Yield the span of each part that may be a secret, and whether it surely is one. A user name may not be."""
    scheme, password = address["scheme"].lower(), address["password"] or ""
    if scheme == "file":
        return
    # Over ssh a name alone is nothing but a name; over HTTP it may be the token.
    if address["user"] and not scheme.endswith("ssh"):
        yield *address.span("user"), password in _NO_PASSWORD
    if password not in _NO_PASSWORD:
        yield address.start("password") + 1, address.end("password"), True
    for name, pattern in (("path", _TOKEN_LIKE), ("rest", _ANSWER)):
        start, text = address.start(name), address[name] or ""
        yield from ((start + found.start(), start + found.end(), True) for found in pattern.finditer(text))


def address_secrets(text: str) -> frozenset[str]:
    """Return the secrets that the addresses in `text` hold: passwords, answers of a query, tokens in a path."""
    spans = [span for address in _ADDRESS.finditer(text) for span in _parts(address)]
    found = {text[start:end] for start, end, surely in spans if surely}
    return frozenset(found | {unquote(secret) for secret in found})


# A password that was not escaped may hold what ends it elsewhere: it reaches to one `@` or another.
_LOGINS = (
    re.compile(r"://[^:@/?#]*:([^@/?#]+)@"),
    re.compile(r"://[^:@/?#]*:([^?#]+)@"),
    re.compile(r"://[^:@/?#]*:(.+)@"),
)


def login_secrets(address: str) -> frozenset[str]:
    """Return the password in the address of a database, as it may be meant; its query holds none that is used."""
    found = {match[1] for login in _LOGINS if (match := login.search(address))}
    return frozenset(found | {unquote(password) for password in found})


def without_passwords(text: str) -> str:
    """Return `text` with a mark in place of each part of its addresses that may be a secret."""
    spans = sorted((start, end) for address in _ADDRESS.finditer(text) for start, end, _ in _parts(address))
    return marked(text, spans) if spans else text

"""The ways in which a server may spell a secret that it was sent."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

Spelling = Callable[[str], str]


def _in_base64(before: bytes, *, for_addresses: bool = False) -> Spelling:
    encode = base64.urlsafe_b64encode if for_addresses else base64.b64encode
    return lambda secret: encode(before + secret.encode()).decode()


def _each(shape: str) -> Spelling:
    return lambda secret: "".join(shape.format(ord(char)) for char in secret)


def _url_lower(secret: str) -> str:
    return "".join(one.lower() if one[0] == "%" else one for one in (quote(char, safe="") for char in secret))


def _in_lines(spelling: Spelling) -> Spelling:
    return lambda secret: "\n".join((spelling(secret)[:9], spelling(secret)[9:]))


def _html_in_json(secret: str) -> str:
    return html.escape(json.dumps(quote(secret, safe=""))[1:-1])


SPELLINGS: Mapping[str, Spelling] = MappingProxyType(
    {
        "as it is": str,
        "base64": _in_base64(b""),
        "base64, one byte later": _in_base64(b":"),
        "base64, two bytes later": _in_base64(b"x:"),
        "base64 for addresses": _in_base64(b"", for_addresses=True),
        "hex": lambda secret: secret.encode().hex(),
        "upper hex": lambda secret: secret.encode().hex().upper(),
        "url": lambda secret: quote(secret, safe=""),
        "lower url": _url_lower,
        "html": html.escape,
        "json": lambda secret: json.dumps(secret)[1:-1],
        "upper": str.upper,
        "lower": str.lower,
        "broken line": lambda secret: f"{secret[:7]}\n{secret[7:]}",
        "first twelve": lambda secret: secret[:12],
        # More of their kind
        "last twelve": lambda secret: secret[-12:],
        "every character in url": _each("%{:02x}"),
        "every character in html": _each("&#x{:x};"),
        "every character in decimal html": _each("&#{};"),
        "every character in json": _each("\\u{:04x}"),
        "json with slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
        "url twice": lambda secret: quote(quote(secret, safe=""), safe=""),
        "url in json in html": _html_in_json,
        "hex with spaces": lambda secret: secret.encode().hex(" "),
        "base64 in lines": _in_lines(_in_base64(b"")),
        "lines of git": lambda secret: f"{secret[:7]}\nremote: {secret[7:]}",
        "escaped line": lambda secret: f"{secret[:7]}\\r\\n{secret[7:]}",
        "lines of html": lambda secret: f"{secret[:7]}<br/>{secret[7:]}",
        "soft line": lambda secret: f"{secret[:7]}=\n{secret[7:]}",
        "a space that cannot be seen": lambda secret: f"{secret[:7]}\u200b{secret[7:]}",
        "full width": lambda secret: "".join(chr(ord(char) + 0xFEE0) for char in secret),
    }
)

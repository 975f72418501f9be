"""How 360dialog itself refuses a call, in two shapes of its own; what Graph refuses it passes through as it is.

Both shapes are documented, and so are the texts, but not which text travels in which shape: that is the sandbox's own
choice, and nothing should depend on it.
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

_GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Refusal(Exception):
    """360dialog answers in Graph's place; nothing is done."""

    def __init__(self, reply: Response) -> None:
        super().__init__(reply.status_code)
        self.reply = reply


def brief(status: int, text: str) -> Refusal:
    """Refuse with `{"error": text}` (B: its API reference)."""
    return Refusal(JSONResponse({"error": text}, status_code=status))


def detailed(status: int, text: str, *details: str) -> Refusal:
    """Refuse with `{"meta": {…}}` (B: its webhook page)."""
    meta = {"success": False, "http_code": status, "developer_message": text, "details": details}
    return Refusal(JSONResponse({"meta": meta}, status_code=status))


def garbage() -> Refusal:
    """Refuse with a page that is made for people, as gateways do (the sandbox's own choice)."""
    return Refusal(Response(_GARBAGE, status_code=502, media_type="text/html"))

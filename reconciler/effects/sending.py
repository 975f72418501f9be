"""Sending: the one client that can change something. Only apply makes one.

Secrets and pictures are referred to in a call and filled in here, as the bytes go out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, assert_never

from reconciler.core.fields import SecretRef
from reconciler.core.provider import Call, Read, Upload, Write
from reconciler.core.target import SANDBOX
from reconciler.core.traits import JsonFieldAuth
from reconciler.effects.http import ReadClient
from reconciler.effects.pictures import picture_bytes
from reconciler.effects.secrets import secret

if TYPE_CHECKING:
    import httpx


class WriteClient(ReadClient):
    """One worker's client for reading and writing."""

    def _request(self, call: Call) -> httpx.Request:
        """Render any call."""
        match call:
            case Read():
                return super()._request(call)
            case Write():
                if call.body is None:
                    return self._build(call.method, call.path, query=call.query)
                body = {**self._in_body(), **self._filled(call.body)}
                content = json.dumps(body, ensure_ascii=False).encode()
                json_type = (("Content-Type", "application/json"),)
                return self._build(call.method, call.path, query=call.query, headers=json_type, content=content)
            case Upload():
                content = picture_bytes(self.line.context.profiles, call.picture)[call.offset :]
                headers = (("Content-Type", call.picture.mime), *call.headers)
                return self._build("POST", call.path, headers=headers, content=content, upload=True)
            case _:
                assert_never(call)

    def _in_body(self) -> dict[str, str]:
        """Return the credential where it travels in the body."""
        auth = self.line.provider.traits.auth
        return {auth.field: self._credential} if isinstance(auth, JsonFieldAuth) else {}

    def _filled(self, data: Any) -> Any:
        """Return `data` with every reference replaced by its secret."""
        match data:
            case SecretRef():
                return self._secret(data)
            case Mapping():
                return {key: self._filled(value) for key, value in data.items()}
            case list():
                return [self._filled(item) for item in data]
            case _:
                return data

    def _secret(self, ref: SecretRef) -> str:
        # The sandbox remembers what it is sent, and nothing of it is a secret's business.
        if self.line.doorway.sandbox is not None:
            return f"{SANDBOX}-secret"
        found = secret(ref, self.line.context)
        self._secrets.add(found)
        return found

"""WriteClient: the one client that can change something. Only apply makes one.

Secrets and pictures are references in a call. They are filled in here, as the bytes go out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, assert_never

from typing_extensions import override

from reconciler.core.fields import SecretRef
from reconciler.core.provider import Call, Read, ReadMany, Upload, Write
from reconciler.core.target import SANDBOX
from reconciler.core.traits import JsonFieldAuth
from reconciler.effects.files.picture_files import picture_bytes
from reconciler.effects.http.client import ReadClient
from reconciler.effects.secrets import secret

if TYPE_CHECKING:
    import httpx


class WriteClient(ReadClient):
    """One worker's client for reading and writing."""

    @override
    def _request(self, call: Call) -> httpx.Request:
        """Render any call."""
        match call:
            case Read() | ReadMany():
                return super()._request(call)
            case Write():
                if call.body is None:
                    return self._build(call.method, call.path, query=call.query)
                body = {**self._in_body(), **self._filled(call.body)}
                content = json.dumps(body, ensure_ascii=False).encode()
                json_type = (("Content-Type", "application/json"),)
                return self._build(call.method, call.path, query=call.query, headers=json_type, content=content)
            case Upload():
                content = picture_bytes(self.access.context.profiles, call.picture)[call.offset :]
                headers = (("Content-Type", call.picture.mime), *call.headers)
                return self._build("POST", call.path, headers=headers, content=content, upload=True)
            case _:
                assert_never(call)

    def _in_body(self) -> dict[str, str]:
        """Return the credential, if it travels in the body."""
        auth = self.access.provider.traits.auth
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
        # The sandbox remembers what it is sent, so it gets no real secret.
        if self.access.connection.sandbox is not None:
            return f"{SANDBOX}-secret"
        return secret(ref, self.access.context)

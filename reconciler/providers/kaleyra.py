"""Kaleyra: one call that sets fields, and none that reads them back. Facts K-1 to K-11 in APIS.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, assert_never

from pydantic import Field
from typing_extensions import override

from reconciler.core.basics import Model
from reconciler.core.fields import INDUSTRIES, Json, Picture, Value, Webhook
from reconciler.core.provider import Exchange, Failure, FailureKind, Reply, Step, Write
from reconciler.core.settings import Account
from reconciler.core.target import Change, Desired
from reconciler.core.traits import Capability, HeaderAuth, Rate, Traits
from reconciler.providers.shared.messages import (
    KIND_OF_STATUS,
    denies_success,
    kind_by_status,
    one_reason,
    whole_number,
)
from reconciler.providers.shared.write_only import PICTURE_BASE_URL, PUBLIC_FOLDER, WriteOnlyProvider, picture_url

# The names that differ from Meta's labels; the other sixteen are the same (fact K-6).
_NAMES = {"BEAUTY": "Beauty, Spa, and Salon"}
CATEGORIES: Final[Mapping[str, str]] = {code: _NAMES.get(code, INDUSTRIES[code]) for code in tuple(INDUSTRIES)[:17]}

# What Kaleyra says for success: the second one by HTTP too (fact K-8).
_DONE = 200
_ACCEPTED = 202
# The known codes (fact K-9). Every other code is a refusal, unless the HTTP status says otherwise.
_KINDS: Final[Mapping[str, FailureKind]] = {
    "RBC001": FailureKind.UNAUTHORISED,
    "WA401": FailureKind.UNAUTHORISED,
    "E110": FailureKind.FORBIDDEN,
    "E413": FailureKind.REJECTED,
    "E962": FailureKind.REJECTED,
    "WA400": FailureKind.REJECTED,
    "WA500": FailureKind.TRANSIENT,
}
_HINTS: Final[Mapping[FailureKind, str]] = {
    FailureKind.UNAUTHORISED: "check `sid`, `host` and the API key: all three belong to one account in one region",
    FailureKind.FORBIDDEN: "look at the account's state and balance in Kaleyra's console",
    FailureKind.THROTTLED: "wait; how many calls Kaleyra allows is not published",
}


class KaleyraOptions(Model):
    """Options of an account at Kaleyra: its SID, and the folder from which Kaleyra may fetch pictures."""

    sid: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9]{3,64}$", description="the account's SID: 3 to 64 letters and digits")
    ]
    picture_base_url: Annotated[str, Field(pattern=PICTURE_BASE_URL, description=PUBLIC_FOLDER)] | None = None


class KaleyraKeys(Model):
    """Keys of a profile at Kaleyra: none, because the API knows a number by itself."""


class Kaleyra(WriteOnlyProvider):
    """Kaleyra for one account."""

    traits: ClassVar[Traits] = Traits(
        name="kaleyra",
        title="Kaleyra",
        hosts=(
            "https://api.in.kaleyra.io",
            "https://api.ap.kaleyra.io",
            "https://api.eu.kaleyra.io",
            "https://api.na.kaleyra.io",
            "https://api.kaleyra.io",
            "https://api.na.kaleyra.ai",
        ),
        must_choose_host=True,
        auth=HeaderAuth(header="api-key"),
        credential="api_key",
        env_prefix="KALEYRA_",
        capabilities={
            "about": Capability(wire="about", limit=139, readable=False, fact="K-5", limit_fact="K-7"),
            "address": Capability(wire="address", limit=256, readable=False, fact="K-5", limit_fact="K-7"),
            "description": Capability(
                wire="business_description", limit=256, readable=False, fact="K-5", limit_fact="K-7"
            ),
            "email": Capability(wire="contact_email", limit=128, readable=False, fact="K-5", limit_fact="K-7"),
            "industry": Capability(wire="business_category", industries=tuple(CATEGORIES), readable=False, fact="K-6"),
            "websites": Capability(wire="website", limit=256, items=1, readable=False, fact="K-5", limit_fact="K-7"),
            "picture": Capability(wire="display_image", needs="picture_base_url", readable=False, fact="K-4"),
            "webhook": Capability(wire="incoming_url", readable=False, fact="K-11"),
        },
        read_fact="K-3",
        refuses_whole_calls=False,
        options=KaleyraOptions,
        keys=KaleyraKeys,
        # Our own choice: no figure is published (fact K-10).
        rate=Rate(calls=60, seconds=60.0),
    )

    def __init__(self, account: Account) -> None:
        options = KaleyraOptions.model_validate(account.options)
        self._path = f"/v1/{options.sid}/whatsapp/number"
        self._pictures = options.picture_base_url or ""

    @staticmethod
    @override
    def address(account: Account, keys: Model, number: str) -> str:
        """Return the account's SID and the number."""
        return f"{KaleyraOptions.model_validate(account.options).sid}/{number}"

    @staticmethod
    @override
    def channel(account: Account, keys: Model) -> str | None:
        """Every call names the number."""
        return None

    @override
    def write(self, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Send the changed fields in one call."""
        if not changes:
            return ()
        body: dict[str, Any] = {"wa_number": desired.target.number}
        for change in changes:
            body[self.traits.capabilities[change.field].wire] = self._sent(change.field, change.after)
        return (Step(tuple(change.field for change in changes), self._put(body)),)

    def _put(self, body: Mapping[str, Any]) -> Exchange[None]:
        yield Write("PUT", self._path, body, repeatable=True)

    def _sent(self, field: str, value: Value) -> Json:
        match value:
            case Picture():
                return picture_url(self._pictures, value)
            case Webhook():
                return value.url
            case tuple():
                return value[0]
            case str():
                return CATEGORIES[value] if field == "industry" else value
            case _:
                assert_never(value)

    @override
    def failure(self, reply: Reply) -> Failure | None:
        """Read success from the body, and the kind of failure from its code (facts K-8, K-9)."""
        body = reply.json()
        told: Mapping[str, Any] = body if isinstance(body, dict) else {}
        said = whole_number(told.get("status"))
        # With a 2xx the body says how the call ended. An HTML page with a 400 comes from another server.
        status = said if reply.status < 300 and said is not None else reply.status
        if (error := _error_in(told)) is not None:
            return _classified(error, status, reply)
        if reply.status < 300 and told and not denies_success(told) and _accepted(told, said, reply.status):
            return None
        if status in KIND_OF_STATUS or (told and status >= 400):
            return _by_status(told, status, reply)
        summary = f"the reply (HTTP {reply.status}) does not say that it succeeded"
        return Failure(kind=FailureKind.GARBAGE, summary=summary, reason=reply.words)


def _error_in(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the error in a body. Some of Kaleyra's calls say its code outside of `error` (fact K-9)."""
    error = told.get("error")
    if isinstance(error, dict) and error:
        return error
    outside = (told.get(key) for key in ("code", "status", "error"))
    return next(({**told, "code": code} for code in outside if _text(code) in _KINDS), None)


def _accepted(told: Mapping[str, Any], said: int | None, status: int) -> bool:
    """True if the body says success: its number, spelt as text or not; with HTTP 202 also the word, or no word."""
    if said is not None or status != _ACCEPTED:
        return said in (_DONE, _ACCEPTED)
    return told.get("status") is None or _text(told.get("status")).casefold() == "accepted"


def _by_status(told: Mapping[str, Any], status: int, reply: Reply) -> Failure:
    said = _text(told.get("message")) or _text(told.get("error")) or ("" if told else reply.words) or "no message"
    kind = kind_by_status(status)
    return Failure(
        kind=kind,
        summary=said,
        hint=_HINTS.get(kind, ""),
        code=f"HTTP {status}",
        after=reply.retry_after,
        reason=one_reason(told.get("error"), beside=said),
    )


def _classified(error: Mapping[str, Any], status: int, reply: Reply) -> Failure:
    number, parameter = whole_number(error.get("code")), _text(error.get("parameter"))
    code = _text(error.get("code")) or (f"{number}" if number is not None else "")
    kind = _KINDS.get(code, kind_by_status(status))
    said = _text(error.get("message")) or "no message"
    return Failure(
        kind=kind,
        summary=said,
        hint=_HINTS.get(kind, ""),
        code=code or f"HTTP {status}",
        field=_field_of(parameter),
        after=reply.retry_after,
        reason=one_reason(error.get("reference"), beside=said),
    )


def _field_of(parameter: str) -> str:
    """Return the field that Kaleyra calls `parameter`, or "". A reply that names none is about no field at all."""
    if not parameter:
        return ""
    return next((name for name, one in Kaleyra.traits.capabilities.items() if one.wire == parameter), "")


def _text(data: object) -> str:
    return data if isinstance(data, str) else ""


PROVIDER: Final = Kaleyra

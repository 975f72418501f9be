"""360dialog: Meta's profile API behind one key per number, and a webhook of its own. Facts D-1 to D-12 in APIS.md."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from typing_extensions import override

from reconciler.core.basics import Model
from reconciler.core.fields import INDUSTRIES, Header, Webhook
from reconciler.core.provider import (
    CallFailed,
    Exchange,
    Failure,
    FailureKind,
    Provider,
    Read,
    Reply,
    RosterPage,
    Step,
    Usage,
    Write,
)
from reconciler.core.roster import NumberFacts
from reconciler.core.settings import Account
from reconciler.core.target import (
    Change,
    Desired,
    Known,
    Live,
    LiveField,
    Observed,
    Target,
    Unreadable,
)
from reconciler.core.traits import Capability, HeaderAuth, Rate, Traits, UrlRule
from reconciler.providers.shared.graph import (
    PROFILE_FIELDS,
    GraphId,
    Hints,
    garbage,
    graph_failure,
    graph_usage,
    profile_of,
)
from reconciler.providers.shared.graph_calls import Uploads, steps
from reconciler.providers.shared.health_status import IDENTITY_KEY, asked_number, opened_number
from reconciler.providers.shared.messages import kind_by_status, one_reason

_PROFILE = "/whatsapp_business_profile"
_WEBHOOK = "/v1/configs/webhook"
_UPLOADS = Uploads(open="/uploads", session="/")
_NO_CONTENT, _NOT_FOUND = 204, 404
_ADDRESS = re.compile(rb"https?:(?:\\?/){2}", re.IGNORECASE)

DIALOG360_HINTS = Hints(
    unauthorised="only the newest key of a number works (fact D-2): make a new one in 360dialog's hub, and store it",
    forbidden="look at the number's state and its payments in 360dialog's hub",
    not_found="check that the key is this number's",
    unregistered="register the number first, or set `mode: paused`",
    blocked="Meta has blocked this account: look at its state in 360dialog's hub",
    throttled="wait, or lower `concurrency`; how many calls 360dialog allows is not published",
    proof="Meta asks 360dialog's own app for a proof: only 360dialog's support can help",
    version="360dialog chooses the version of Meta's API: only its support can help",
)
# 360dialog's own texts, in any of its shapes (facts D-9, D-10): how they begin, compared without regard to case.
_TEXTS: Final = (
    ("you have exceeded the endpoint rate limit", FailureKind.THROTTLED),
    ("your whatsapp for business api has been disabled", FailureKind.FORBIDDEN),
    ("could not send message due to lack of payment", FailureKind.FORBIDDEN),
    ("the endpoint is blocked", FailureKind.FORBIDDEN),
    ("invalid api_key", FailureKind.UNAUTHORISED),
    ("invalid api key", FailureKind.UNAUTHORISED),
    ("internal server error", FailureKind.TRANSIENT),
    ("whatsapp for business api not available", FailureKind.TRANSIENT),
)


class Dialog360Options(Model):
    """Options of an account at 360dialog: none, because each number has its own key."""


class Dialog360Keys(Model):
    """Keys of a profile at 360dialog: the number's id, with which the file says which number its key must open."""

    phone_number_id: GraphId = ""


class Dialog360(Provider):
    """360dialog for one account."""

    traits: ClassVar[Traits] = Traits(
        name="360dialog",
        title="360dialog",
        hosts=("https://waba-v2.360dialog.io",),
        picture_hosts=("*.whatsapp.net", "*.fbcdn.net"),
        auth=HeaderAuth(header="D360-API-KEY"),
        credential="api_key",
        credential_per_number=True,
        env_prefix="D360_",
        capabilities={
            "about": Capability(wire="about", limit=139, fact="D-5", limit_fact="D-11"),
            "address": Capability(wire="address", limit=256, clearable=True, fact="M-7", limit_fact="D-11"),
            "description": Capability(
                wire="description", limit=512, advised=256, clearable=True, fact="M-7", limit_fact="D-11"
            ),
            "email": Capability(wire="email", limit=128, clearable=True, fact="M-7", limit_fact="D-11"),
            "industry": Capability(wire="vertical", industries=tuple(INDUSTRIES), fact="D-5"),
            "websites": Capability(wire="websites", limit=256, items=2, clearable=True, fact="M-7", limit_fact="D-11"),
            "picture": Capability(wire="profile_picture_handle", fact="D-5"),
            "webhook": Capability(wire="url", url_rule=UrlRule.PLAIN_HOST, parts=("headers",), unique=True, fact="D-7"),
        },
        read_fact="D-4",
        identity_key=IDENTITY_KEY,
        options=Dialog360Options,
        keys=Dialog360Keys,
        # Our own choice: no figure is published (fact D-12).
        rate=Rate(calls=600, seconds=60.0),
    )

    def __init__(self, account: Account) -> None:
        """Bind to an account; no call needs anything from it."""

    @staticmethod
    @override
    def address(account: Account, keys: Model, number: str) -> str:
        """Return the number. Its key cannot be the address: it is a secret, and it may change."""
        return number

    @staticmethod
    @override
    def channel(account: Account, keys: Model) -> str | None:
        """No call names the number; the key alone decides (fact D-1)."""
        return ""

    @override
    def roster(self, after: str = "", *, profiles: bool = False) -> Exchange[RosterPage] | None:
        """No list of numbers exists (fact D-1)."""
        return None

    @override
    def together(self, reads: tuple[Read, ...]) -> Exchange[tuple[Reply | None, ...]] | None:
        """No request holds several reads."""
        return None

    @override
    def identify(self, target: Target) -> Exchange[NumberFacts]:
        """Ask which number the key opens: no call names it (fact D-3)."""
        return asked_number()

    @override
    def read(self, target: Target, facts: NumberFacts | None, *, wanted: Collection[str]) -> Exchange[Live]:
        """Read the profile and, if it is wanted, the webhook: one call each."""
        fields: dict[str, LiveField] = {}
        if set(wanted) - {"webhook"}:
            profile = profile_of((yield Read(_PROFILE, (("fields", PROFILE_FIELDS),))))
            if profile is None:
                return Unreadable(reason="the reply holds no profile")
            fields = profile
        if "webhook" in wanted:
            fields["webhook"] = yield from _webhook()
        if facts is None:
            return Observed(fields=fields)
        return Observed(fields=fields, blocked=facts.blocked, opened=opened_number(facts))

    @override
    def write(self, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Send the profile's fields in one call, after the picture's upload, and the webhook last."""
        return steps(changes, _PROFILE, _UPLOADS, _send_webhook)

    @override
    def failure(self, reply: Reply) -> Failure | None:
        """Classify by 360dialog's own texts, or by Graph's codes where 360dialog passes them on."""
        own = _own_error(reply.json())
        failure = graph_failure(reply, DIALOG360_HINTS) if own is None else _classified(own, reply)
        return None if failure is None else _with_status(failure, reply)

    @override
    def usage(self, reply: Reply) -> Usage | None:
        """Read Graph's usage headers, if 360dialog passes them on."""
        return graph_usage(reply)


def _send_webhook(webhook: Webhook) -> Exchange[None]:
    """Set the webhook and always its headers: a call without headers might leave the old ones there (fact D-7)."""
    headers = {header.name: header.secret for header in webhook.headers}
    reply = yield Write("POST", _WEBHOOK, {"url": webhook.url, "headers": headers}, repeatable=True)
    if not isinstance(_hook_of(reply.json()).get("url"), str):
        raise CallFailed(garbage("the reply does not say which webhook was set"))


def _webhook() -> Exchange[LiveField]:
    """Read the webhook: its URL and the names of its headers. Their values are secrets and are dropped (fact D-8)."""
    try:
        reply = yield Read(_WEBHOOK)
    except CallFailed as failed:
        return _no_webhook(failed.failure)
    hook = _hook_of(reply.json())
    url, headers = hook.get("url"), hook.get("headers")
    if not (url is None or isinstance(url, str)) or not (headers is None or isinstance(headers, dict)):
        return Unreadable(reason="the reply holds something that is no webhook")
    if not url and _ADDRESS.search(reply.body):
        return Unreadable(reason="the reply holds an address where no webhook's stands")
    names = sorted(headers or {}, key=str.lower)
    return Known(value=Webhook(url=url or "", headers=tuple(Header(name=name) for name in names) if url else ()))


def _no_webhook(failure: Failure) -> LiveField:
    """Return what a read without a webhook tells: none is set if there is nothing there, else that it failed."""
    if failure.status in (_NOT_FOUND, _NO_CONTENT):
        # Not documented, so it is not taken for certain: a first apply asks before it sets a webhook (fact D-8).
        said = failure.cause.text(hint=False)
        doubt = f"360dialog answered that there is nothing: {said}; that is taken for no webhook (fact D-8)"
        return Known(value=Webhook(url=""), doubt=doubt)
    cause = failure.cause
    if failure.kind in (FailureKind.REJECTED, FailureKind.NOT_FOUND, FailureKind.GARBAGE):
        cause = replace(cause, hint="what is answered when none is set is not documented, fact D-8")
    return Unreadable.of(cause)


def _hook_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where a reply holds the webhook's address and headers: at the top, or below `webhook` (fact D-8)."""
    below = body.get("webhook")
    if body.get("url") or below is None:
        return body
    return below if isinstance(below, dict) else {"url": below}


def _with_status(failure: Failure, reply: Reply) -> Failure:
    """Add the HTTP status, which alone says that there is nothing; an empty reply has no content."""
    empty = reply.status < 300 and reply.body.strip() in (b"", b"null", b"[]")
    return replace(failure, status=_NO_CONTENT if empty else reply.status)


@dataclass(frozen=True, slots=True)
class _OwnError:
    """What 360dialog says itself: the text that classifies the error, and what stands beside it."""

    text: str
    reason: str = ""


def _own_error(body: Any) -> _OwnError | None:
    """Return 360dialog's own error: an `error` that is a text, or a `meta` without success (fact D-9)."""
    match body:
        case {"error": str(text)}:
            return _OwnError(text or "no message", one_reason(body.get("message"), body.get("details"), beside=text))
        case {"error": {"message": str(text)} as error} if _known(text) is not None:
            return _OwnError(text, one_reason(error.get("details"), beside=text))
        case {"meta": {"success": False} as meta}:
            found = [meta.get(key) for key in ("developer_message", "developerMessage")]
            text = next((one for one in found if isinstance(one, str) and one), "")
            more = meta.get("details")
            reason = one_reason(*(more if isinstance(more, list) else [more]), beside=text)
            return _OwnError(text, reason) if text else _OwnError(reason or "no message")
        case _:
            return None


def _known(text: str) -> FailureKind | None:
    return next((kind for beginning, kind in _TEXTS if text.lower().startswith(beginning)), None)


def _classified(own: _OwnError, reply: Reply) -> Failure:
    # The status classifies a text that is not on record.
    kind = _known(own.text) or kind_by_status(reply.status)
    return Failure(
        kind=kind,
        summary=own.text,
        hint=DIALOG360_HINTS.of(kind),
        code=f"HTTP {reply.status}",
        after=reply.retry_after,
        reason=own.reason,
    )


PROVIDER: Final = Dialog360

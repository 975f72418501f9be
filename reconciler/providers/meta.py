"""Meta's WhatsApp Cloud API. Facts M-1 to M-29 in APIS.md say what it does and how certain that is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field
from typing_extensions import override

from reconciler.core.basics import Model
from reconciler.core.comparing.spellings import is_same_number, number_shown
from reconciler.core.fields import INDUSTRIES, Webhook
from reconciler.core.provider import (
    CallFailed,
    Exchange,
    Failure,
    FailureKind,
    Provider,
    Read,
    ReadMany,
    Reply,
    RosterPage,
    Step,
    Usage,
    Write,
)
from reconciler.core.roster import Business, NumberFacts
from reconciler.core.settings import Account
from reconciler.core.target import Change, Desired, Known, Live, LiveField, Observed, Target, Unreadable
from reconciler.core.traits import Capability, HeaderAuth, Proof, Rate, Traits
from reconciler.providers.shared.graph import (
    ON_BUSINESS_APP,
    PROFILE_EDGE,
    PROFILE_FIELDS,
    GraphId,
    Hints,
    garbage,
    graph_failure,
    graph_usage,
    profile_of,
    succeeded,
)
from reconciler.providers.shared.graph_calls import Uploads, batch_replies, expanded_profile, steps

# Part of the number's node and of the list of an account's numbers (facts M-18 to M-20).
NODE_FIELDS: Final = "id,display_phone_number,platform_type,is_on_biz_app,webhook_configuration"
# What is told of the business behind a number, in a number's node and besides in the list (fact M-29). It is asked for
# with what is asked for anyway, and is done without where it is refused.
_BUSINESS: Final = ("verified_name", "name_status", "quality_rating")
_LIMIT: Final = "messaging_limit_tier"
_OPAQUE = re.compile(r"[\x21-\x7e]{1,4000}\Z")


META_HINTS = Hints(
    unauthorised="the access token cannot be used: {state}; make a new one in Business settings, System users",
    forbidden="the token needs the permission whatsapp_business_management and access to this number's account",
    not_found="check phone_number_id, and that the token's system user has this number's account among its assets",
    unregistered="register the number on the Cloud API first, or set `mode: paused`",
    blocked="Meta has blocked this account: look at its state in WhatsApp Manager",
    throttled="wait, or lower `concurrency`; 5,000 calls an hour are allowed for each app and account",
    proof="the token's app demands a proof of its secret: write `app_secret: {env: META_APP_SECRET}` into the "
    "account's `credentials`, and set it to the secret of that app",
    version="set `api_version` in the account to a version that Meta answers now",
)


class MetaOptions(Model):
    """Options of an account at Meta; with `waba_id` the tool can list the account's numbers."""

    api_version: Annotated[
        str, Field(pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}$", description="a version of the Graph API, such as v23.0")
    ] = "v23.0"
    waba_id: GraphId | None = None


class MetaKeys(Model):
    """Keys of a profile at Meta: the id under which the API knows the number."""

    phone_number_id: GraphId


class Meta(Provider):
    """The Cloud API for one account."""

    traits: ClassVar[Traits] = Traits(
        name="meta",
        title="Meta",
        hosts=("https://graph.facebook.com",),
        picture_hosts=("*.whatsapp.net", "*.fbcdn.net"),
        auth=HeaderAuth(header="Authorization", prefix="Bearer ", upload_prefix="OAuth "),
        credential="token",
        looking_credential="plan_token",
        proof=Proof(credential="app_secret", parameter="appsecret_proof"),
        env_prefix="META_",
        capabilities={
            "about": Capability(wire="about", limit=139, fact="M-8", limit_fact="M-11"),
            "address": Capability(wire="address", limit=256, clearable=True, fact="M-7", limit_fact="M-11"),
            "description": Capability(
                wire="description", limit=512, advised=256, clearable=True, fact="M-7", limit_fact="M-11"
            ),
            "email": Capability(wire="email", limit=128, clearable=True, fact="M-7", limit_fact="M-11"),
            "industry": Capability(wire="vertical", industries=tuple(INDUSTRIES), fact="M-9"),
            "websites": Capability(wire="websites", limit=256, items=2, clearable=True, fact="M-7", limit_fact="M-11"),
            "picture": Capability(wire="profile_picture_handle", fact="M-10"),
            "webhook": Capability(
                wire="webhook_configuration",
                limit=200,
                clearable=True,
                parts=("verify_token",),
                secrets=("verify_token",),
                fact="M-18",
                limit_fact="M-11",
            ),
        },
        read_fact="M-3",
        group_option="waba_id",
        shows_number=True,
        roster_page=100,
        lists_profiles=True,
        reads_together=50,
        batch_credential="access_token",
        in_facts=frozenset({"webhook"}),
        options=MetaOptions,
        keys=MetaKeys,
        # 5,000 an hour for each app and account with a registered number (fact M-17).
        rate=Rate(calls=5000, seconds=3600.0),
    )

    def __init__(self, account: Account) -> None:
        options = MetaOptions.model_validate(account.options)
        self._version = options.api_version
        self._waba_id = options.waba_id
        self._uploads = Uploads(open=f"/{self._version}/app/uploads", session=f"/{self._version}/")

    @staticmethod
    @override
    def address(account: Account, keys: Model, number: str) -> str:
        """Return the phone-number id."""
        return MetaKeys.model_validate(keys).phone_number_id

    @staticmethod
    @override
    def channel(account: Account, keys: Model) -> str | None:
        """Every call names the number."""
        return None

    @override
    def roster(self, after: str = "", *, profiles: bool = False) -> Exchange[RosterPage] | None:
        """List the account's numbers, 100 to a page, if `waba_id` is known (facts M-20 and M-27)."""
        return self._page(self._waba_id, after, profiles=profiles) if self._waba_id else None

    def _page(self, waba_id: str, after: str, *, profiles: bool) -> Exchange[RosterPage]:
        limit = ("limit", str(self.traits.roster_page))
        edge = (f"{PROFILE_EDGE}{{{PROFILE_FIELDS}}}",) if profiles else ()
        query = (limit, *((("after", after),) if after else ()))
        reply = yield from _asked(f"/{self._version}/{waba_id}/phone_numbers", (*_BUSINESS, _LIMIT), edge, query)
        body = reply.json()
        rows = body.get("data")
        if not isinstance(rows, list):
            raise CallFailed(garbage("the reply holds no list of numbers"))
        found = {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
        shown = {name: alone for name, row in found.items() if (alone := expanded_profile(row, reply)) is not None}
        facts = {name: _facts(row) for name, row in found.items()}
        return RosterPage(facts, _next_cursor(body.get("paging")), shown)

    @override
    def together(self, reads: tuple[Read, ...]) -> Exchange[tuple[Reply | None, ...]]:
        """Make up to 50 reads in one request; each counts as one call (fact M-28)."""
        return batch_replies((yield ReadMany(f"/{self._version}", reads)), len(reads))

    @override
    def identify(self, target: Target) -> Exchange[NumberFacts]:
        """Read the number's node: its registration, its webhook, and whether the Business app has it (fact M-18)."""
        return _facts((yield from _asked(f"/{self._version}/{target.address}", _BUSINESS)).json())

    @override
    def read(self, target: Target, facts: NumberFacts | None, *, wanted: Collection[str]) -> Exchange[Live]:
        """Read the number's node, unless its facts are known, and its profile if other fields are wanted."""
        facts = facts or (yield from self.identify(target))
        if reason := _mismatch(target, facts):
            return Unreadable(reason=reason)
        webhook = {"webhook": _shown_webhook(facts)}
        if set(wanted) <= {"webhook"}:
            return Observed(fields=webhook, blocked=facts.blocked)
        query = (("fields", PROFILE_FIELDS),)
        reply = yield Read(f"/{self._version}/{target.address}/{PROFILE_EDGE}", query)
        profile = profile_of(reply)
        if profile is None:
            return Unreadable(reason="the reply holds no profile")
        return Observed(fields={**profile, **webhook}, blocked=facts.blocked, notes=self._notes(reply))

    def _notes(self, reply: Reply) -> tuple[str, ...]:
        answered = reply.headers.get("facebook-api-version", "")
        if not answered or answered == self._version:
            return ()
        return (
            f"asked Graph API {self._version}, answered by {answered}: set `api_version` in the account (fact M-2)",
        )

    @override
    def write(self, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Send the profile's fields in one call, after the picture's upload, and the webhook last."""
        path = f"/{self._version}/{desired.target.address}/{PROFILE_EDGE}"
        return steps(changes, path, self._uploads, partial(self._webhook, desired.target))

    def _webhook(self, target: Target, webhook: Webhook) -> Exchange[None]:
        """Set or clear the number's own override; the token goes only with a URL (fact M-18)."""
        override: dict[str, Any] = {"override_callback_uri": webhook.url}
        if webhook.url and webhook.verify_token is not None:
            override["verify_token"] = webhook.verify_token
        body = {"webhook_configuration": override}
        succeeded((yield Write("POST", f"/{self._version}/{target.address}", body, repeatable=True)))

    @override
    def failure(self, reply: Reply) -> Failure | None:
        """Classify by Graph's own codes."""
        return graph_failure(reply, META_HINTS)

    @override
    def usage(self, reply: Reply) -> Usage | None:
        """Read Graph's usage headers."""
        return graph_usage(reply)


def _asked(
    path: str, business: Sequence[str], more: Sequence[str] = (), query: Sequence[tuple[str, str]] = ()
) -> Exchange[Reply]:
    """Read a node or a list with what it says of a business, and without that where the refusal names it."""
    fields = ",".join((NODE_FIELDS, *business, *more))
    try:
        return (yield Read(path, (("fields", fields), *query)))
    except CallFailed as failed:
        said = failed.failure.cause.text(hint=False)
        if failed.failure.kind is not FailureKind.REJECTED or not any(name in said for name in business):
            raise
    return (yield Read(path, (("fields", ",".join((NODE_FIELDS, *more))), *query)))


def _facts(row: Mapping[str, Any]) -> NumberFacts:
    """Read a number's node, or its row in the list: both have the same fields, and an absent one is unset."""
    return NumberFacts(
        number=number_shown(row.get("display_phone_number")),
        webhook=_override(row.get("webhook_configuration")),
        blocked=ON_BUSINESS_APP if row.get("is_on_biz_app") is True else "",
        unregistered=str(row.get("platform_type", "CLOUD_API")) != "CLOUD_API",
        keys={"phone_number_id": str(row.get("id", ""))},
        business=Business(*(_text(row.get(name)) for name in (*_BUSINESS, _LIMIT))),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _override(configuration: object) -> str | None:
    """Return the number's own webhook, "" if it has none, None if it stands in a form that is not known (fact M-18)."""
    if not configuration:
        return ""
    override = (configuration.get("phone_number") or "") if isinstance(configuration, dict) else None
    return override if isinstance(override, str) else None


def _shown_webhook(facts: NumberFacts) -> LiveField:
    if facts.webhook is None:
        return Unreadable(reason="the reply holds something that is no webhook")
    return Known(value=Webhook(url=facts.webhook))


def _mismatch(target: Target, facts: NumberFacts) -> str:
    """Say why this is not the number in the file, or why it has no profile here; "" if neither is so (fact M-24)."""
    if not facts.number:
        return f"the reply names no number for phone_number_id {target.address}"
    if not is_same_number(facts.number, target.number):
        said = f"phone_number_id {target.address} belongs to {facts.number}, and the file says {target.number}"
        return f'{said}; if that is the number meant, write `number: "{facts.number}"`, as Meta shows it'
    if facts.unregistered:
        return "the number is not registered on the Cloud API: register it, or set `mode: paused`"
    return ""


def _next_cursor(paging: object) -> str:
    """Return the cursor of the next page. Its URL is not followed: a reply must not choose where the token goes.

    Raises CallFailed if there is a next page but no cursor: half a list must not look like all of it.
    """
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not _OPAQUE.match(after):
        raise CallFailed(garbage("the list of numbers goes on, and the reply does not say where"))
    return after


PROVIDER: Final = Meta

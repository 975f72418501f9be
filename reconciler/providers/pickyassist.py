"""Picky Assist: one call that sets fields, its token in the body, and no read. Facts P-1 to P-11 in APIS.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field
from typing_extensions import override

from reconciler.core.basics import Model
from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import INDUSTRIES, Json, Picture, Value
from reconciler.core.provider import Exchange, Failure, FailureKind, Reply, Step, Write
from reconciler.core.settings import Account
from reconciler.core.target import Change, Desired
from reconciler.core.traits import Capability, JsonFieldAuth, Rate, Traits
from reconciler.providers.shared.messages import denies_success, whole_number
from reconciler.providers.shared.write_only import PICTURE_BASE_URL, PUBLIC_FOLDER, WriteOnlyProvider, picture_url

# 1 is Automotive, 17 is Other: the order of the table (fact P-7).
INDUSTRY_IDS: Final[Mapping[str, int]] = {code: number for number, code in enumerate(tuple(INDUSTRIES)[:17], start=1)}

_SUCCESS = 100
# The field that each status is about, and what to do (fact P-9).
STATUSES: Final[Mapping[int, tuple[str, str]]] = {
    819: ("about", "shorten it to 139 characters"),
    820: ("address", "shorten it to 256 characters"),
    821: ("description", "shorten it to 256 characters"),
    822: ("email", "shorten it to 250 characters"),
    823: ("email", "write a valid e-mail address"),
    824: ("websites", "at most two are taken"),
    825: ("industry", "choose another one"),
    826: ("websites", "one of the links is not valid"),
    827: ("websites", "one of the links is too long; how long it may be is not documented"),
    828: ("picture", "use an image of at most 5 MB"),
    830: ("picture", "use a larger image; 640 × 640 is recommended"),
    831: ("picture", "see whether `picture_base_url` and the file's path are public"),
}
_PATHS: Final[Mapping[str, str]] = {
    "https://pickyassist.com": "/app/api/v2/update-profile",
    "https://app.pickyassist.com": "/api/v2/update-profile",
}


class PickyAssistOptions(Model):
    """Options of an account at Picky Assist.

    `application` is the channel's id, sent if it is set. `send: all` sends every managed field with each call, because
    it is not documented whether omitted fields are kept (fact P-4).
    """

    application: Annotated[int, Field(ge=1, lt=10**16)] | None = None
    picture_base_url: Annotated[str, Field(pattern=PICTURE_BASE_URL, description=PUBLIC_FOLDER)] | None = None
    send: Literal["changed", "all"] = "changed"


class PickyAssistKeys(Model):
    """Keys of a profile at Picky Assist: its own channel's id, if it differs from the account's."""

    application: Annotated[int, Field(ge=1, lt=10**16)] | None = None


class PickyAssist(WriteOnlyProvider):
    """Picky Assist for one account."""

    traits: ClassVar[Traits] = Traits(
        name="pickyassist",
        title="Picky Assist",
        hosts=tuple(_PATHS),
        auth=JsonFieldAuth(field="token"),
        credential="token",
        env_prefix="PICKYASSIST_",
        capabilities={
            "about": Capability(wire="about", limit=139, readable=False, fact="P-10", limit_fact="P-5"),
            "address": Capability(wire="address", limit=256, readable=False, fact="P-10", limit_fact="P-5"),
            "description": Capability(wire="description", limit=256, readable=False, fact="P-10", limit_fact="P-5"),
            "email": Capability(wire="email", limit=250, readable=False, fact="P-10", limit_fact="P-5"),
            "industry": Capability(wire="industry", industries=tuple(INDUSTRY_IDS), readable=False, fact="P-7"),
            "websites": Capability(wire="websites", limit=256, items=2, readable=False, fact="P-10", limit_fact="P-5"),
            "picture": Capability(wire="profile_pic", needs="picture_base_url", readable=False, fact="P-8"),
            "webhook": Capability(readable=False, lacking="its API for webhooks was switched off", fact="P-6"),
        },
        read_fact="P-10",
        refuses_whole_calls=False,
        options=PickyAssistOptions,
        keys=PickyAssistKeys,
        # Our own choice, well below the only documented figure: calls beyond it are dropped in silence (fact P-11).
        rate=Rate(calls=30, seconds=60.0),
    )

    def __init__(self, account: Account) -> None:
        self._options = PickyAssistOptions.model_validate(account.options)
        self._path = _PATHS[account.host or self.traits.hosts[0]]

    @staticmethod
    @override
    def address(account: Account, keys: Model, number: str) -> str:
        """Return the token's source, the channel's id if there is one, and the number.

        The token decides which number is written to (fact P-3), so the address changes with the token's source.
        """
        token = account.credentials.get("token")
        who = token.name if token is not None else account.name
        return "/".join(filter(None, (who, PickyAssist.channel(account, keys), number)))

    @staticmethod
    @override
    def channel(account: Account, keys: Model) -> str | None:
        """No call names the number; the token and the channel decide (fact P-3)."""
        own = PickyAssistKeys.model_validate(keys).application
        return str(own or PickyAssistOptions.model_validate(account.options).application or "")

    @override
    def write(self, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Send the changed fields in one call, or every managed field if the account says so (fact P-4)."""
        if not changes:
            return ()
        _, *between, _ = desired.target.address.split("/")
        channel: dict[str, Any] = {"application": int(between[0])} if between else {}
        values = {change.field: change.after for change in changes}
        if self._options.send == "all":
            values = {field.name: field.value for field in desired.fields} | values
        body = channel | {
            self.traits.capabilities[name].wire: self._sent(name, value) for name, value in values.items()
        }
        divisible = self._options.send == "changed"
        return (Step(tuple(change.field for change in changes), self._post(body), divisible=divisible),)

    def _post(self, body: Mapping[str, Any]) -> Exchange[None]:
        yield Write("POST", self._path, body, repeatable=True)

    def _sent(self, field: str, value: Value) -> Json:
        match value:
            case Picture():
                return picture_url(self._options.picture_base_url or "", value)
            case str() if field == "industry":
                return INDUSTRY_IDS[value]
            case _:
                return to_json(value)

    @override
    def failure(self, reply: Reply) -> Failure | None:
        """Read success and failure from the body's `status` (fact P-9)."""
        body = reply.json()
        # Success and errors may be spelt as text (fact P-9).
        told: Mapping[str, Any] = body if isinstance(body, dict) else {}
        status = whole_number(told.get("status"))
        if reply.status < 300 and status == _SUCCESS and not denies_success(told):
            return None
        said = _message(body)
        if reply.status == 429:
            return Failure(
                kind=FailureKind.THROTTLED,
                summary=said or reply.words or "no message",
                hint="wait; what exceeds the allowance is dropped",
                code="HTTP 429",
                after=reply.retry_after,
            )
        if status is None or status == _SUCCESS:
            summary = f"the reply (HTTP {reply.status}) does not say that it succeeded"
            return Failure(kind=FailureKind.GARBAGE, summary=summary, reason=said or reply.words)
        # A status that is not on record counts as a refusal, unless the HTTP status says that the server failed.
        own_fault = status not in STATUSES and reply.status >= 500
        unknown = "" if own_fault else "this code is not among the documented ones: is the token right?"
        field, hint = STATUSES.get(status, ("", unknown))
        kind = FailureKind.TRANSIENT if own_fault else FailureKind.REJECTED
        return Failure(kind=kind, summary=said or "no message", hint=hint, code=str(status), field=field)


def _message(body: object) -> str:
    said = body.get("message") if isinstance(body, dict) else None
    return said if isinstance(said, str) else ""


PROVIDER: Final = PickyAssist

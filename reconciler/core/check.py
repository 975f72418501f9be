"""check: (one field as written, what the provider can do) → its value | diagnostics.

Everything that a provider would refuse is refused here, with the line, because one bad field fails a provider's whole
call (fact M-5). Lengths are counted in code points; the providers do not say what they count (fact M-21), so a text
that fits in code points but not in UTF-16 units is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from reconciler.core.diagnostics import Diagnostic, Location, error, warning
from reconciler.core.document import Document, Path
from reconciler.core.parsing import did_you_mean, dotted, type_error
from reconciler.core.profile import FIELD, INDUSTRIES, FieldSpec, Kind
from reconciler.core.provider import Capability
from reconciler.core.secret import WEBHOOK_PREFIX, SecretRef, refusal
from reconciler.core.suspicious import suspicious, suspicious_host
from reconciler.core.value import Picture, Value, Webhook, empty
from reconciler.core.variables import fill

_ADVISED_SIDE = 192


@dataclass(frozen=True, slots=True)
class Raw:
    """One field as it is written somewhere: in the file, a template or the defaults."""

    name: str
    data: object
    document: Document
    path: Path

    @property
    def location(self) -> Location:
        """Where the value stands."""
        return self.document.at(self.path)


@dataclass(slots=True)
class Checker:
    """Checks the fields of one profile; collects what it finds in `problems` and the variables it used in `used`."""

    provider: str
    capabilities: Mapping[str, Capability]
    variables: Mapping[str, str]
    pictures: Mapping[str, Picture | str]
    secret_names: Collection[str] = ()
    problems: list[Diagnostic] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def check(self, raw: Raw) -> Value | None:
        """Return the field's value, or None after adding to `problems` what is wrong with it."""
        before = sum(p.severity == "error" for p in self.problems)
        value = self._value(raw)
        after = sum(p.severity == "error" for p in self.problems)
        return value if after == before else None

    def _value(self, raw: Raw) -> Value | None:
        spec = FIELD[raw.name]
        capability = self.capabilities.get(raw.name)
        if capability is None:
            self._error(raw, "unsupported", f"{self.provider} has no {raw.name}")
            return None
        if _is_clear(raw):
            return self._clear(raw, capability)
        match spec.kind:
            case Kind.TEXT | Kind.EMAIL:
                return self._text(raw, spec, capability)
            case Kind.INDUSTRY:
                return self._industry(raw, capability)
            case Kind.URLS:
                return self._urls(raw, capability)
            case Kind.PICTURE:
                return self._picture(raw)
            case Kind.WEBHOOK:
                return self._webhook(raw, capability)

    def _clear(self, raw: Raw, capability: Capability) -> Value | None:
        if capability.clearable:
            return empty(raw.name)
        hint = f"leave the key out to leave the field as it is ({capability.fact} in providers/APIS.md)"
        self._error(raw, "not-clearable", f"{raw.name} cannot be cleared at {self.provider}", hint=hint)
        return None

    def _text(self, raw: Raw, spec: FieldSpec, capability: Capability) -> str | None:
        text = self._filled(raw)
        if text is None:
            return None
        self._length(raw, text, capability)
        if text != text.strip():
            hint = "in a block text, `|-` and `>-` leave out the last line break"
            self._warn(raw, "outer-space", f"{raw.name} begins or ends with white space", hint=hint)
        if spec.kind is Kind.EMAIL and (reason := _email_problem(text)):
            self._error(raw, "email", f"{raw.name} is not an e-mail address: {reason}")
        return text

    def _filled(self, raw: Raw) -> str | None:
        """Return the text with its variables filled in; says so when it is no text or has unknown variables."""
        if not isinstance(raw.data, str):
            self.problems.append(type_error(raw.document, raw.path, data=raw.data, wanted="text"))
            return None
        filled = fill(raw.data, self.variables)
        self.used |= filled.used
        for name in filled.unknown:
            hint = did_you_mean(name, self.variables) if self.variables else "declare it under `vars`"
            self._error(
                raw, "unknown-variable", f"${{{name}}} is not declared under `vars`", hint=f"{hint}; a literal is $${{"
            )
        for finding in suspicious(filled.text):
            self._warn(raw, "suspicious", f"{raw.name} holds {finding}", hint="remove it unless it is meant")
        return filled.text

    def _length(self, raw: Raw, text: str, capability: Capability) -> None:
        length, limit, what = (
            len(text),
            capability.limit,
            dotted(raw.path[-2:] if isinstance(raw.path[-1], int) else raw.path[-1:]),
        )
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if limit and length > limit:
            over = length - limit
            self._error(
                raw,
                "too-long",
                f"{what} is {length} characters, {over} over the limit of {limit}",
                hint=f"shorten it by {over}",
            )
        elif limit and units > limit:
            summary = f"{what} is {length} characters but {units} UTF-16 units, over {limit}"
            self._warn(
                raw,
                "maybe-too-long",
                summary,
                hint="emoji count twice there; what the provider counts is not documented",
            )
        elif capability.advised and length > capability.advised:
            disagree = f"{self.provider}'s documents disagree whether more than {capability.advised} are allowed"
            summary = f"{what} is {length} characters; {disagree}"
            self._warn(raw, "maybe-too-long", summary)

    def _industry(self, raw: Raw, capability: Capability) -> str | None:
        code = raw.data
        if not isinstance(code, str):
            self.problems.append(type_error(raw.document, raw.path, data=code, wanted="text"))
        elif code not in INDUSTRIES:
            labels = {label.casefold(): key for key, label in INDUSTRIES.items()}
            near = labels.get(code.casefold()) or (code.upper() if code.upper() in INDUSTRIES else "")
            hint = f"did you mean {near}?" if near else did_you_mean(code, INDUSTRIES)
            self._error(raw, "industry", f"{code!r} is not an industry", hint=hint)
        elif code not in capability.industries:
            self._error(
                raw,
                "industry",
                f"{self.provider} has no industry {code}",
                hint=f"it has: {', '.join(capability.industries)}",
            )
        else:
            return code
        return None

    def _urls(self, raw: Raw, capability: Capability) -> tuple[str, ...] | None:
        if not isinstance(raw.data, list):
            self.problems.append(type_error(raw.document, raw.path, data=raw.data, wanted="a list"))
            return None
        if len(raw.data) > capability.items:
            over = len(raw.data) - capability.items
            summary = f"{raw.name} has {len(raw.data)} entries, {over} over the limit of {capability.items}"
            self._error(raw, "too-many", summary, hint=f"remove {over}")
        items = [Raw(raw.name, item, raw.document, (*raw.path, n)) for n, item in enumerate(raw.data)]
        return tuple(
            url for item in items if (url := self._url(item, capability, schemes=("http", "https"))) is not None
        )

    def _url(self, raw: Raw, capability: Capability, *, schemes: tuple[str, ...]) -> str | None:
        url = self._filled(raw)
        if url is None:
            return None
        self._length(raw, url, capability)
        if reason := _url_problem(url, schemes):
            self._error(raw, "url", f"{dotted(raw.path[-2:])} is not a link: {reason}")
        elif reason := suspicious_host(url):
            self._warn(raw, "suspicious", f"look closely at this link: {reason}")
        return url

    def _picture(self, raw: Raw) -> Picture | None:
        if not isinstance(raw.data, str):
            self.problems.append(type_error(raw.document, raw.path, data=raw.data, wanted="text"))
            return None
        picture = self.pictures[raw.data]
        if isinstance(picture, str):
            self._error(raw, "picture", picture)
            return None
        if min(picture.width, picture.height) < _ADVISED_SIDE:
            summary = f"the picture is {picture.width} x {picture.height} pixels"
            self._warn(
                raw,
                "small-picture",
                summary,
                hint=f"under {_ADVISED_SIDE} a side may cause issues; 640 x 640 is recommended",
            )
        if picture.width != picture.height:
            summary = f"the picture is {picture.width} x {picture.height}, and WhatsApp crops it to a square"
            self._warn(raw, "not-square", summary)
        return picture

    def _webhook(self, raw: Raw, capability: Capability) -> Webhook | None:
        if not isinstance(raw.data, dict):
            self.problems.append(type_error(raw.document, raw.path, data=raw.data, wanted="a mapping with `url`"))
            return None
        for key in raw.data.keys() - {"url", "verify_token"}:
            at = raw.document.at_key((*raw.path, key))
            self.problems.append(
                error(
                    "unknown-key",
                    f"unknown key webhook.{key}",
                    hint=did_you_mean(key, ("url", "verify_token")),
                    location=at,
                )
            )
        address = Raw(raw.name, raw.data.get("url", ""), raw.document, (*raw.path, "url"))
        url = self._url(address, capability, schemes=("https",))
        token = self._secret(raw, "verify_token") if "verify_token" in {*raw.data, *capability.secrets} else None
        return None if url is None else Webhook(url=url, verify_token=token)

    def _secret(self, raw: Raw, key: str) -> SecretRef | None:
        path = (*raw.path, key)
        data = raw.data.get(key) if isinstance(raw.data, dict) else None
        at = raw.document.at(path)
        if (
            not isinstance(data, dict)
            or len(data) != 1
            or not data.keys() <= {"env", "file"}
            or not all(isinstance(v, str) for v in data.values())
        ):
            hint = f"write `{key}: {{env: WEBHOOK_VERIFY}}`; a secret never stands in a file"
            what = "is missing" if data is None else "must be {env: NAME} or {file: NAME}"
            self.problems.append(error("secret", f"webhook.{key} {what}", hint=hint, location=at))
            return None
        ref = SecretRef(**data)
        if reason := refusal(ref, WEBHOOK_PREFIX, allowed=self.secret_names):
            hint = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"
            self.problems.append(error("secret-name", reason, hint=hint, location=at))
        return ref

    def _error(self, raw: Raw, code: str, summary: str, *, hint: str = "") -> None:
        self.problems.append(error(code, summary, hint=hint, location=raw.location))

    def _warn(self, raw: Raw, code: str, summary: str, *, hint: str = "") -> None:
        self.problems.append(warning(code, summary, hint=hint, location=raw.location))


def _is_clear(raw: Raw) -> bool:
    """Say whether the field is written as an explicit empty value of some kind."""
    return raw.data in ("", [], {}) and not isinstance(raw.data, bool)


def _email_problem(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError as problem:
        return str(problem)
    return ""


def _url_problem(url: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "its host or port is malformed"
    if parts.scheme not in schemes:
        return f"it must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if not host:
        return "it names no host"
    if any(char.isspace() for char in url):
        return "it holds white space"
    if "@" in parts.netloc:
        return "a user name or password does not belong in it"
    return ""


def problems_in_order(problems: Iterator[Diagnostic] | list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return `problems` by place."""
    return tuple(sorted(problems, key=lambda problem: problem.order))

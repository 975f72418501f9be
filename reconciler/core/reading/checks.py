"""FieldChecker: (one field as written, the provider's capabilities) → its value | diagnostics.

Everything that a provider would refuse is refused here, with the line, because one bad field fails a provider's whole
call (fact M-5). Lengths are counted in code points. The providers do not say what they count (fact M-21), so a text
that fits in code points but not in UTF-16 units is a warning.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, assert_never

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.comparing.kinds import empty
from reconciler.core.fields import FIELD, FIELDS, INDUSTRIES, FieldSpec, Picture, Value, ValueKind
from reconciler.core.reading.hidden import mixed_words, suspicious, suspicious_email, suspicious_link
from reconciler.core.reading.layers import MOST_FILLED, fill, mentioned
from reconciler.core.reading.lookalikes import (
    email_problem,
    email_repair,
    link_problem,
    link_repair,
    links_repair,
    placeholders,
)
from reconciler.core.reading.parsing import Complaints, WrittenField
from reconciler.core.reading.suggestions import Nearest, Suggest, did_you_mean
from reconciler.core.reading.table import CLEARED
from reconciler.core.reading.webhook_checks import check_webhook
from reconciler.core.settings import OnPlaceholder
from reconciler.core.traits import Capability

_ADVISED_SIDE = 192
_WEB = ("http", "https")
# As many placeholders of one text as a person reads.
_MOST_LEFT = 3
# How each kind of field is cleared; every other kind is cleared by the empty text.
_BLANK: Final[Mapping[ValueKind, object]] = {ValueKind.URLS: [], ValueKind.WEBHOOK: {}}
# What at least one provider takes: for a profile whose account is wrong, so that its provider is not known.
ANY_PROVIDER: Final[Mapping[str, Capability]] = {
    spec.name: Capability(
        wire=spec.name,
        limit=spec.limit,
        items=spec.items,
        clearable=True,
        industries=tuple(INDUSTRIES),
        parts=("verify_token", "headers"),
    )
    for spec in FIELDS
}


@dataclass(slots=True)
class FieldChecker:
    """Checks the fields of one profile; collects its complaints, and in `used` the variables that they used.

    `knows_all` is False if a part of the variables could not be read: then an undeclared name is no mistake.
    """

    provider: str
    capabilities: Mapping[str, Capability]
    variables: Mapping[str, str]
    pictures: Mapping[str, Picture | str]
    options: object = None
    secret_names: Collection[str] = ()
    knows_all: bool = True
    placeholders: OnPlaceholder = OnPlaceholder.WARN
    suggest: Suggest = did_you_mean
    complaints: Complaints = field(default_factory=Complaints)
    used: set[str] = field(default_factory=set)
    _near: Nearest = field(init=False)

    def __post_init__(self) -> None:
        self._near = Nearest(self.variables, self.suggest)

    @property
    def _whose(self) -> str:
        return f"{self.provider}'s" if self.provider else "the"

    @property
    def problems(self) -> list[Diagnostic]:
        """Everything that was found."""
        return self.complaints.problems

    def check(self, raw: WrittenField) -> Value | None:
        """Return the field's value, or None after adding its problems to `problems`."""
        before = len(self.problems)
        value = self._value(raw)
        if any(problem.severity is Severity.ERROR for problem in self.problems[before:]):
            # The check may have stopped before its variables; calling them unused would be a second, wrong message.
            self.used |= mentioned(raw.data)
            return None
        return value

    def _value(self, raw: WrittenField) -> Value | None:
        spec = FIELD[raw.name]
        capability = self.capabilities[raw.name]
        if not capability.writable:
            hint = f"take it out; {_omit(raw)}{_cited(capability.fact)}"
            self.complaints.error(
                raw, "unsupported", f"{self.provider} has no {raw.name}: {capability.lacking}", hint=hint
            )
            return None
        if raw.data == _BLANK.get(spec.kind, ""):
            return self._clear(raw, capability)
        match spec.kind:
            case ValueKind.TEXT | ValueKind.EMAIL:
                return self._text(raw, spec, capability)
            case ValueKind.INDUSTRY:
                return self._industry(raw, capability)
            case ValueKind.URLS:
                return self._links(raw, capability)
            case ValueKind.PICTURE:
                return self._picture(raw, capability)
            case ValueKind.WEBHOOK:
                link = partial(self._link, capability=capability, schemes=("https",))
                allowed, suggest = self.secret_names, self.suggest
                return check_webhook(
                    raw, capability, complaints=self.complaints, link=link, allowed=allowed, suggest=suggest
                )
            case _:
                assert_never(spec.kind)

    def _clear(self, raw: WrittenField, capability: Capability) -> Value | None:
        if capability.clearable:
            return empty(raw.name)
        hint = f"to leave the field as it is, {_absent(raw)}; {_omit(raw)}{_cited(capability.fact)}"
        self.complaints.error(raw, "not-clearable", f"{raw.name} cannot be cleared at {self.provider}", hint=hint)
        return None

    def _text(self, raw: WrittenField, spec: FieldSpec, capability: Capability) -> Value | None:
        text = self._filled(raw)
        if text is None:
            return None
        if not text:
            return self._clear(raw, capability)
        if text.isspace():
            blank = CLEARED if raw.in_row else "''"
            hint = f"write {blank} to clear it, or {_absent(raw)}" if capability.clearable else _absent(raw)
            self.complaints.error(raw, "blank", f"{raw.title} is nothing but white space", hint=hint)
            return None
        self._length(raw, text, capability)
        if text != text.strip():
            hint = "in a block text, `|-` and `>-` leave out the last line break"
            self.complaints.warn(raw, "outer-space", f"{raw.title} begins or ends with white space", hint=hint)
        if spec.kind is ValueKind.EMAIL:
            self._email(raw, text)
        else:
            for finding in mixed_words(text):
                hint = "write it in one alphabet unless it is meant"
                self.complaints.warn(raw, "suspicious", f"{raw.title} holds {finding}", hint=hint)
        return text

    def _email(self, raw: WrittenField, text: str) -> None:
        if reason := email_problem(text):
            hint = f'write "{meant}"' if (meant := email_repair(text)) else ""
            self.complaints.error(raw, "email", f"{raw.title} is not an e-mail address: {reason}", hint=hint)
        elif reason := suspicious_email(text):
            self.complaints.warn(raw, "suspicious", f"look closely at this address: {reason}")

    def _filled(self, raw: WrittenField) -> str | None:
        """Return the text with its variables filled in, or None after reporting why that fails."""
        if not isinstance(raw.data, str):
            self.complaints.wrong_type(raw, "text")
            return None
        filled = fill(raw.data, self.variables)
        self.used |= filled.used
        for name in filled.unknown if self.knows_all else ():
            declare = f"add a column `vars.{name}`" if raw.in_row else "declare it under `vars`"
            hint = f"{self._near(name) or declare}; a literal is $${{"
            self.complaints.error(raw, "unknown-variable", f"${{{name}}} is not declared under `vars`", hint=hint)
        if filled.unclosed:
            hint = "close it with }; a literal is $${"
            self.complaints.error(raw, "unclosed-variable", f"{raw.title} holds a ${{ without its }}", hint=hint)
        if filled.too_long:
            self._too_long(raw, filled.too_long, self.capabilities[raw.name])
            return None
        for finding in suspicious(filled.text):
            self.complaints.warn(raw, "suspicious", f"{raw.title} holds {finding}", hint="remove it unless it is meant")
        if self.placeholders is not OnPlaceholder.ALLOW and (left := placeholders(filled.text)):
            self._left_to_fill_in(raw, left)
        return None if filled.unknown or filled.unclosed else filled.text

    def _left_to_fill_in(self, raw: WrittenField, left: tuple[str, ...]) -> None:
        """Report what looks like a placeholder, as the policy weighs it."""
        report = self.complaints.error if self.placeholders is OnPlaceholder.DENY else self.complaints.warn
        names = [name for one in left if (name := one.strip("{}$<>[]%_ ")) in self.variables]
        hint = f"write ${{{names[0]}}}" if names else "write what is meant"
        summary = f"{raw.title} holds {', '.join(left[:_MOST_LEFT])}, which is left to be filled in"
        report(
            raw, "placeholder", summary, hint=f"{hint}; for texts that are meant so, `policy: {{placeholders: allow}}`"
        )

    def _length(self, raw: WrittenField, text: str, capability: Capability) -> None:
        length, limit = len(text), capability.limit
        units = length if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
        if limit and length > limit:
            self._too_long(raw, length, capability)
        elif limit and units > limit:
            hint = "emoji count twice there; what the provider counts is not documented"
            summary = f"{raw.title} is {length} characters but {units} UTF-16 units, over {limit}"
            self.complaints.warn(raw, "maybe-too-long", summary, hint=hint)
        elif capability.advised and length > capability.advised:
            disagree = f"{self.provider}'s documents disagree whether more than {capability.advised} are allowed"
            self.complaints.warn(raw, "maybe-too-long", f"{raw.title} is {length} characters; {disagree}")

    def _too_long(self, raw: WrittenField, length: int, capability: Capability) -> None:
        limit = capability.limit or MOST_FILLED
        over = length - limit
        summary = f"{raw.title} is {length} characters, {over} over {self._whose} limit of {limit}"
        self.complaints.error(raw, "too-long", summary, hint=f"shorten it by {over}{_cited(capability.limit_fact)}")

    def _industry(self, raw: WrittenField, capability: Capability) -> str | None:
        code = raw.data
        if not isinstance(code, str):
            self.complaints.wrong_type(raw, "text")
            return None
        if code not in INDUSTRIES:
            labels = {label.casefold(): key for key, label in INDUSTRIES.items()}
            near = labels.get(code.casefold())
            hint = f"did you mean {near}?" if near else self.suggest(code, INDUSTRIES)
            self.complaints.error(raw, "industry", f"{code!r} is not an industry", hint=hint)
            return None
        if code not in capability.industries:
            hint = f"it has: {', '.join(capability.industries)}{_cited(capability.fact)}"
            self.complaints.error(raw, "industry", f"{self.provider} has no industry {code}", hint=hint)
            return None
        # One of few words: a fleet holds each of them once.
        return sys.intern(code)

    def _links(self, raw: WrittenField, capability: Capability) -> tuple[str, ...] | None:
        if not isinstance(raw.data, list):
            meant = links_repair(raw.data, _WEB) if isinstance(raw.data, str) else ()
            hint = f"write `{raw.title}: [{', '.join(meant)}]`" if meant else ""
            self.complaints.wrong_type(raw, "a list", hint=hint)
            return None
        if len(raw.data) > capability.items:
            over = len(raw.data) - capability.items
            summary = f"{raw.title} has {len(raw.data)} entries, {over} over {self._whose} limit of {capability.items}"
            self.complaints.error(raw, "too-many", summary, hint=f"remove {over}{_cited(capability.limit_fact)}")
        found = [self._link(raw.part(n, item), capability, schemes=_WEB) for n, item in enumerate(raw.data)]
        return tuple(link for link in found if link is not None)

    def _link(self, raw: WrittenField, capability: Capability, *, schemes: Sequence[str]) -> str | None:
        url = self._filled(raw)
        if url is None:
            return None
        self._length(raw, url, capability)
        if reason := link_problem(url, schemes):
            hint = _meant_link(raw, url, schemes)
            self.complaints.error(raw, "url", f"{raw.title} is not a link: {reason}", hint=hint)
            return None
        if reason := suspicious_link(url):
            self.complaints.warn(raw, "suspicious", f"look closely at this link: {reason}")
        return url

    def _picture(self, raw: WrittenField, capability: Capability) -> Picture | None:
        if not isinstance(raw.data, str):
            self.complaints.wrong_type(raw, "text")
            return None
        picture = self.pictures[raw.data]
        if isinstance(picture, str):
            hint = "variables are filled in in texts and links only" if mentioned(raw.data) else ""
            self.complaints.error(raw, "picture", picture, hint=hint)
            return None
        # The options of a wrong account are not known.
        if capability.needs and self.options is not None and not getattr(self.options, capability.needs, None):
            summary = f"{self.provider} fetches pictures from a public address, and the account names none"
            hint = f"set `{capability.needs}` in the account ({capability.fact} in providers/APIS.md)"
            self.complaints.error(raw, "picture", summary, hint=hint)
        size = f"{picture.width} × {picture.height}"
        if min(picture.width, picture.height) < _ADVISED_SIDE:
            hint = f"under {_ADVISED_SIDE} a side may cause issues; 640 × 640 is recommended"
            self.complaints.warn(raw, "small-picture", f"the picture is {size} pixels", hint=hint)
        if picture.width != picture.height:
            self.complaints.warn(raw, "not-square", f"the picture is {size}, and WhatsApp crops it to a square")
        return picture


def _meant_link(raw: WrittenField, url: str, schemes: Sequence[str]) -> str:
    """Return a hint at the link, the links or the address that a text probably means, or ""."""
    several = links_repair(url, schemes)
    if raw.in_row and several and ("," in url or ";" in url):
        return f"nothing but spaces stands between links: {' '.join(several)}"
    if len(several) > 1:
        return f"write each link as an item of its own: {', '.join(several)}"
    if meant := link_repair(url, schemes):
        return f'write "{meant}"'
    return "an e-mail address stands under `email`" if email_repair(url) and "//" not in url else ""


def _absent(raw: WrittenField) -> str:
    return "empty its cell" if raw.in_row else "leave the key out"


def _omit(raw: WrittenField) -> str:
    if raw.in_row:
        return f"where a template or the defaults set it, write {raw.name} into the row's cell of the column `omit`"
    return f"where a template or the defaults set it, write `omit: [{raw.name}]` in the profile"


def _cited(fact: str) -> str:
    """Return the source of a rule as a remark, if it has one."""
    return f" ({fact} in providers/APIS.md)" if fact else ""

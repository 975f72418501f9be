"""base: what the files at an earlier revision asked for, by target and field.

Never by the file's name: a profile that was renamed, or whose template was changed, is looked up by the number that it
is for. That a field was not managed there, and that nobody knows whether it was, are two answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler.core.diagnostics import Diagnostic, Location, notice
from reconciler.core.model import Model
from reconciler.core.origin import BaseValue
from reconciler.core.profile import Mode
from reconciler.core.secret import SecretRef
from reconciler.core.target import Desired, Target
from reconciler.core.value import Value

TargetKey = tuple[str, str, str]


class BaseProfile(Model):
    """One profile as it was; what it only observed or had paused it did not manage."""

    target: Target
    fields: Mapping[str, Value]
    mode: Mode = Mode.MANAGED
    credentials: tuple[SecretRef, ...] = ()


class BaseRevision(Model):
    """The profiles as they were at `commit`.

    `whole` where every file there was sound; where one was not, a target that is not among `profiles` may have been.
    """

    commit: str
    profiles: Mapping[TargetKey, BaseProfile]
    whole: bool = True

    def value(self, key: TargetKey, field: str) -> BaseValue | None:
        """Return what was wanted of a field, a value of None where it was not managed; None where nobody knows."""
        profile = self.profiles.get(key)
        if profile is None:
            return BaseValue(value=None) if self.whole else None
        return BaseValue(value=profile.fields.get(field) if profile.mode is Mode.MANAGED else None)

    def asked(self, one: Desired) -> bool:
        """Say whether a profile asks for exactly what was asked for then, in whatever file."""
        was, now = self.profiles.get(one.target.key), _profile(one)
        return was is not None and now.model_copy(update={"target": was.target}) == was

    def rekeyed(self, desired: Iterable[Desired]) -> Iterator[Diagnostic]:
        """Yield the profiles whose number has another credential than then, which may be another number's."""
        for one in desired:
            was = self.profiles.get(one.target.key)
            if was is not None and was.credentials != one.credentials:
                now, then = (" or ".join(map(str, refs)) for refs in (one.credentials, was.credentials))
                summary = f"the credential of {one.target.profile} is {now} here and {then} at the base"
                hint = "the credential decides which number is written to"
                yield notice("credential", summary, hint=hint, location=Location(file=one.file))


def base(commit: str, desired: Iterable[Desired], *, whole: bool) -> BaseRevision:
    """Return the base of the profiles that are sound; of two that are the same target, nobody knows which counted."""
    found = list(desired)
    count = Counter(one.target.key for one in found)
    profiles = {one.target.key: _profile(one) for one in found if count[one.target.key] == 1}
    return BaseRevision(commit=commit, profiles=profiles, whole=whole and len(profiles) == len(found))


def _profile(one: Desired) -> BaseProfile:
    fields = {field.name: field.value for field in one.fields}
    return BaseProfile(target=one.target, fields=fields, mode=one.mode, credentials=one.credentials)

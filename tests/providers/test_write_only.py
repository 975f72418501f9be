"""Providers that can only be written to: they make no call to read, and say of every field that it is write-only."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from reconciler.core.basics import Model
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.provider import Read
from reconciler.core.settings import Account
from reconciler.core.target import Observed, WriteOnly
from reconciler.providers.kaleyra import Kaleyra, KaleyraOptions
from reconciler.providers.pickyassist import PickyAssist, PickyAssistOptions
from reconciler.providers.shared.write_only import WriteOnlyProvider
from tests.support import target
from tests.support.exchange import play, reply


def made(kind: type[WriteOnlyProvider], options: Model) -> WriteOnlyProvider:
    name = kind.traits.name
    return kind(Account(name="a", provider=name, endpoint="sandbox", concurrency=1, credentials={}, options=options))


EACH = pytest.mark.parametrize(
    "provider",
    [made(Kaleyra, KaleyraOptions(sid="HXAP1")), made(PickyAssist, PickyAssistOptions())],
    ids=lambda one: str(one.traits.name),
)


@EACH
@pytest.mark.parametrize("wanted", [FIELD_NAMES, {"about"}, ()])
def test_a_read_makes_no_call_and_reports_every_field_as_write_only(
    provider: WriteOnlyProvider, wanted: Collection[str]
) -> None:
    played = play(provider.read(target(), None, wanted=wanted))
    assert (played.calls, played.result) == ((), Observed(fields=dict.fromkeys(FIELD_NAMES, WriteOnly())))
    assert not provider.traits.readable


@EACH
def test_no_call_lists_numbers_identifies_one_or_reads_many_and_no_reply_tells_an_allowance(
    provider: WriteOnlyProvider,
) -> None:
    assert (provider.roster(), provider.identify(target()), provider.together((Read("/1"),))) == (None, None, None)
    assert provider.usage(reply({"status": 200})) is None

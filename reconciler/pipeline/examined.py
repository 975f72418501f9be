"""What the answers of an examination tell: of a credential, of a number, of the address of a webhook.

unseen_number, checked_number, unless_other: a profile, the answers → what is known of its number.
judged, proved: a credential, the answers → whether it serves.
checked_webhook: an address, what it answered → whether messages can be delivered there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.basics import Cause
from reconciler.core.provider import Failure, Reply
from reconciler.core.reports.account_reports import (
    CredentialCheck,
    CredentialState,
    NumberCheck,
    NumberState,
    WebhookCheck,
    WebhookState,
)
from reconciler.core.settings import Account
from reconciler.core.target import Desired, Live, Observed, Target, Unreadable
from reconciler.effects.fetch import Examined


def unseen_number(one: Desired, why: str) -> NumberCheck:
    """Return what is known of a number that was not asked, and why it was not."""
    return NumberCheck(profile=one.target.profile, number=one.target.number, state=NumberState.UNSEEN, detail=why)


def checked_number(one: Desired, examined: Examined, otherwise: str) -> NumberCheck:
    """Return what is known of one profile's number; `otherwise` is said where it was not asked."""
    live: Live | Failure | None = examined.found.get(one.target.profile, examined.refused)
    cause: Cause | None = None
    match live:
        case None:
            return unseen_number(one, otherwise)
        case Failure():
            state, cause = NumberState.UNREADABLE, live.cause
            detail = cause.text()
        case Unreadable():
            state, detail, cause = NumberState.UNREADABLE, live.reason, live.cause
        case _:
            state = NumberState.BLOCKED if live.blocked else NumberState.READ
            detail = "; ".join(filter(None, (live.blocked, *live.notes)))
    return NumberCheck(profile=one.target.profile, number=one.target.number, state=state, detail=detail, cause=cause)


def unless_other(number: NumberCheck, examined: Examined) -> NumberCheck:
    """Return what is known of a number; one that was read and does not count belongs to another profile or file."""
    read = isinstance(examined.found.get(number.profile), Observed)
    return replace(number, state=NumberState.OTHER) if read and number.state is NumberState.UNREADABLE else number


def checked_webhook(url: str, names: Sequence[str], answer: Reply | Failure | None) -> WebhookCheck:
    """Say what an address answered; a refusal may be no more than the missing secret."""
    match answer:
        case None:
            state, detail = WebhookState.UNSEEN, "at the sandbox"
        case Failure() if "CERTIFICATE" in answer.summary:
            state, detail = WebhookState.FAILING, answer.summary
        case Failure():
            state, detail = WebhookState.UNREACHED, answer.summary
        case Reply(status=200):
            state, detail = WebhookState.READY, ""
        case Reply(status=status) if 400 <= status < 500 and status not in (404, 410):
            state, detail = WebhookState.ANSWERS, f"HTTP {status} to a call without its secret"
        case _:
            state, detail = WebhookState.FAILING, f"HTTP {answer.status}, and 200 is wanted"
    return WebhookCheck(url=url, profiles=tuple(names), state=state, detail=detail)


def judged(name: str, source: str, examined: Examined, *, option: str = "") -> CredentialCheck:
    """Say what the answers tell of the credential; with `option` in the account, its numbers' list could be asked."""
    failure = examined.failure
    if examined.accepted:
        return CredentialCheck(name=name, source=source, state=CredentialState.VALID)
    if failure is None:
        more = f"`{option}` into the account, or " if option else ""
        detail = f"there is no number to try it with: write {more}a profile"
        return CredentialCheck(name=name, source=source, state=CredentialState.UNCHECKED, detail=detail)
    state = CredentialState.REFUSED if failure.refuses_credential else CredentialState.UNCHECKED
    cause = failure.cause
    return CredentialCheck(name=name, source=source, state=state, detail=cause.text(credential=False), cause=cause)


def proved(name: str, source: str, examined: Examined) -> CredentialCheck:
    """Say what the answers tell of the secret that each call proved to have; a refused call may have other reasons."""
    if examined.accepted:
        detail = "calls with its proof were accepted"
        return CredentialCheck(name=name, source=source, state=CredentialState.VALID, detail=detail)
    detail = "no call with its proof was accepted"
    return CredentialCheck(name=name, source=source, state=CredentialState.UNCHECKED, detail=detail)


def no_number(account: Account) -> Desired:
    """Return a profile of no number: an account can be asked for its list before any is known."""
    target = Target(
        provider=account.provider, endpoint=account.endpoint, address="", account=account.name, profile="", number=""
    )
    return Desired(target=target, fields=())

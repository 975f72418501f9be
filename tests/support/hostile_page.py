"""Texts that would act in a browser if a page did not escape them, and a review that has one in every place."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reconciler.core.basics import Location, warning
from reconciler.core.reports.cards import ReviewReport, cards
from reconciler.core.safety.gates import Tripped
from reconciler.core.settings import Rule
from tests.support.cases import Case

# Each would set `hit`, call a server that does not exist, or change what stands around it.
TEXTS: Final = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</style><style>body{display:none}</style>",
    "<img src=x onerror='window.hit=1'>",
    '"><svg onload=window.hit=1>',
    "' onfocus='window.hit=1' autofocus='",
    "<a href='javascript:window.hit=1'>here</a>",
    "javascript:window.hit=1",
    "<iframe src='https://hostile.example/'></iframe>",
    "<link rel=stylesheet href='https://hostile.example/a.css'>",
    "<meta http-equiv=refresh content='0;url=https://hostile.example/'>",
    "<base href='https://hostile.example/'>",
    "<form action='https://hostile.example/'><button autofocus>Pay</button></form>",
    "--><!--<![CDATA[ ]]> &lt;script&gt; &#60;b&#62; &amp;",
    "\u202eevil\u202c \u200bhidden \ud800 \x00 \x1b[31m \r",
    "##[error]hostile ::error::hostile",
    "{{constructor.constructor('window.hit=1')()}} ${window.hit=1} `",
    "url(https://hostile.example/a.png) expression(window.hit=1)",
)


def hostile_review(text: str) -> ReviewReport:
    """Return a review in which `text` stands wherever a text of another party can."""
    name = text.replace("/", "")
    fields = {"about": f"New {text}", "description": text, "address": "", "email": text, "industry": text}
    live = {"about": f"Old {text}", "description": f"{text} ", "address": text, "email": "", "industry": f"{text}2"}
    links = {"websites": [text, "https://a.example"]}, {"websites": [f"{text}b", "https://a.example"]}
    webhook = {"webhook": {"url": text}}, {"webhook": {"url": f"{text}c"}}
    pictures = {"picture": {"mark": "a", "file": text}}, {"picture": {"mark": "b"}}
    sent = {"about": {"sent": "Old"}, "email": {"sent": text}}
    profile = {
        "files": {**fields, **links[0], **webhook[0], **pictures[0]},
        "live": {**live, **links[1], **webhook[1], **pictures[1]},
        "ledger": sent,
    }
    unread = {"files": {"about": "x"}, "unreadable": text}
    blocked = {**profile, "blocked": text, "notes": [text]}
    case = Case({"endpoint": text, "profiles": {name: profile, f"a/{name}": blocked, f"b/{name}": unread}})
    plan = case.plan
    targets = tuple(
        replace(
            planned,
            file=text,
            target=replace(planned.target, account=text, number=text),
            differences=tuple(
                replace(one, note=text, source=Location(text, 3), acknowledged=text if one.field == "email" else "")
                for one in planned.differences
            ),
        )
        for planned in plan.targets
    )
    told = (warning("hostile", text, hint=text, location=Location(text, 1)),)
    gate = Tripped(gate="clear", rule=Rule.ASK, summary=text, hint=text, profiles=(text, name))
    denied = Tripped(gate="empty", rule=Rule.DENY, summary=text, hint=text)
    report = replace(
        case.plan_report(),
        plan=replace(plan, targets=targets, diagnostics=told, head=text, base=text),
        tripped=(gate, denied),
    )
    return ReviewReport(report, cards(report, case.desired, case.live))

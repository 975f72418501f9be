"""GATE_WORDS, ORIGIN_WORDS: what each gate stops, and what each origin of a change means."""

from __future__ import annotations

from reconciler.core.explaining import Explanation


def _open(gate: str) -> str:
    once = f"`--allow {gate}`, or the label `allow-{gate}` on the pull request"
    return f"For one run: {once}. For every run: `policy: {{{gate}: allow}}`."


GATE_WORDS = (
    Explanation(
        "bulk",
        "Many profiles lose a value in one run.",
        "One edit of a template can change hundreds of numbers. A person should look at that number first.",
        "For one run: `--allow bulk`, or the label `allow-bulk`. For every run: raise the limits under "
        "`policy: {bulk: {profiles: …, percent: …, never_above: …}}`.",
        says="6 of 6 profiles (100 %) would lose a value that is live or was last sent",
    ),
    Explanation(
        "clear",
        "A field becomes empty.",
        "An empty address is more often a slip than a wish.",
        _open("clear"),
        says="address of 1 profile would be emptied",
    ),
    Explanation(
        "webhook",
        "The address changes to which customers' messages are delivered.",
        "At a wrong address no message is answered, and a foreign address reads them.",
        _open("webhook"),
        says="webhook of 1 profile would change: customers' messages are delivered where it says",
    ),
    Explanation(
        "first-contact",
        "A value that this tool did not write would be replaced for the first time.",
        "It may be a text that a person typed with care. Where nothing can be read back, it cannot even be shown.",
        _open("first-contact"),
        says="about of 1 profile would replace live values that this tool did not write",
    ),
    Explanation(
        "same-value",
        "Profiles that differed would all get one value.",
        "Mostly it is a default that was meant for other profiles.",
        f"It is a warning. `policy: {{same-value: ask}}` makes it stop. {_open('same-value')}",
        says='about of 2 profiles that differ would become "Fresh bread"',
    ),
    Explanation(
        "removed",
        "A profile's file is gone, or names another account or number, or its mode is `observe` or `paused` now.",
        "The number keeps what it shows, and is looked after no more.",
        f"It is a warning. `policy: {{removed: ask}}` makes it stop. {_open('removed')}",
        says="1 profile without a file any more: live stays as it is, for removing a file clears nothing",
    ),
    Explanation(
        "last-look",
        "Anything is sent at all.",
        "Where no environment has reviewers, a label of another person stands for their approval.",
        f"It is off. `policy: {{last-look: ask}}` makes each run ask. {_open('last-look')}",
        says="about of 1 profile would be sent",
    ),
    Explanation(
        "empty",
        "Nothing is selected, or everything that is selected is paused.",
        "A run that does nothing must not look like a run that found nothing to do.",
        "Name files or folders below `profiles/`. Where an empty run is meant: `policy: {empty: allow}`.",
        says="no profile is selected",
    ),
)

ORIGIN_WORDS = (
    Explanation(
        "edited",
        "The files ask for another value than before.",
        "This is what a pull request is for.",
        "Nothing is to be done: `apply` sends it.",
        says="~ about  changed in the files (profiles/berlin.yaml:8)",
    ),
    Explanation(
        "pending",
        "The files asked for it before, and it is not live yet.",
        "An earlier run was stopped, refused or cut off. What was asked for is not forgotten.",
        "Nothing is to be done: the next `apply` sends it. The plan says what stopped it.",
        says="~ about  asked for before, not live yet",
    ),
    Explanation(
        "adopted",
        "The field is newly managed, and differs from its file.",
        "The live value was written by other hands.",
        "`apply` sends the file's value and asks through the gate `first-contact`. "
        "To keep the live value, write it into the file: `reconciler import` does it for a number.",
        says="~ about  newly managed (profiles/berlin.yaml:8)",
    ),
    Explanation(
        "unsettled",
        "The last run ended before it knew whether this value arrived.",
        "A connection broke or a machine stopped between the write and its answer.",
        "Nothing is to be done: the next `apply` sends what the file says.",
        says="~ about  the last run ended before it knew",
    ),
    Explanation(
        "drifted",
        "The live value changed, and the file did not.",
        "The number was edited elsewhere: in WhatsApp Manager, in the app, or by another program.",
        "Take it over: `reconciler drift --adopt`. Put it back: `reconciler apply --allow drifted`.",
        says="≠ about  changed elsewhere, not in the files",
    ),
    Explanation(
        "conflict",
        "The file and the live value both changed.",
        "One of the two edits would be lost.",
        "Keep the live value: write it into the file. Send the file's: `reconciler apply --allow conflict`.",
        says="≠ about  changed in the files and elsewhere",
    ),
    Explanation(
        "unrecorded",
        "The value differs, and nothing says since when.",
        "The ledger has no record of this field: it is new, or it was lost.",
        "Keep the live value: write it into the file. Send the file's: `reconciler apply --allow unrecorded`.",
        says="≠ about  differs, and nothing says since when",
    ),
    Explanation(
        "resent",
        "The field is sent again although nothing of it can be seen to differ.",
        "A secret behind it changed under its old name, and `--resend` asks for it.",
        "Nothing is to be done: this `apply` sends it.",
        says="~ webhook  sent again, as --resend says",
    ),
)

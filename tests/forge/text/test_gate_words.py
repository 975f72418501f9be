"""What people read of the check before a merge, in the log, the summary, the comment and the document."""

from __future__ import annotations

import re

from reconciler.core.settings import Rule
from reconciler.forge.rules.gates import GatesResult, TrippedGate, judge_gates
from reconciler.forge.rules.labels import AllowedByLabels, IgnoredLabel, LabelDoubt
from reconciler.forge.text.gates import gates_json, gates_markdown, gates_note, gates_text
from reconciler.forge.text.labels import why_ignored
from reconciler.forge.text.pull_request import noted_body
from tests.support.conversing import HEAD, HOME, MERGE, event, running
from tests.support.markdown import html

GATES = (
    TrippedGate(gate="clear", rule=Rule.ASK, summary="address of 1 profile would be emptied", hint="h"),
    TrippedGate(gate="bulk", rule=Rule.ASK, summary="40 of 50 profiles", hint="h"),
    TrippedGate(gate="webhook", rule=Rule.ASK, summary="webhook of 1 profile would change", hint="h"),
    TrippedGate(gate="removed", rule=Rule.DENY, summary="1 profile", hint="set `policy: {removed: allow}`"),
    TrippedGate(gate="same-value", rule=Rule.WARN, summary="3 profiles", hint="h"),
)
OWN = IgnoredLabel("allow-clear", "a|da<b>", LabelDoubt.AUTHOR)
UNKNOWN = IgnoredLabel("allow-everything", "", LabelDoubt.NO_RULE)
ALLOWED = AllowedByLabels(17, ("bulk",), (event("allow-bulk"),), (OWN, UNKNOWN), ("The settings are not known.",))
RESULT = GatesResult(
    17,
    HEAD,
    run=5,
    gates=judge_gates(GATES, ALLOWED),
    allowed=ALLOWED,
    partly=True,
    branch="main",
    base=MERGE,
    tip=HEAD,
)
TEXT = f"""\
The apply would stop at clear, webhook, removed.
The settings are not known.
  ✗ clear  address of 1 profile would be emptied
      allow-clear of a|da<b> does not count: {why_ignored(OWN)}
  ✓ bulk  40 of 50 profiles
      allow-bulk of grace counts
  ✗ webhook  webhook of 1 profile would change
      put on the label allow-webhook, after looking at the plan
  ✗ removed  1 profile
      no label opens it: set `policy: {{removed: allow}}`
  ✓ same-value  3 profiles
      it warns, and stops nothing
  · allow-everything does not count: {why_ignored(UNKNOWN)}
Not everything could be read for this plan, so the apply may meet further gates.
main has moved since the plan was made, from cccccccccccc to aaaaaaaaaaaa. Update the branch to see a plan of both.
The apply judges gates and labels again after the merge."""


def test_every_place_says_the_same_sentences() -> None:
    assert gates_text(RESULT) == TEXT
    for page in (gates_markdown(RESULT), gates_note(RESULT, running())):
        seen = re.sub("</?code>", "", html(page)).replace("&lt;", "<").replace("&gt;", ">")
        for line in TEXT.splitlines():
            sentence = line.strip(" ✗✓·").rpartition("  ")[2].replace("`", "")
            assert sentence in seen
        # A login is foreign: it makes neither a column nor a tag.
        assert [row.count("<td>") for row in seen.split("<tr>")[2:]] == [3] * 6
        assert "<b>" not in html(page)


def test_a_program_reads_each_gate_with_its_labels() -> None:
    told = gates_json(RESULT)
    assert [(one["gate"], one["stands"], one["opened_by"]) for one in told["gates"]] == [
        ("clear", True, []),
        ("bulk", False, ["grace"]),
        ("webhook", True, []),
        ("removed", True, []),
        ("same-value", False, []),
    ]
    assert told["gates"][0]["ignored"][0]["why"] == why_ignored(OWN)
    assert [one["label"] for one in told["ignored"]] == ["allow-everything"]
    assert (told["exit_code"], told["reasons"], told["base"], told["tip"]) == (3, ["stopped"], MERGE, HEAD)


def test_the_first_line_says_how_it_ends() -> None:
    def lead(result: GatesResult) -> str:
        return gates_text(result).splitlines()[0]

    bulk = judge_gates(GATES[1:2], ALLOWED)
    warned = judge_gates(GATES[4:], ALLOWED)
    assert lead(GatesResult(17, run=5, gates=bulk)) == "Each gate in the way has a label that counts."
    assert lead(GatesResult(17, run=5, gates=warned)) == "No gate is in the way."
    assert gates_text(GatesResult(17, why="it is closed", settled=True)) == (
        "There is nothing to judge in pull request 17: it is closed."
    )
    said = "**Before the merge:** No plan of pull request 17 can be judged: run 5 goes on."
    assert gates_markdown(GatesResult(17, why="run 5 goes on")) == f"### Gates before the merge\n\n{said}\n\n"
    assert lead(GatesResult(17, why="run 5 goes on")) == "No plan of pull request 17 can be judged: run 5 goes on."


def test_a_note_that_does_not_fit_is_left_out_and_a_broken_one_goes() -> None:
    body = "<!-- reconciler:comment {} -->\n### Plan\n"
    assert noted_body(body, "x" * 60_000, running(), commit=HEAD) == body
    noted = noted_body(body, "Gates. <!-- reconciler:comment {} -->", running(), commit=HEAD)
    assert noted.count("<!-- reconciler:comment") == 1
    # A person took the end of the note away: its marker goes, and the text stays.
    broken = noted.replace("<!-- reconciler:end-of-gates -->\n", "")
    assert noted_body(broken, "Anew.", running(), commit=HEAD).count("reconciler:gates") == 1
    assert f"{HOME}/actions/runs/17" in gates_note(RESULT, running())

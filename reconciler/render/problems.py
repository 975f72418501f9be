"""What `validate` found, in the forms that other programs read: SARIF 2.1.0 and JUnit XML.

sarif_text: (problems, the files' folder) → one run with a rule for each code, for code scanning and editors.
junit_text: (problems, the files that were checked) → one case a file, for GitLab, Jenkins and the like.

Foreign text passes `safe_text`. So an export holds no character that XML forbids, and no line that a runner obeys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from reconciler import VERSION
from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.explaining import Explanation
from reconciler.core.explaining.dictionary import explained
from reconciler.render.json import dumps
from reconciler.render.safe_text import Inert, code_span, prose, sarif_message, terminal, xml_text

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
# Code scanning refuses a whole document for one result without a place. What no file causes stands at the settings.
_SETTINGS = "profiles/reconciler.yaml"
# Where a case stands that is about no file.
_SELECTION = "the selection"


def sarif_text(found: Sequence[Diagnostic], *, folder: str = "") -> Inert:
    """Return the problems as SARIF; `folder` is the files' own below the top of the repository, with a slash."""
    codes = list(dict.fromkeys(one.code for one in found))
    run = {
        "tool": {"driver": {"name": "reconciler", "version": VERSION, "rules": [_rule(code) for code in codes]}},
        # A column counts characters, of which one may be two units of UTF-16.
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code), folder) for one in found],
    }
    return dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> dict[str, Any]:
    """Return what a code means: the text of `explain`."""
    one = explained(code)
    if one is None:
        return {"id": code}
    help_ = {"text": sarif_message(_help(one)), "markdown": _help_markdown(one)}
    return {"id": code, "shortDescription": {"text": sarif_message(one.what)}, "help": help_}


def _help(one: Explanation) -> str:
    return f"{one.what} Why: {one.why} What to do: {one.cure}"


def _help_markdown(one: Explanation) -> str:
    """Return the same with its example. The texts are our own; they are made safe as any other text is."""
    parts = [prose(one.what), f"**Why:** {prose(one.why)}", f"**What to do:** {prose(one.cure)}"]
    parts += [f"For example, in {code_span(one.file)}:", _indented(one.wrong)] if one.wrong else []
    parts += ["Instead:", _indented(one.right)] if one.right else []
    return "\n\n".join(parts)


def _indented(lines: str) -> str:
    return "\n".join(f"    {terminal(line)}" for line in lines.split("\n"))


def _result(one: Diagnostic, rule: int, folder: str) -> dict[str, Any]:
    at = one.location
    uri = quote(f"{folder}{at.file or _SETTINGS}", errors="surrogatepass")
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if at.line:
        place["region"] = {"startLine": at.line, **({"startColumn": at.column} if at.column else {})}
    return {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": _LEVELS[one.severity],
        "message": {"text": sarif_message(_said(one))},
        "locations": [{"physicalLocation": place}],
    }


def _said(one: Diagnostic) -> str:
    """Return what is wrong and what to do, on one line."""
    hint = "; ".join(line.strip() for line in one.hint.split("\n"))
    return f"{one.summary}. {hint[:1].upper()}{hint[1:]}" if hint else one.summary


def junit_text(found: Sequence[Diagnostic], files: Iterable[str], *, folder: str = "") -> Inert:
    """Return a case for each of `files` and for each other file that has a problem. An error fails its file's case.

    Warnings and notices stand in the case's output, and fail nothing. Where nothing was checked, one case says so.
    """
    wrong = {one.location.file for one in found if one.severity is Severity.ERROR}
    checked = set(files)
    nothing = {""} if not (checked or wrong) else set()
    names = sorted({*checked, *nothing, *(one.location.file for one in found)})
    cases = [_case(name, [one for one in found if one.location.file == name], folder, nothing) for name in names]
    failed = len(wrong | nothing)
    numbers = f'tests="{len(cases)}" failures="{failed}" errors="0"'
    suite = f'<testsuite name="reconciler validate" {numbers} skipped="0" time="0">'
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {numbers} time="0">\n{suite}'
    return Inert("\n".join((head, *cases, "</testsuite>\n</testsuites>")))


def _case(name: str, found: Sequence[Diagnostic], folder: str, nothing: Collection[str]) -> str:
    """Return one case. Of several errors the first is its message, and its text has all."""
    shown = f"{folder}{name}" if name else _SELECTION
    place = f' file="{xml_text(shown)}"' if name else ""
    begin = f'<testcase classname="reconciler.validate" name="{xml_text(shown)}"{place} time="0"'
    inside = "".join(_inside(found, nothing=name in nothing))
    return f"{begin}>{inside}</testcase>" if inside else f"{begin}/>"


def _inside(found: Sequence[Diagnostic], *, nothing: bool) -> Iterator[str]:
    errors = [one for one in found if one.severity is Severity.ERROR]
    others = [one for one in found if one.severity is not Severity.ERROR]
    if errors:
        first = errors[0]
        yield f'<failure message="{xml_text(first.summary)}" type="{xml_text(first.code)}">{_lines(errors)}</failure>'
    elif nothing:
        yield '<failure message="no profile was checked" type="empty"></failure>'
    if others:
        yield f"<system-out>{_lines(others)}</system-out>"


def _lines(found: Iterable[Diagnostic]) -> str:
    """Return a line for each problem: its place, how grave it is, what is wrong and what to do."""
    return "\n".join(
        xml_text(": ".join(filter(None, (str(one.location), f"{one.severity} [{one.code}]", _said(one)))))
        for one in found
    )

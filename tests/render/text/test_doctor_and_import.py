"""What `import` and `doctor` print: whole texts, and no foreign text in them that acts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import Cause, Reason
from reconciler.core.reports.account_reports import (
    AccountCheck,
    CredentialCheck,
    CredentialState,
    DoctorReport,
    Imported,
    ImportReport,
    ImportStatus,
    NumberCheck,
    NumberState,
)
from reconciler.render.json import dumps
from reconciler.render.text.doctor import doctor_json, doctor_text
from reconciler.render.text.importing import import_json, import_text
from tests.support.reports import RAW, causes

TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
IMPORTS = st.builds(
    ImportReport,
    account=TEXTS,
    numbers=st.lists(
        st.builds(
            Imported,
            number=TEXTS,
            file=TEXTS,
            status=st.sampled_from(ImportStatus),
            fields=st.lists(TEXTS, max_size=2).map(tuple),
            asides=st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
            detail=TEXTS,
            cause=causes(TEXTS),
        ),
        max_size=2,
    ).map(tuple),
    unrecorded=TEXTS,
)
ACCOUNTS = st.builds(
    AccountCheck,
    name=TEXTS,
    provider=TEXTS,
    endpoint=TEXTS,
    readable=st.booleans(),
    credentials=st.lists(
        st.builds(
            CredentialCheck,
            name=TEXTS,
            source=TEXTS,
            state=st.sampled_from(CredentialState),
            detail=TEXTS,
            cause=causes(TEXTS),
        ),
        max_size=2,
    ).map(tuple),
    numbers=st.lists(
        st.builds(
            NumberCheck,
            number=TEXTS,
            state=st.sampled_from(NumberState),
            profile=TEXTS,
            detail=TEXTS,
            cause=causes(TEXTS),
        ),
        max_size=2,
    ).map(tuple),
    listed=st.none() | st.integers(0, 9),
)
DOCTORS = st.builds(
    DoctorReport,
    profiles=st.integers(0, 9),
    errors=st.integers(0, 2),
    ledger=TEXTS,
    ledger_problem=TEXTS,
    clock=st.none() | st.floats(-1000, 1000),
    accounts=st.lists(ACCOUNTS, max_size=2).map(tuple),
)


@given(IMPORTS)
def test_any_import_can_be_shown_and_nothing_in_it_acts(report: ImportReport) -> None:
    shown = click.unstyle(import_text(report))
    assert RAW.search(shown) is None
    assert dumps(import_json(report)).isascii()


@given(DOCTORS)
def test_any_look_can_be_shown_and_nothing_in_it_acts(report: DoctorReport) -> None:
    shown = click.unstyle(doctor_text(report))
    assert RAW.search(shown) is None
    assert dumps(doctor_json(report)).isascii()


def test_an_import_says_that_a_template_was_not_written() -> None:
    written = Imported("+491", "profiles/a.yaml", ImportStatus.WRITTEN, fields=("about",))
    said = "profiles/templates/shop.yaml is not written: the imported numbers share no field.\n"
    report = ImportReport(account="bakery", numbers=(written,), unshared="profiles/templates/shop.yaml")
    assert said in click.unstyle(import_text(report))
    assert said not in click.unstyle(import_text(replace(report, numbers=())))


def test_the_text_of_an_import() -> None:
    aside = ("webhook", "what is secret in it cannot be read back")
    numbers = (
        Imported(number="+491", file="profiles/a.yaml", status=ImportStatus.KNOWN),
        Imported(number="+492", file="profiles/b.yaml", status=ImportStatus.EXISTS),
        Imported(
            number="+493",
            file="profiles/c.yaml",
            status=ImportStatus.WRITTEN,
            fields=("about", "email"),
            asides=(aside,),
        ),
        Imported(number="+494", file="profiles/d.yaml", status=ImportStatus.SKELETON),
        Imported(number="+495", file="", status=ImportStatus.UNREADABLE, detail="down"),
        Imported(number="", file="", status=ImportStatus.UNREADABLE),
    )
    assert click.unstyle(import_text(ImportReport(account="bakery", numbers=numbers, unrecorded="full"))) == (
        "+491: already managed profiles/a.yaml\n"
        "+492: left alone, there is a file profiles/b.yaml\n"
        "+493: written profiles/c.yaml: about, email\n"
        "    webhook is not managed: what is secret in it cannot be read back\n"
        "+494: written without fields profiles/d.yaml\n"
        "+495: not read: down\n"
        "(no number): not read\n"
        "\n"
        "Import: 2 files written, 1 of them without any field, for nothing can be read there, 1 already managed, "
        "1 left alone, there is a file, 2 not read.\n"
        "Read the files, and run `reconciler plan`: it has nothing to do.\n"
        "Not recorded: full"
    )


@pytest.mark.parametrize(
    ("numbers", "unrecorded", "reasons"),
    [
        ((), "", {Reason.STOPPED}),
        ((Imported(number="+491", file="", status=ImportStatus.KNOWN),), "", set()),
        ((Imported(number="+491", file="", status=ImportStatus.UNREADABLE),), "", {Reason.INCOMPLETE}),
        ((Imported(number="+491", file="", status=ImportStatus.WRITTEN),), "full", {Reason.INCOMPLETE}),
    ],
)
def test_how_an_import_ends(numbers: tuple[Imported, ...], unrecorded: str, reasons: set[Reason]) -> None:
    report = ImportReport(account="bakery", numbers=numbers, unrecorded=unrecorded)
    assert report.reasons == reasons
    codes = {Reason.STOPPED: 3, Reason.INCOMPLETE: 6}
    assert import_json(report)["exit_code"] == max((codes[reason] for reason in reasons), default=0)


@pytest.mark.parametrize(
    ("ahead", "line"),
    [
        (None, "not compared: no provider answered with its time"),
        (2.0, "2 s ahead of the provider's"),
        (-301.0, "301 s behind the provider's"),
    ],
)
def test_the_clock_in_words(ahead: float | None, line: str) -> None:
    report = DoctorReport(profiles=1, errors=1, ledger="", ledger_problem="in use", clock=ahead)
    assert click.unstyle(doctor_text(report)) == (
        "files   1 profile, 1 error; `reconciler validate` says which\n"
        "ledger  in use\n"
        f"clock   {line}\n"
        "\n"
        "No account could be looked at: mend `accounts` in profiles/reconciler.yaml."
    )


def account(*states: CredentialState, numbers: tuple[NumberCheck, ...] = ()) -> AccountCheck:
    found = tuple(CredentialCheck(name="token", source="", state=state) for state in states)
    return AccountCheck("bakery", "meta", "sandbox", readable=True, credentials=found, numbers=numbers)


@pytest.mark.parametrize(
    ("report", "line", "exit_code"),
    [
        (
            DoctorReport(profiles=0, errors=0, ledger=""),
            "No account could be looked at: write one under `accounts` in profiles/reconciler.yaml.",
            3,
        ),
        (
            DoctorReport(profiles=1, errors=0, ledger="", accounts=(account(CredentialState.NOT_SET),)),
            "1 account, 0 numbers: nothing is wrong.",
            0,
        ),
        (
            DoctorReport(profiles=1, errors=0, ledger="", clock=-301.0, accounts=(account(CredentialState.VALID),)),
            "1 account, 0 numbers, the clock is far off: nothing else is wrong.",
            0,
        ),
        (
            DoctorReport(profiles=1, errors=0, ledger="", accounts=(account(CredentialState.MISSING),)),
            "1 account, 0 numbers: 1 thing is wrong.",
            1,
        ),
        (
            DoctorReport(
                profiles=3,
                errors=2,
                ledger="",
                ledger_problem="in use",
                shared=("a and b",),
                accounts=(
                    account(CredentialState.REFUSED, CredentialState.UNCHECKED),
                    account(
                        numbers=(
                            NumberCheck(number="+491", state=NumberState.UNREADABLE, profile="a"),
                            NumberCheck(number="", state=NumberState.UNSEEN),
                        )
                    ),
                ),
            ),
            "2 accounts, 2 numbers (1 not looked at): 4 things are wrong, 3 could not be checked.",
            1,
        ),
        (
            DoctorReport(profiles=1, errors=0, ledger="", ledger_problem="in use", accounts=(account(),)),
            "1 account, 0 numbers: nothing is wrong, 1 could not be checked.",
            6,
        ),
    ],
)
def test_the_last_line_says_what_the_others_come_to(report: DoctorReport, line: str, exit_code: int) -> None:
    assert click.unstyle(doctor_text(report)).splitlines()[-1] == line
    assert doctor_json(report)["exit_code"] == exit_code


def down(n: int) -> Cause:
    return Cause("It is down", code="502", trace=f"T{n}", credential=f"KEY_{n}")


def test_numbers_that_one_cause_keeps_from_an_import_are_one_line() -> None:
    numbers = tuple(
        Imported(f"+49{n}", "", ImportStatus.UNREADABLE, detail=down(n).text(), cause=down(n)) for n in range(100, 112)
    )
    report = ImportReport(account="bakery", numbers=numbers)
    shown = click.unstyle(import_text(report)).splitlines()
    first = ", ".join(f"+49{n}" for n in range(100, 110))
    assert shown[:2] == ["12 numbers: not read: It is down [502]", f"    {first} and 2 more"]
    assert click.unstyle(import_text(report, verbose=True)).count("It is down") == 12


def written(n: int, file: str, **more: Any) -> Imported:
    usual: dict[str, Any] = {"fields": ("about", "email"), "name": f"Shop {n}"}
    return Imported(f"+49{n}", file, ImportStatus.WRITTEN, **{**usual, **more})


@pytest.mark.parametrize(("file", "into"), [("bakery.csv", " profiles/bakery.csv"), ("shop-{}.yaml", "")])
def test_many_numbers_that_were_written_alike_are_one_entry(file: str, into: str) -> None:
    """Each with a field of its own, or with one that is not managed, stands alone."""
    names = {n: f"profiles/{file.format(n)}" for n in range(100, 114)}
    asides = (("webhook", "it cannot be read back"),)
    own: dict[int, dict[str, Any]] = {100: {"fields": ("about",)}, 101: {"asides": asides}}
    numbers = tuple(written(n, name, **own.get(n, {})) for n, name in names.items())
    report = ImportReport(account="bakery", numbers=numbers)
    listed = ", ".join(f"+49{n} (Shop {n})" for n in range(102, 112))
    assert click.unstyle(import_text(report)).splitlines()[:5] == [
        f"+49100 (Shop 100): written {names[100]}: about",
        f"+49101 (Shop 101): written {names[101]}: about, email",
        "    webhook is not managed: it cannot be read back",
        f"12 numbers: written{into}: about, email",
        f"    {listed} and 2 more (-v lists them)",
    ]
    assert click.unstyle(import_text(report, verbose=True)).count("written profiles/") == 14
    few = replace(report, numbers=numbers[:12])
    assert click.unstyle(import_text(few)).count("written profiles/") == 12


def test_numbers_and_credentials_that_one_cause_stops_are_one_line_of_a_doctors() -> None:
    names = "abc"
    credentials = tuple(
        CredentialCheck(f"key of {name}", f"K{n}", CredentialState.REFUSED, "It is down", down(n))
        for n, name in enumerate(names)
    )
    numbers = tuple(
        NumberCheck(f"+{n}", NumberState.UNREADABLE, name, down(n).text(), down(n)) for n, name in enumerate(names)
    )
    sound = NumberCheck("+9", NumberState.READ, "d")
    account = AccountCheck("shops", "360dialog", "sandbox", readable=True, credentials=credentials)
    report = DoctorReport(profiles=4, errors=0, ledger="", accounts=(replace(account, numbers=(*numbers, sound)),))
    shown = [" ".join(line.split()) for line in click.unstyle(doctor_text(report)).splitlines()]
    assert "3 credentials refused, It is down [502]: key of a, key of b, key of c" in shown
    assert "3 numbers not read, It is down [502]: a, b, c" in shown
    assert "d +9: ok" in shown
    assert click.unstyle(doctor_text(report, verbose=True)).count("It is down") == 6

"""profiles/drift-ignore.yaml: what may stand in it, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.core.basics import Location
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.reading.acknowledgements import Acknowledgement, Acknowledgements, read_acknowledgements
from tests.support.authoring import document, said

FILE = "profiles/drift-ignore.yaml"
HASH = f"sha256:{'3f' * 32}"
PROFILES = ("berlin", "shops/munich")
GOOD = {
    "profile": "berlin",
    "field": "about",
    "value": f'"{HASH}"',
    "reason": "Christmas campaign",
    "until": "2026-12-27",
}
BERLIN = Acknowledgement(
    profile="berlin",
    field="about",
    value=HASH,
    reason="Christmas campaign",
    until=date(2026, 12, 27),
    source=Location(file=FILE, line=3, column=5),
)
NULL = "6:5 null: ignore[0].reason is null (nothing stands after the colon)"
DAY = "ignore[0].until must be a day such as 2026-12-27"


def read(text: str) -> Acknowledgements:
    """Return what becomes of a file."""
    return read_acknowledgements(document(text, FILE), PROFILES)


def entry(**other: str | None) -> Acknowledgements:
    """Return what becomes of one entry, whose keys stand from line 3 on; None leaves a key out."""
    keys = {key: text for key, text in {**GOOD, **other}.items() if text is not None}
    lines = [f"{'  - ' if number == 0 else '    '}{key}: {text}\n" for number, (key, text) in enumerate(keys.items())]
    return read(f"version: 1\nignore:\n{''.join(lines)}")


def lines(found: Acknowledgements) -> list[str]:
    """Return what is said, without the file's name."""
    return [line.removeprefix(f"{FILE}:") for line in said(found.problems)]


def test_an_entry_says_what_is_accepted_why_and_until_when() -> None:
    assert entry() == Acknowledgements((BERLIN,))


def test_a_day_may_stand_in_quotes_and_so_may_everything_else() -> None:
    quoted = {key: text if text.startswith('"') else f'"{text}"' for key, text in GOOD.items()}
    assert entry(**quoted) == Acknowledgements((BERLIN,))


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_any_field_can_be_accepted(field: str) -> None:
    assert [one.field for one in entry(field=field).entries] == [field]


def test_a_file_may_have_nothing_in_it_any_more() -> None:
    assert read("version: 1\nignore: []\n") == Acknowledgements()


@pytest.mark.parametrize("key", GOOD)
def test_no_key_may_be_missing(key: str) -> None:
    found = entry(**{key: None})
    assert found.entries == ()
    assert lines(found) == [f"3:5 missing-key: ignore[0].{key} is missing"]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"field": "abuot"}, "4:12 unknown-field: ignore[0].field: unknown field 'abuot' | did you mean about?"),
        ({"field": "7"}, '4:12 wrong-type: ignore[0].field must be text, not a number | write it in quotes: "7"'),
        ({"profile": '""'}, "3:14 wrong-value: ignore[0].profile must be the name of a profile"),
        ({"reason": "''"}, "6:13 wrong-value: ignore[0].reason must be why the live value is accepted"),
        ({"reason": ""}, f"{NULL} | write a value there, or leave it out"),
        ({"unitl": "2026-12-28"}, "8:5 unknown-key: unknown key ignore[0].unitl | did you mean until?"),
        (
            {"source": "{}"},
            "8:5 unknown-key: unknown key ignore[0].source | known here: field, profile, reason, until, value",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(other: dict[str, str], expected: str) -> None:
    found = entry(**other)
    assert (found.entries, lines(found)) == ((), [expected])


@pytest.mark.parametrize(
    "value",
    ["3f2a", HASH[7:], HASH[:-1], f"{HASH}0", f'"{HASH}\\n"', HASH.upper(), HASH.replace("sha256", "sha512"), "''"],
)
def test_a_hash_is_whole_or_no_hash(value: str) -> None:
    assert lines(entry(value=value)) == [
        "5:12 wrong-value: ignore[0].value must be the hash that `drift --accept` writes, in full"
    ]


@pytest.mark.parametrize(
    "day",
    [
        "YYYY-MM-DD",
        "2026-02-29",
        '"2026-02-29"',
        "27.12.2026",
        "20261227",
        '"20261227"',
        "2026-W52-7",
        "2026-12-27T00:00:00Z",
        '"2026-12-27T00:00:00"',
        "2026-1-1",
        '"2026-12-27\\n"',
        '"\u0662026-12-27"',
        "''",
        "true",
        "[2026-12-27]",
    ],
)
def test_the_last_day_is_a_day_and_nothing_else(day: str) -> None:
    (line,) = lines(entry(until=day))
    assert line.endswith(f" wrong-value: {DAY}")
    assert line.startswith("7:12 ")


def test_a_profile_that_does_not_exist_is_worth_a_word_and_stops_nothing() -> None:
    """Its file may have gone just now; what is said of it does nothing."""
    found = entry(profile="munich")
    assert [one.profile for one in found.entries] == ["munich"]
    assert lines(found) == [
        "3:14 warning unknown-profile: ignore[0].profile: there is no profile 'munich' | did you mean shops/munich?"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["0:0 null: the file is empty | write version and ignore, or delete it"]),
        ("- a\n", ["1:1 wrong-type: the file must be a mapping of keys to values, not a list"]),
        ("version: 1\n", ["1:1 missing-key: ignore is missing"]),
        ("ignore: []\n", ["1:1 missing-key: version is missing"]),
        ("version: 2\nignore: []\n", ["1:10 wrong-value: version must be 1"]),
        ("version: 1\nignore: {}\n", ["2:9 wrong-type: ignore must be a list, not a mapping"]),
        (
            "version: 1\nignore: [berlin]\n",
            ["2:10 wrong-type: ignore[0] must be a mapping of keys to values, not text"],
        ),
        ("version: 1\nignore: []\nignored: []\n", ["3:1 unknown-key: unknown key ignored | did you mean ignore?"]),
    ],
)
def test_a_file_of_another_form_is_an_error(text: str, expected: list[str]) -> None:
    assert lines(read(text)) == expected


def test_every_mistake_of_every_entry_comes_at_once_and_hides_no_sound_one() -> None:
    good = "".join(f"    {key}: {text}\n" for key, text in GOOD.items()).replace("    profile", "  - profile")
    bad = "  - profile: berln\n    field: abuot\n    value: x\n    until: soon\n    unitl: 1\n"
    found = read(f"version: 2\nignore:\n{bad}{good}")
    assert [one.profile for one in found.entries] == ["berlin"]
    assert lines(found) == [
        "1:10 wrong-value: version must be 1",
        "3:5 missing-key: ignore[0].reason is missing",
        "3:14 warning unknown-profile: ignore[0].profile: there is no profile 'berln' | did you mean berlin?",
        "4:12 unknown-field: ignore[0].field: unknown field 'abuot' | did you mean about?",
        "5:12 wrong-value: ignore[0].value must be the hash that `drift --accept` writes, in full",
        f"6:12 wrong-value: {DAY}",
        "7:5 unknown-key: unknown key ignore[0].unitl | did you mean until?",
    ]

"""Rows: each is a profile, checked as a YAML file is, and every message says its line and its column."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.basics import Diagnostic
from reconciler.effects.files.repository import Repository, read_repository
from reconciler.effects.world import Context
from reconciler.providers import providers

SETTINGS = """\
version: 1
accounts:
  bakery: {provider: meta, endpoint: sandbox}
  d360: {provider: 360dialog, endpoint: sandbox}
"""
HEADER = "name,account,number,phone_number_id"
ROW = "bakery,+49301234567%d,10654035224290%d"


def read(root: Path, **texts: str) -> Repository:
    """Return the repository with these tables, and with files for names of two parts."""
    (root / "profiles" / "templates").mkdir(parents=True, exist_ok=True)
    (root / "profiles" / "reconciler.yaml").write_text(SETTINGS)
    for name, text in texts.items():
        file = name.replace("_", ".") if "_" in name else f"{name}.csv"
        (root / "profiles" / file).write_text(text)
    return read_repository(Context(root, {}), providers())


def row(index: int, name: str = "", *more: str) -> str:
    return ",".join((name or f"r{index}", ROW % (index, index), *more))


def table(*columns: str, rows: list[str]) -> str:
    return "\n".join([",".join((HEADER, *columns)), *rows]) + "\n"


def said(found: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{one.location}: {one.code}: {one.summary}{f' | {one.hint}' if one.hint else ''}" for one in found]


def test_each_row_is_a_profile_of_its_tables_folder(tmp_path: Path) -> None:
    found = read(tmp_path, shops=table("about", rows=[row(1, "berlin", "Hi"), row(2, "bonn", "Ho")]))
    assert found.diagnostics == ()
    assert found.names == ("shops/berlin", "shops/bonn")
    assert found.tables == {"shops.csv": ("shops/berlin", "shops/bonn")}
    assert [(one.target.profile, str(one.place), str(one.fields[0].source)) for one in found.desired] == [
        ("shops/berlin", "profiles/shops.csv:2", "profiles/shops.csv:2:45"),
        ("shops/bonn", "profiles/shops.csv:3", "profiles/shops.csv:3:43"),
    ]


def test_templates_and_variables_count_as_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "profiles" / "templates").mkdir(parents=True)
    (tmp_path / "profiles" / "templates" / "a.yaml").write_text(
        "profile: {about: 'Bread in ${city}', email: a@b.example}\n"
    )
    rows = [row(1, "a", "templates/a.yaml", "Bonn", ""), row(2, "b", "templates/a.yaml", "Ulm", "x@y.example")]
    found = read(tmp_path, shops=table("extends", "vars.city", "email", rows=rows))
    assert [[field.value for field in one.fields] for one in found.desired] == [
        ["Bread in Bonn", "a@b.example"],
        ["Bread in Ulm", "x@y.example"],
    ]


def test_what_no_row_says_is_said_once_in_the_header(tmp_path: Path) -> None:
    found = read(tmp_path, shops="name,number,about\n" + "".join(f"r{n},+49301234567{n},Hi\n" for n in range(5)))
    assert said(found.diagnostics) == [
        (
            "profiles/shops.csv:1:1: missing-key: account is missing | it is one of the accounts in "
            "profiles/reconciler.yaml; the folder's defaults.yaml can name it for all profiles; "
            "found for shops/r0, shops/r1, shops/r2 and 2 more"
        )
    ]


def test_an_empty_cell_is_missing_where_it_stands(tmp_path: Path) -> None:
    found = read(tmp_path, shops=table("about", rows=["a,bakery,,106540352242901,Hi", "b,bakery,+493012345672,,Hi"]))
    assert said(found.diagnostics) == [
        "profiles/shops.csv:2:10: missing-key: number is missing | write it as in +493012345678",
        (
            "profiles/shops.csv:3:24: missing-key: phone_number_id is missing | it is the provider's own key of the "
            "number; `reconciler import` writes it into what it makes"
        ),
    ]


def test_links_of_a_cell_have_spaces_between(tmp_path: Path) -> None:
    cells = ["https://a.example;https://b.example", '"https://a.example, https://b.example"']
    found = read(tmp_path, shops=table("websites", rows=[row(n, f"r{n}", cell) for n, cell in enumerate(cells)]))
    assert [one.hint for one in found.diagnostics] == [
        "nothing but spaces stands between links: https://a.example https://b.example",
        "nothing but spaces stands between links: https://a.example",
    ]


def test_a_wrong_form_gets_one_message(tmp_path: Path) -> None:
    found = read(tmp_path, shops=table("about", rows=["a,bakery,4.9E+12,106540352242901,=1+1"]))
    assert [one.split(" | ")[0] for one in said(found.diagnostics)] == [
        (
            "profiles/shops.csv:2:10: table-number: number holds 4.9E+12: a spreadsheet shortened the number, and its "
            "last digits are lost"
        ),
        "profiles/shops.csv:2:34: table-formula: about holds a formula, and the file does not say what comes out of it",
    ]


@pytest.mark.parametrize(("column", "cell"), [("about", "=1+1"), ("abuot", "Fresh bread")])
def test_a_row_of_which_a_cell_is_not_taken_is_not_said_to_manage_nothing(
    tmp_path: Path, column: str, cell: str
) -> None:
    found = read(tmp_path, shops=table(column, rows=[f"a,bakery,+493012345671,106540352242901,{cell}"]))
    assert [one.code for one in found.diagnostics] == ["table-formula" if cell[0] == "=" else "table-column"]
    found = read(tmp_path, shops=table("about", rows=["a,bakery,+493012345671,106540352242901,"]))
    assert [one.code for one in found.diagnostics] == ["nothing-managed"]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("about", "${city}", "unknown-variable: ${city} is not declared under `vars` | add a column `vars.city`; "),
        ("description", "a\u200bb", "suspicious: description holds the invisible character U+200B at character 2"),
        ("industry", "BAKERY", "industry: "),
        ("webhook.url", "https://h.example/${x", "unclosed-variable: webhook.url holds a ${ without its }"),
        ("webhook.verify_token", "s3cr3t!", "secret-name: this is not the name of an environment variable"),
        ("mode", "off", "wrong-value: mode must be managed, observe or paused"),
        ("omit", "abuot", "unknown-field: unknown field 'abuot' | did you mean about?"),
        ("extends", "templates/x.yaml", "unknown-template: there is no template 'templates/x.yaml'"),
        ("credentials.api_key", "s3cr3t!", "credentials: at Meta credentials belong to the account"),
    ],
)
def test_a_cell_is_checked_as_a_key_of_a_file_is(tmp_path: Path, column: str, cell: str, message: str) -> None:
    found = said(read(tmp_path, shops=table("email", column, rows=[row(1, "a", "a@b.example", cell)])).diagnostics)
    assert any(line.startswith(f"profiles/shops.csv:2:52: {message}") for line in found), found
    assert not any("s3cr3t!" in line for line in found)


def test_two_profiles_of_one_number_are_named_with_their_lines(tmp_path: Path) -> None:
    file = 'account: bakery\nnumber: "+493012345671"\nphone_number_id: "106540352242909"\nprofile: {about: Hi}\n'
    rows = [row(1, "a", "Hi"), row(2, "b", "Hi"), "c,bakery,+493012345672,106540352242903,Hi"]
    found = read(tmp_path, shops=table("about", rows=rows), berlin_yaml=file)
    assert said(found.diagnostics) == [
        (
            "profiles/shops.csv:2:10: same-target: shops/a and berlin are the same number (+493012345671) | "
            "keep one of profiles/shops.csv:2 and profiles/berlin.yaml"
        ),
        (
            "profiles/shops.csv:4:10: same-target: shops/c and shops/b are the same number (+493012345672) | "
            "keep one of profiles/shops.csv:4 and profiles/shops.csv:3"
        ),
    ]


def test_a_row_and_a_file_of_one_name_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "profiles" / "shops").mkdir(parents=True)
    (tmp_path / "profiles" / "shops" / "a.yaml").write_text("profile: {}\n")
    found = read(tmp_path, shops=table("about", rows=[row(2, "b", "Hi"), row(1, "a", "Hi")]))
    summary = "profiles/shops/a.yaml and profiles/shops.csv:3 are both the profile 'shops/a'"
    assert f"profiles/shops/a.yaml:1:1: same-name: {summary} | rename one of them" in said(found.diagnostics)


def test_a_broken_table_is_known_by_its_path_and_hides_no_other_mistake(tmp_path: Path) -> None:
    found = read(tmp_path, shops="name,about\na,'\n\"", berlin_yaml="account: nope\n")
    assert found.tables == {"shops.csv": ()}
    assert {one.location.file for one in found.diagnostics} == {"profiles/shops.csv", "profiles/berlin.yaml"}


def test_the_hints_for_a_row_are_those_of_a_table(tmp_path: Path) -> None:
    rows = ["a,bakery,493012345671,106540352242901,", "b,d360,+493012345672,,(empty)", "c,bakery,+493012345673,12,${v}"]
    rows = [f"{one},{v}" for one, v in zip(rows, ["x", "x", "(empty)"], strict=True)]
    hints = [one.hint for one in read(tmp_path, shops=table("about", "vars.v", rows=rows)).diagnostics]
    assert "write it in full: +493012345671; behind an apostrophe, '+49…, a spreadsheet keeps the plus" in hints
    text = " ".join((*hints, *(one.summary for one in read(tmp_path).diagnostics)))
    assert "in quotes" not in text
    assert "leave the key out" not in text


def test_a_row_that_is_the_same_at_the_base_is_not_resolved_again(tmp_path: Path) -> None:
    rows = [row(1, "a", "Hi"), row(2, "b", "Hi")]
    read(tmp_path, shops=table("about", rows=rows))
    context = Context(tmp_path, {})
    before = read_repository(context, providers(), keep=True).resolutions
    assert before is not None
    after = read(tmp_path, shops=table("about", rows=[rows[0], row(2, "b", "Ho"), row(3, "c", "Hi")]))
    again = read_repository(context, providers(), earlier=before)
    assert again.desired == after.desired
    assert again.desired[0] is before.profiles["shops/a"].profile.desired
    # A row that stands elsewhere has other places.
    moved = read(tmp_path, shops=table("about", rows=rows[::-1]))
    assert read_repository(context, providers(), earlier=before).desired == moved.desired


def test_what_all_rows_share_may_come_from_the_defaults_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "profiles" / "shops").mkdir(parents=True)
    (tmp_path / "profiles" / "templates").mkdir()
    (tmp_path / "profiles" / "templates" / "a.yaml").write_text("profile: {about: 'Bread in ${city}'}\n")
    defaults = "account: bakery\nmode: observe\nextends: [templates/a.yaml]\n"
    (tmp_path / "profiles" / "shops" / "defaults.yaml").write_text(defaults)
    rows = [f"r{n},+49301234567{n},10654035224290{n},City {n},{mode}" for n, mode in enumerate(("", "paused"))]
    found = read(tmp_path, shops="\n".join(["name,number,phone_number_id,vars.city,mode", *rows, ""]))
    assert found.diagnostics == ()
    assert [(one.target.account, one.mode, one.fields[0].value) for one in found.desired] == [
        ("bakery", "observe", "Bread in City 0"),
        ("bakery", "paused", "Bread in City 1"),
    ]

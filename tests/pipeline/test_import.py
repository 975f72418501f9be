"""`import`: what is live becomes files, the plan right after is empty, and a later edit elsewhere is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem, InvalidInput, Reason
from reconciler.core.planning.origin import SameReason
from reconciler.core.reports.account_reports import Imported, ImportReport, ImportStatus
from reconciler.core.target import Origin
from reconciler.pipeline.importing import import_run
from tests.support.fleet import Fleet

ROOT = Path(__file__).parents[2]
SETTINGS = """\
version: 1
accounts:
  bakery: {provider: meta, endpoint: sandbox, waba_id: "102290129340398"}
  alone: {provider: meta, endpoint: sandbox}
  shops: {provider: 360dialog, endpoint: sandbox}
  india: {provider: kaleyra, endpoint: sandbox, sid: HXXXXXXX071US}
  legacy: {provider: pickyassist, endpoint: sandbox}
"""
META, DIALOG, KALEYRA, PICKY = "+493012345678", "+494012345678", "+912266123456", "+914422334455"
FIELDS: dict[str, Any] = {
    "about": "Fresh bread: #1 in ${town}, they say",
    "address": "Torstraße 1\n10119 Berlin",
    "description": ("Sourdough, rye and sweet things. " * 6).strip(),
    "email": "berlin@goldcrust.example",
    "industry": "RESTAURANT",
    "websites": ["https://goldcrust.example", "https://goldcrust.example/berlin?a=1#b"],
    "picture": "pictures/logo.png",
}


class Shops(Fleet):
    """A repository with an account at each provider, and numbers that somebody set up before it was there."""

    def settings(self, endpoint: str = "", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings; where the accounts are is settled."""
        assert not endpoint
        self.write("reconciler.yaml", f"{SETTINGS}policy: {policy}\n{more}")

    def set_up(self, account: str, number: str, head: str = "", **fields: object) -> None:
        """Make a number show `fields`, by a repository that is then forgotten with its ledger."""
        (self.root / "profiles" / "pictures").mkdir(exist_ok=True)
        logo = ROOT / "profiles" / "pictures" / "logo.png"
        (self.root / "profiles" / "pictures" / "logo.png").write_bytes(logo.read_bytes())
        lines = [f'account: {account}\nnumber: "{number}"\n{head}profile:']
        lines += [f"  {name}: {_written(value)}" for name, value in fields.items()]
        self.write("gone.yaml", "\n".join(lines) + "\n")
        assert self.apply("gone").reasons == frozenset()
        (self.root / "profiles" / "gone.yaml").unlink()
        for path in (self.root / ".reconciler").glob("ledger*"):
            path.unlink()

    def imported(self, account: str, *numbers: str) -> ImportReport:
        """Import, and return what it came to."""
        return self.run(lambda context: import_run(context, account, numbers))

    def text(self, name: str) -> str:
        """Return a file below profiles/."""
        return (self.root / "profiles" / name).read_text(encoding="utf-8")


def _written(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False).replace("${", "$${")


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


@pytest.mark.parametrize(
    ("account", "number", "head", "argument"),
    [
        ("bakery", META, 'phone_number_id: "106540352242922"\n', ""),
        ("alone", META, 'phone_number_id: "106540352242922"\n', f"{META}=106540352242922"),
        ("shops", DIALOG, "", f"{DIALOG}=D360_API_KEY_HAMBURG"),
    ],
)
def test_the_plan_right_after_is_empty_and_a_later_edit_is_drift(
    shops: Shops, account: str, number: str, head: str, argument: str
) -> None:
    shops.set_up(account, number, head, **FIELDS)
    before = shops.world.journal()
    (one,) = shops.imported(account, *filter(None, [argument])).numbers
    # Meta's list tells the business; elsewhere the number is the name.
    file = f"profiles/{account}/{'sandbox-business' if account == 'bakery' else number[1:]}.yaml"
    assert (one.status, one.file, one.fields) == (ImportStatus.WRITTEN, file, tuple(FIELDS))
    assert {entry["method"] for entry in shops.world.journal()[len(before) :]} == {"GET"}
    planned = shops.plan()
    assert (planned.plan.has_changes, planned.plan.diagnostics, planned.summary.in_sync) == (False, (), 1)
    assert {field.reason for field in planned.plan.targets[0].unchanged} == {SameReason.IN_SYNC}
    address = "106540352242922" if head else number
    shops.world.edit("meta" if head else "360dialog", address, about="Free bread!")
    assert [(c.field, c.origin) for _, c in shops.drift().drifted] == [("about", Origin.DRIFTED)]


def test_a_file_is_what_a_person_would_have_written(shops: Shops) -> None:
    shops.set_up("shops", DIALOG, **FIELDS)
    shops.imported("shops", f"{DIALOG}=D360_API_KEY_HAMBURG")
    assert shops.text("shops/494012345678.yaml") == (
        "# yaml-language-server: $schema=../../schemas/profile.360dialog.schema.json\n"
        "account: shops\n"
        'number: "+494012345678"\n'
        'phone_number_id: "191209849871622"\n'
        "credentials: {api_key: {env: D360_API_KEY_HAMBURG}}\n"
        "profile:\n"
        '  about: "Fresh bread: #1 in $${town}, they say"\n'
        "  address: |-\n"
        "    Torstraße 1\n"
        "    10119 Berlin\n"
        "  description: >-\n"
        "    Sourdough, rye and sweet things. Sourdough, rye and sweet things. Sourdough, rye and sweet things.\n"
        "    Sourdough, rye and sweet things. Sourdough, rye and sweet things. Sourdough, rye and sweet things.\n"
        "  email: berlin@goldcrust.example\n"
        "  industry: RESTAURANT\n"
        "  websites:\n"
        "    - https://goldcrust.example/\n"
        "    - https://goldcrust.example/berlin?a=1#b\n"
        "  picture: pictures/shops/494012345678.jpg\n"
    )


def test_nothing_is_overwritten(shops: Shops) -> None:
    shops.set_up("shops", DIALOG, about="Fresh bread")
    shops.write("shops/494012345678.yaml", "# mine\n" + 'account: india\nnumber: "+912266123456"\nprofile: {}\n')
    (one,) = shops.imported("shops", DIALOG).numbers
    assert one == Imported(number=DIALOG, file="profiles/shops/494012345678.yaml", status=ImportStatus.EXISTS)
    assert shops.text("shops/494012345678.yaml").startswith("# mine\n")


def test_a_number_that_is_managed_already_is_left_alone(shops: Shops) -> None:
    shops.write("hamburg.yaml", f'account: shops\nnumber: "{DIALOG}"\nprofile: {{about: Fresh bread}}\n')
    (one,) = shops.imported("shops", DIALOG).numbers
    assert one == Imported(number=DIALOG, file="profiles/hamburg.yaml", status=ImportStatus.KNOWN)
    assert shops.requests() == []


def test_a_number_that_is_managed_in_its_other_spelling_is_left_alone(shops: Shops) -> None:
    shops.write("mexico.yaml", 'account: shops\nnumber: "+525512345678"\nprofile: {about: Pan fresco}\n')
    (one,) = shops.imported("shops", "+5215512345678").numbers
    assert (one.file, one.status) == ("profiles/mexico.yaml", ImportStatus.KNOWN)


@pytest.mark.parametrize("account", ["shops", "india"])
def test_a_number_that_is_spelled_in_its_other_way_is_still_remembered(shops: Shops, account: str) -> None:
    """Its address is its number there: what was sent to it is not forgotten, and nothing is sent again."""
    text = f'account: {account}\nnumber: "+5215512345678"\nprofile: {{about: Pan fresco}}\n'
    shops.write("mexico.yaml", text)
    assert shops.apply("mexico").reasons == frozenset()
    shops.write("mexico.yaml", text.replace("+521", "+52"))
    planned = shops.plan().plan
    assert (planned.has_changes, [one.field for one in planned.targets[0].unchanged]) == (False, ["about"])


@pytest.mark.parametrize(
    ("shown", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+556481234567", "+5564981234567"),
        # No rule tells the other spelling of an Ivorian landline.
        ("+22520301234", "+22520301234"),
    ],
)
def test_whatever_number_the_list_shows_is_written_and_planned_in_either_spelling(
    shops: Shops, shown: str, other: str
) -> None:
    world = shops.world
    with world.transaction():
        world.register("meta", "106540352242922", number=shown, group="102290129340398")
    world.edit("meta", "106540352242922", about="Pan fresco")
    (one,) = shops.imported("bakery").numbers
    assert (one.number, one.status) == (shown, ImportStatus.WRITTEN)
    assert f'number: "{shown}"' in shops.text("bakery/sandbox-business.yaml")
    for number in (shown, other):
        file = shops.text("bakery/sandbox-business.yaml").replace(shown, number)
        shops.write("bakery/sandbox-business.yaml", file)
        planned = shops.plan()
        assert (planned.plan.has_changes, planned.summary.in_sync, planned.reasons) == (False, 1, frozenset())


@pytest.mark.parametrize(("account", "number"), [("india", KALEYRA), ("legacy", PICKY)])
def test_of_what_cannot_be_read_a_beginning_is_written_and_nothing_is_asked(
    shops: Shops, account: str, number: str
) -> None:
    shops.settings(more="defaults: {industry: RESTAURANT}\n")
    report = shops.imported(account, number)
    assert [(one.status, one.fields, one.asides) for one in report.numbers] == [(ImportStatus.SKELETON, (), ())]
    assert shops.requests() == []
    planned = shops.plan()
    assert (planned.plan.has_changes, planned.summary.in_sync, planned.summary.unmanaged) == (False, 0, 1)
    text = shops.text(f"{account}/{number[1:]}.yaml")
    assert "has no way to read a profile back" in text
    assert "omit: [industry]" in text
    uncommented = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if "profile" in line or "#   " in line
    )
    assert "about: ''" in uncommented


def test_what_the_defaults_bring_along_is_left_out_or_inherited(shops: Shops) -> None:
    shops.set_up("shops", DIALOG, about="Fresh bread", industry="RESTAURANT")
    shops.settings(more="defaults: {industry: RESTAURANT, email: office@goldcrust.example}\n")
    (one,) = shops.imported("shops", DIALOG).numbers
    assert one.fields == ("about", "industry")
    text = shops.text("shops/494012345678.yaml")
    assert "omit: [email]" in text
    assert "industry:" not in text
    assert not shops.plan().plan.has_changes
    shops.world.edit("360dialog", DIALOG, vertical="EDU")
    assert [c.field for _, c in shops.drift().drifted] == ["industry"]


def test_what_validate_would_refuse_stands_beside_with_its_reason(shops: Shops) -> None:
    shops.set_up("shops", DIALOG, about="Fresh bread", webhook={"url": "https://hooks.goldcrust.example/a"})
    shops.world.edit("360dialog", DIALOG, email="nobody\n# account: evil", vertical="NOT_A_BIZ")
    (one,) = shops.imported("shops", DIALOG).numbers
    assert one.fields == ("about", "webhook")
    assert [name for name, _ in one.asides] == ["email", "industry"]
    text = shops.text("shops/494012345678.yaml")
    assert '#   email: "nobody\\n# account: evil"\n' in text
    assert not shops.plan().plan.has_changes


def test_a_webhook_with_secrets_is_not_managed(shops: Shops) -> None:
    hook = {"url": "https://hooks.goldcrust.example/a", "headers": {"Authorization": {"env": "WEBHOOK_BASIC"}}}
    shops.set_up("shops", DIALOG, about="Fresh bread", webhook=hook)
    (one,) = shops.imported("shops", DIALOG).numbers
    why = "what is secret in it cannot be read back; add it to manage the webhook"
    assert one.asides == (("webhook", why),)
    assert "sandbox-secret" not in shops.text("shops/494012345678.yaml")


def test_a_number_on_the_business_app_is_only_observed(shops: Shops) -> None:
    number = "+15550000700"
    (one,) = shops.imported("alone", f"{number}=100000000000700").numbers
    assert one.status is ImportStatus.WRITTEN
    assert "mode: observe" in shops.text("alone/15550000700.yaml")


def test_what_cannot_be_read_makes_it_incomplete_and_writes_no_file(shops: Shops) -> None:
    report = shops.imported("alone", "+15550000033=100000000000033")
    assert [one.status for one in report.numbers] == [ImportStatus.UNREADABLE]
    assert report.reasons == {Reason.INCOMPLETE}
    assert not (shops.root / "profiles" / "alone").exists()


@pytest.mark.parametrize(
    ("account", "arguments", "summaries"),
    [
        ("shop", (), ["unknown account 'shop'"]),
        ("shops", (), ["360dialog cannot list the account's numbers, so name them"]),
        ("alone", (META,), [f"the phone_number_id of {META} is not known"]),
        ("alone", (f"{META}=x",), [f"{META}: what stands after the = is no phone_number_id"]),
        ("india", (f"{KALEYRA}=1",), [f"{KALEYRA}: at Kaleyra a number needs nothing after it"]),
        (
            "shops",
            ("4940", f"{DIALOG}=META_TOKEN"),
            [
                "number '4940' is not a phone number in international form",
                "META_TOKEN is not a name that may be read here: only names that begin with D360_ are",
            ],
        ),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(
    shops: Shops, account: str, arguments: tuple[str, ...], summaries: list[str]
) -> None:
    with pytest.raises(InvalidInput) as wrong:
        shops.imported(account, *arguments)
    assert [one.summary for one in wrong.value.diagnostics] == summaries
    assert shops.requests() == []


def test_an_account_that_lists_nothing_is_not_green(shops: Shops) -> None:
    report = shops.imported("bakery")
    assert (report.numbers, report.reasons) == ((), frozenset({Reason.STOPPED}))


def test_a_list_that_cannot_be_had_is_said(shops: Shops) -> None:
    shops.faults({"kind": "reply", "status": 401, "body": {"error": {"message": "no", "code": 190}}})
    with pytest.raises(EnvironmentProblem, match="the numbers of bakery cannot be listed: no"):
        shops.imported("bakery")


def test_what_was_seen_and_cannot_be_recorded_is_said(shops: Shops) -> None:
    shops.set_up("shops", DIALOG, about="Fresh bread")
    (shops.root / ".reconciler" / "ledger.sqlite3").mkdir()
    report = shops.imported("shops", DIALOG)
    assert [one.status for one in report.numbers] == [ImportStatus.WRITTEN]
    assert "ledger" in report.unrecorded
    assert report.reasons == {Reason.INCOMPLETE}


def test_files_are_named_after_the_businesses_and_a_name_that_is_there_is_no_reason_to_pass_a_number_over(
    shops: Shops,
) -> None:
    """Another number's file may have the name already, and a later import finds its own file under any name."""
    shops.set_up("bakery", META, 'phone_number_id: "106540352242922"\n', about="Fresh bread")
    shops.world.edit("meta", "106540352242922", verified_name="Bäckerei\u202e Berlin")
    shops.write("bakery/backerei-berlin.yaml", 'account: india\nnumber: "+912266123456"\nprofile: {}\n')
    (one,) = shops.imported("bakery").numbers
    assert (one.file, one.name) == (f"profiles/bakery/backerei-berlin-{META[1:]}.yaml", "Bäckerei\u202e Berlin")
    assert shops.text(one.file.removeprefix("profiles/")).splitlines()[1] == "# Bäckerei? Berlin, as customers see it."
    (again,) = shops.imported("bakery").numbers
    assert (again.file, again.status) == (one.file, ImportStatus.KNOWN)


def test_a_number_that_is_typed_with_its_key_is_named_by_the_list_too(shops: Shops) -> None:
    shops.set_up("bakery", META, 'phone_number_id: "106540352242922"\n', about="Fresh bread")
    (one,) = shops.imported("bakery", f"{META}=106540352242922").numbers
    assert one.file == "profiles/bakery/sandbox-business.yaml"


def test_the_schema_that_an_imported_file_names_to_editors_is_there(shops: Shops) -> None:
    shops.set_up("bakery", META, 'phone_number_id: "106540352242922"\n', about="Fresh bread")
    own = shops.root / "schemas" / "profile.schema.json"
    own.parent.mkdir()
    own.write_text("{}")
    report = shops.imported("bakery")
    (one,) = report.numbers
    path = shops.root / one.file
    modeline = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    assert json.loads((path.parent / modeline).read_text(encoding="utf-8"))["title"] == "A profile at Meta"
    assert "profile.meta.schema.json" in report.schemas
    # What is there stays as it is, and a second import writes none.
    assert own.read_text() == "{}"
    assert shops.imported("bakery").schemas == ()


def test_an_import_is_done_where_the_schemas_cannot_be_written(shops: Shops) -> None:
    shops.set_up("bakery", META, 'phone_number_id: "106540352242922"\n', about="Fresh bread")
    (shops.root / "schemas").write_text("a file in the place of the folder")
    report = shops.imported("bakery")
    assert ([one.status for one in report.numbers], report.schemas) == ([ImportStatus.WRITTEN], ())

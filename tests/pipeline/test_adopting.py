"""`drift --adopt`: what moved elsewhere is written into the files, and the plan right after calls it drift no more."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from reconciler.core.authoring.edits import Authored
from reconciler.core.basics import EnvironmentProblem, Reason
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.target import Origin
from reconciler.effects.files import writing
from reconciler.sandbox.pictures import keep, reencode
from tests.support.fleet import Fleet

PICTURES = Path(__file__).parents[2] / "profiles" / "pictures"
ADDRESS, NUMBER = "106540352242922", "+493012345678"
HEAD = f'account: bakery\nnumber: "{NUMBER}"\nphone_number_id: "{ADDRESS}"\n'
BERLIN = f"""\
# The first shop.
{HEAD}extends: [templates/shop.yaml]
vars: {{city: Berlin}}
profile:  # What customers see.
  address: 'Torstraße 1'  # until we move
  description: |
    Sourdough, rye
    and sweet things.

  # Two at most.
  websites:
    - https://a.example  # the shop
    - https://b.example  # the blog
mode: managed  # for now
"""
SHOP = "profile:\n  about: Fresh bread in ${city}\n  picture: pictures/logo.png\n"


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """A shop that was applied: its file has comments, its template a text with a variable and a picture."""
    (fleet.root / "profiles" / "pictures").mkdir()
    shutil.copy(PICTURES / "logo.png", fleet.root / "profiles" / "pictures" / "logo.png")
    fleet.write("templates/shop.yaml", SHOP)
    fleet.write("berlin.yaml", BERLIN)
    fleet.apply()
    return fleet


def file(fleet: Fleet, name: str = "berlin.yaml") -> str:
    return (fleet.root / "profiles" / name).read_text(encoding="utf-8")


def adopted(report: DriftReport) -> dict[str, str]:
    return {one.field: one.detail for one in report.adopted}


def reasons(report: DriftReport) -> dict[str, str]:
    return {one.field: one.reason for one in report.not_adopted}


def show_picture(fleet: Fleet, name: str) -> None:
    """Let somebody else give the number another picture."""
    served = reencode((PICTURES / name).read_bytes(), declared="image/png")
    fleet.edit(ADDRESS, picture=keep(fleet.world, served))


def test_what_moved_elsewhere_is_written_where_it_stood_and_every_comment_stays(shop: Fleet) -> None:
    shop.edit(ADDRESS, address="Weg 2: Hof", description="Cakes,\nevery day.", websites=["https://b.example"])
    report = shop.drift(adopt=True)
    assert adopted(report) == {"address": "", "description": "", "websites": ""}
    assert report.not_adopted == ()
    assert report.reasons == {Reason.CHANGES}
    assert file(shop) == BERLIN.replace("'Torstraße 1'", "'Weg 2: Hof'").replace(
        "|\n    Sourdough, rye\n    and sweet things.", "|-\n    Cakes,\n    every day."
    ).replace("- https://a.example  # the shop", "# the shop")
    after = shop.plan()
    assert (after.plan.changes, after.reasons) == ((), frozenset())
    assert shop.drift().reasons == frozenset()


def test_what_a_template_says_is_overridden_in_the_profiles_own_file(shop: Fleet) -> None:
    """Its variable stays: the template asks for it, also where the profile says something itself."""
    shop.edit(ADDRESS, about="Costs ${city}: $5")
    report = shop.drift(adopt=True)
    detail = "overrides profiles/templates/shop.yaml:2"
    assert report.adopted == (Authored(profile="berlin", file="profiles/berlin.yaml", field="about", detail=detail),)
    assert file(shop) == BERLIN.replace("# the blog\n", '# the blog\n  about: "Costs $${city}: $5"\n')
    assert file(shop, "templates/shop.yaml") == SHOP
    assert shop.plan().plan.changes == ()


def test_a_link_that_stays_keeps_its_variables(fleet: Fleet) -> None:
    before = f"{HEAD}vars: {{slug: berlin}}\nprofile:\n  websites: ['https://a.example/${{slug}}', https://b.example]\n"
    fleet.write("berlin.yaml", before)
    fleet.apply()
    fleet.edit(ADDRESS, websites=["https://c.example/${slug}", "https://a.example/berlin"])
    assert adopted(fleet.drift(adopt=True)) == {"websites": ""}
    links = "\"https://c.example/$${slug}\", 'https://a.example/${slug}'"
    assert file(fleet) == f"{HEAD}vars: {{slug: berlin}}\nprofile:\n  websites: [{links}]\n"
    assert fleet.plan().plan.changes == ()


def test_a_live_picture_becomes_a_file_of_its_own(shop: Fleet) -> None:
    show_picture(shop, "cafe.png")
    report = shop.drift(adopt=True)
    (detail,) = adopted(report).values()
    assert detail == "saved as pictures/berlin.jpg; overrides profiles/templates/shop.yaml:3"
    assert "  picture: pictures/berlin.jpg\n" in file(shop)
    assert sorted(path.name for path in (shop.root / "profiles" / "pictures").iterdir()) == ["berlin.jpg", "logo.png"]
    assert shop.plan().plan.changes == ()


def test_a_picture_never_takes_the_place_of_another_one(shop: Fleet) -> None:
    """The second is named by its hash; where its file is there already, it is used."""
    (shop.root / "profiles" / "pictures" / "berlin.jpg").write_bytes(b"somebody's")
    show_picture(shop, "cafe.png")
    (detail,) = adopted(shop.drift(adopt=True)).values()
    name = detail.removeprefix("saved as pictures/").partition(";")[0]
    assert name.startswith("berlin-")
    assert (shop.root / "profiles" / "pictures" / "berlin.jpg").read_bytes() == b"somebody's"
    shop.write("berlin.yaml", BERLIN)
    (again,) = adopted(shop.drift(adopt=True)).values()
    assert again == detail


def test_a_picture_that_cannot_be_saved_keeps_the_texts_from_nothing(shop: Fleet) -> None:
    """`pictures/berlin.jpg` is there and is none, and so is the name that would be taken then."""
    show_picture(shop, "cafe.png")
    shop.edit(ADDRESS, about="Theirs")
    name = adopted(shop.drift(adopt=True))["picture"].partition(";")[0].removeprefix("saved as ")
    sha256 = hashlib.sha256((shop.root / "profiles" / name).read_bytes()).hexdigest()
    shop.write("berlin.yaml", BERLIN)
    for taken in ("berlin.jpg", f"berlin-{sha256[:16]}.jpg"):
        (shop.root / "profiles" / "pictures" / taken).write_bytes(b"somebody's")
    report = shop.drift(adopt=True)
    told = f"profiles/pictures/berlin-{sha256[:16]}.jpg is there and is another picture; rename it"
    assert (list(adopted(report)), reasons(report)) == (["about"], {"picture": told})
    assert report.reasons == {Reason.CHANGES, Reason.ERROR}


def test_what_is_empty_now_is_written_empty_where_a_file_can_say_that(shop: Fleet) -> None:
    shop.edit(ADDRESS, description=None, websites=None, about=None, picture=None)
    report = shop.drift(adopt=True)
    assert list(adopted(report)) == ["description", "websites"]
    assert {name: why.partition("; ")[0] for name, why in reasons(report).items()} == {
        "about": "validate refuses it: about cannot be cleared at Meta",
        "picture": "validate refuses it: picture cannot be cleared at Meta",
    }
    assert 'description: ""\n' in file(shop)
    assert "  websites: []\n    # the shop\n    # the blog\n" in file(shop)
    assert [c.field for _, c in shop.plan().plan.changes] == ["about", "picture"]


def test_what_validate_would_refuse_is_not_written(shop: Fleet) -> None:
    shop.edit(ADDRESS, address="x" * 300, description="Cakes")
    report = shop.drift(adopt=True)
    assert list(adopted(report)) == ["description"]
    assert reasons(report)["address"].startswith(
        "validate refuses it: address is 300 characters, 44 over Meta's limit of 256; "
    )


def test_a_file_of_which_nothing_is_taken_is_not_touched(shop: Fleet) -> None:
    before = (shop.root / "profiles" / "berlin.yaml").stat()
    shop.edit(ADDRESS, address="x" * 300)
    assert list(reasons(shop.drift(adopt=True))) == ["address"]
    assert (shop.root / "profiles" / "berlin.yaml").stat() == before


@pytest.mark.parametrize(
    ("live", "written"),
    [
        ("Closed in Berlin until May", "Closed in ${city} until May"),
        ("Closed until May", "Closed until May"),
        ("Berlin! Berlin!", "Berlin! Berlin!"),
    ],
)
def test_a_text_with_the_only_use_of_a_variable_is_taken(fleet: Fleet, live: str, written: str) -> None:
    """Its variable stays where its value still stands without a doubt; without any use it is a warning."""
    fleet.write("berlin.yaml", f"{HEAD}vars: {{city: Berlin}}\nprofile:\n  about: Bread in ${{city}}  # the line\n")
    fleet.apply()
    fleet.edit(ADDRESS, about=live)
    report = fleet.drift(adopt=True)
    assert (adopted(report), report.not_adopted, report.reasons) == ({"about": ""}, (), frozenset({Reason.CHANGES}))
    assert file(fleet).endswith(f"  about: {written}  # the line\n")
    after = fleet.plan()
    assert after.plan.changes == ()
    unused = [] if "${" in written else ["unused-variable"]
    assert [problem.code for problem in after.plan.diagnostics] == unused


def test_a_text_that_a_template_says_keeps_the_variable_in_the_profiles_own_file(shop: Fleet) -> None:
    shop.edit(ADDRESS, about="No bread in Berlin today")
    assert list(adopted(shop.drift(adopt=True))) == ["about"]
    assert "  about: No bread in ${city} today\n" in file(shop)
    assert shop.plan().plan.changes == ()


def test_a_webhook_and_a_conflict_are_left_alone(fleet: Fleet) -> None:
    hook = "{url: https://hooks.example/wa, verify_token: {env: WEBHOOK_VERIFY}}"
    fleet.write("berlin.yaml", f"{HEAD}profile: {{about: Fresh, address: Weg 1, webhook: {hook}}}\n")
    fleet.apply()
    after = f"{HEAD}profile: {{about: Fresher, address: Weg 1, email: a@b.example, webhook: {hook}}}\n"
    fleet.write("berlin.yaml", after)
    fleet.edit(ADDRESS, about="Hacked", webhook="https://evil.example", email="b@b.example")
    report = fleet.drift(adopt=True)
    assert (report.adopted, file(fleet)) == ((), after)
    assert {name: why.partition(":")[0] for name, why in reasons(report).items()} == {
        "about": "changed in the files and elsewhere",
        "email": "nothing says since when it differs",
        "webhook": "a webhook is never adopted",
    }
    assert Reason.INCOMPLETE in report.reasons


def test_an_observed_profile_comes_to_say_what_is_there(fleet: Fleet) -> None:
    address = fleet.profile(mode="observe", about="Fresh bread", email="a@b.example")
    fleet.edit(address, about="Rolls", email="b@b.example")
    assert list(adopted(fleet.drift(adopt=True))) == ["about", "email"]
    assert fleet.drift().reasons == frozenset()


def test_once_adopted_a_later_move_is_drift_again(shop: Fleet) -> None:
    """The next look records by itself that file and number say the same."""
    shop.edit(ADDRESS, address="Weg 2")
    shop.drift(adopt=True)
    shop.drift()
    shop.edit(ADDRESS, address="Weg 3")
    assert [(c.field, c.origin) for _, c in shop.drift().drifted] == [("address", Origin.DRIFTED)]


def test_an_adoption_that_is_taken_back_is_the_same_drift_as_before(shop: Fleet) -> None:
    """Adopting records nothing: the ledger would call the old text an edit, and the next apply would send it."""
    shop.edit(ADDRESS, address="Weg 2")
    shop.drift(adopt=True)
    shop.write("berlin.yaml", BERLIN)
    assert [(c.field, c.origin) for _, c in shop.drift().drifted] == [("address", Origin.DRIFTED)]


def test_without_being_asked_nothing_is_written(shop: Fleet) -> None:
    shop.edit(ADDRESS, address="Weg 2")
    report = shop.drift()
    assert (report.adopted, report.not_adopted, file(shop)) == ((), (), BERLIN)


def test_a_file_that_cannot_be_written_is_named_and_the_others_are_written(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        fleet.profile("berlin", 0, about="One", email="a@b.example"),
        fleet.profile("munich", 1, about="Two"),
    )
    fleet.apply()
    fleet.edit(first, about="Theirs", email="b@b.example")
    fleet.edit(second, about="Theirs")
    replace = writing.replace

    def full(folder: Path, relative: str, content: bytes, *, was: bytes) -> None:
        if relative == "berlin.yaml":
            raise EnvironmentProblem("profiles/berlin.yaml cannot be written: No space left on device")
        replace(folder, relative, content, was=was)

    monkeypatch.setattr(writing, "replace", full)
    report = fleet.drift(adopt=True)
    assert [(one.profile, one.field) for one in report.adopted] == [("munich", "about")]
    told = "profiles/berlin.yaml cannot be written: No space left on device"
    assert [(one.field, one.reason, one.failed) for one in report.not_adopted] == [
        ("about", told, True),
        ("email", told, True),
    ]
    assert report.reasons == {Reason.CHANGES, Reason.ERROR}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"{HEAD}profile: {{about: Changed, email: a@b.example}}\n".encode(), "it says something else besides"),
        (
            f"{HEAD}mode: observe\nprofile: {{about: One, email: a@b.example}}\n".encode(),
            "it says something else besides",
        ),
        (f"{HEAD}profile: {{about: [One, email: a@b.example}}\n".encode(), "the bracket that opens here is not closed"),
        (
            f"{HEAD}profile: {{about: '', email: a@b.example}}\n".encode(),
            "validate refuses it: about cannot be cleared",
        ),
        (b"\xff\xfe", "the file is UTF-16"),
        (b"about: \xe9\n", "the byte 0xE9 at offset 7 is not UTF-8"),
    ],
)
def test_a_file_that_changed_meanwhile_is_left_alone(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, content: bytes, told: str
) -> None:
    fleet.write("berlin.yaml", f"{HEAD}profile: {{about: One, email: a@b.example}}\n")
    fleet.apply()
    fleet.edit(ADDRESS, email="b@b.example")
    original = writing.original

    def changing(folder: Path, relative: str) -> bytes:
        (folder / relative).write_bytes(content)
        return original(folder, relative)

    monkeypatch.setattr(writing, "original", changing)
    report = fleet.drift(adopt=True)
    assert reasons(report)["email"].startswith(f"the file changed while this ran, and is left alone: {told}")
    assert (fleet.root / "profiles" / "berlin.yaml").read_bytes() == content

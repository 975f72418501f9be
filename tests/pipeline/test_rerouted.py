"""An approval is of the way too: which credential a number is written with, and where a picture is fetched from."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest

from reconciler.core.basics import exit_code
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.safety.decision import Approval
from reconciler.render.json import apply_json, dumps, plan_json
from reconciler.render.text.apply import apply_text
from tests.support.fleet import YES, Fleet

LOGO = Path(__file__).parents[2] / "profiles" / "pictures" / "logo.png"
SETTINGS = """\
version: 1
accounts:
  shops: {provider: 360dialog, endpoint: sandbox}
  india: {provider: kaleyra, endpoint: sandbox, sid: HX1, picture_base_url: 'https://static.example/a/'}
  legacy: {provider: pickyassist, endpoint: sandbox, credentials: {token: {file: PICKYASSIST_TOKEN}}}
"""
BREMEN = 'account: shops\nnumber: "+4942112345678"\ncredentials: {api_key: {env: D360_A}}\nprofile: {about: Bread}\n'
HAMBURG = 'account: shops\nnumber: "+494012345678"\nprofile: {about: Bread}\n'
MUMBAI = 'account: india\nnumber: "+912266123456"\nprofile: {about: Bread, picture: pictures/logo.png}\n'
CHENNAI = 'account: legacy\nnumber: "+914422334455"\nprofile: {about: Bread}\n'


@pytest.fixture
def shop(tmp_path: Path) -> Fleet:
    fleet = Fleet(tmp_path)
    fleet.write("reconciler.yaml", SETTINGS)
    (tmp_path / "profiles" / "pictures").mkdir()
    shutil.copy(LOGO, tmp_path / "profiles" / "pictures")
    return fleet


def review(shop: Fleet) -> ApprovedPlan:
    """Return the plan of now, as it is read from its file."""
    found = approved(dumps(plan_json(shop.plan())).encode(), file="plan.json")
    assert isinstance(found, ApprovedPlan), found
    shop.forget()
    return found


def apply(shop: Fleet, plan: ApprovedPlan) -> ApplyReport:
    return shop.apply(approval=Approval(plan=plan, allowed=YES.allowed))


def refused(shop: Fleet, plan: ApprovedPlan) -> list[str]:
    """Return what is said of an apply that must send nothing: the lines on the ways that are others now."""
    report = apply(shop, plan)
    assert exit_code(report.reasons) == 3
    assert [entry for entry in shop.requests() if entry["method"] != "GET"] == []
    assert all(one["elsewhere"] for one in apply_json(report)["unapproved"])
    lines = click.unstyle(apply_text(report)).splitlines()
    return [line.strip() for line in lines if line.startswith("    approved ")]


@pytest.mark.parametrize("text", [BREMEN, HAMBURG, MUMBAI, CHENNAI])
def test_what_goes_the_way_that_was_approved_is_sent(shop: Fleet, text: str) -> None:
    shop.write("one.yaml", text)
    report = apply(shop, review(shop))
    assert (report.unapproved, exit_code(report.reasons), len(report.outcomes)) == ((), 0, 1)


def test_another_credential_of_a_number_may_be_another_numbers_and_stops_the_run(shop: Fleet) -> None:
    shop.write("bremen.yaml", BREMEN)
    plan = review(shop)
    shop.write("bremen.yaml", BREMEN.replace("D360_A", "D360_B"))
    assert refused(shop, plan) == ['approved with the credential "{env: D360_A}", and now it is "{env: D360_B}"']


def test_the_credential_that_is_looked_up_by_the_profiles_name_counts_as_written(shop: Fleet) -> None:
    shop.write("hamburg.yaml", HAMBURG)
    plan = review(shop)
    shop.write("hamburg.yaml", HAMBURG + "credentials: {api_key: {file: D360_HAMBURG}}\n")
    default = "{env: D360_API_KEY_HAMBURG} or 'hamburg' in D360_API_KEYS"
    assert refused(shop, plan) == [f'approved with the credential "{default}", and now it is "{{file: D360_HAMBURG}}"']


def test_where_a_token_decides_the_number_a_file_of_the_variables_name_is_another_one(shop: Fleet) -> None:
    """The number's address has only the name in it."""
    shop.write("chennai.yaml", CHENNAI)
    plan = review(shop)
    shop.write("reconciler.yaml", SETTINGS.replace("{file: PICKY", "{env: PICKY"))
    assert refused(shop, plan) == [
        'approved with the credential "{file: PICKYASSIST_TOKEN}", and now it is "{env: PICKYASSIST_TOKEN}"'
    ]


def test_another_place_to_fetch_a_picture_from_stops_the_run(shop: Fleet) -> None:
    """The file is the same; what the provider would fetch there, nobody here has seen."""
    shop.write("mumbai.yaml", MUMBAI)
    plan = review(shop)
    shop.write("reconciler.yaml", SETTINGS.replace("static.example/a", "evil.example/a"))
    assert refused(shop, plan) == [
        'approved with the picture_base_url "https://static.example/a/", and now it is "https://evil.example/a/"'
    ]


def test_where_no_picture_is_sent_it_does_not_matter_where_one_would_come_from(shop: Fleet) -> None:
    shop.write("mumbai.yaml", MUMBAI.replace(", picture: pictures/logo.png", ""))
    plan = review(shop)
    shop.write("reconciler.yaml", SETTINGS.replace("static.example/a", "other.example/a"))
    assert exit_code(apply(shop, plan).reasons) == 0
    assert len(shop.requests("PUT")) == 1


def test_a_plan_names_the_places_of_secrets_and_binds_them_by_its_digest(shop: Fleet) -> None:
    shop.environ["D360_A"] = "kX9v2b"
    shop.write("bremen.yaml", BREMEN)
    document = plan_json(shop.plan())
    assert document["targets"][0]["changes"][0]["via"] == {"credential": "{env: D360_A}"}
    assert "kX9v2b" not in dumps(document)
    shop.write("bremen.yaml", BREMEN.replace("D360_A", "D360_B"))
    assert plan_json(shop.plan())["digest"] != document["digest"]

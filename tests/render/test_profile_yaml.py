"""A draft as the file that a person would have written."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.authoring.import_draft import ImportDraft
from reconciler.core.fields import FIELD_NAMES, INDUSTRIES, Mode, SecretRef
from reconciler.core.target import Target
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from reconciler.providers import providers
from reconciler.render.profile_yaml import profile_yaml
from tests.support.authoring import resolved, said

TRAITS = {name: provider.traits for name, provider in providers().items()}
NUMBER = "+493012345678"
ID = "106540352242922"
SEVENTEEN = ", ".join(tuple(INDUSTRIES)[:17])
RULES = "version: 1\naccounts: {bakery: {provider: PROVIDER, endpoint: sandbox}}\n"
EMPTY = "# The number shows nothing that a person wrote: nothing is managed yet."
FOREIGN = st.text(max_size=60) | st.lists(
    st.sampled_from(["\n", "\r", "\x85", "\u2028", "mode: paused", " ", "\x0b", "# ", "\ufeff", "\u202e", "x" * 120]),
    max_size=12,
).map("".join)


def draft(profile: str = "bakery/493012345678", **given: Any) -> ImportDraft:
    target = Target(provider="x", endpoint="sandbox", address=ID, account="bakery", profile=profile, number=NUMBER)
    return ImportDraft(target, **given)


def lines(provider: str = "meta", **given: Any) -> list[str]:
    """Return the file behind its first three lines, which are the same in each."""
    text = profile_yaml(draft(**given), TRAITS[provider])
    assert text.endswith("\n")
    schema, account, number, *others = text.removesuffix("\n").split("\n")
    assert schema == f"# yaml-language-server: $schema=../../schemas/profile.{provider}.schema.json"
    assert (account, number) == ("account: bakery", f'number: "{NUMBER}"')
    return others


def data_of(text: str) -> Any:
    found = read_yaml(text.encode(), "profiles/berlin.yaml")
    return found.data if isinstance(found, Document) else said(found)


def test_a_profile_as_it_is_written() -> None:
    fields = {"websites": ["https://a.example"], "about": "Fresh: daily", "address": "Main Street 1\n10115 Berlin"}
    assert lines(keys={"phone_number_id": ID}, fields=fields) == [
        f'phone_number_id: "{ID}"',
        "profile:",
        '  about: "Fresh: daily"',
        "  address: |-",
        "    Main Street 1",
        "    10115 Berlin",
        "  websites:",
        "    - https://a.example",
    ]


@pytest.mark.parametrize(
    ("profile", "up"), [("berlin", "../"), ("bakery/4930", "../../"), ("bakery/north/4930", "../../../")]
)
def test_the_first_line_leads_to_the_schema_from_any_folder(profile: str, up: str) -> None:
    first, *_ = profile_yaml(draft(profile), TRAITS["kaleyra"]).splitlines()
    assert first == f"# yaml-language-server: $schema={up}schemas/profile.kaleyra.schema.json"


def test_a_key_that_is_a_number_stays_one() -> None:
    assert lines("pickyassist", keys={"application": 5}) == ["application: 5", EMPTY]


def test_a_secret_is_named() -> None:
    assert lines("360dialog", credentials={"api_key": SecretRef(env="D360_BERLIN")}) == [
        "credentials: {api_key: {env: D360_BERLIN}}",
        EMPTY,
    ]


def test_where_a_key_is_looked_up_is_said_of_a_file_that_names_none() -> None:
    """Renamed, the file would be without its key."""
    assert lines("360dialog", fields={"about": "x"}) == [
        (
            "# Its api_key is looked up by this file's name, which must then stay:"
            " {env: D360_API_KEY_BAKERY_493012345678} or"
        ),
        "# 'bakery/493012345678' in D360_API_KEYS.",
        "profile:",
        "  about: x",
    ]
    named = lines("360dialog", credentials={"api_key": SecretRef(env="D360_X")}, fields={"about": "x"})
    assert named == ["credentials: {api_key: {env: D360_X}}", "profile:", "  about: x"]
    assert lines("kaleyra", fields={"about": "x"}) == ["profile:", "  about: x"]


def test_what_may_not_be_written_is_only_looked_at() -> None:
    assert lines(mode=Mode.OBSERVE, fields={"about": "x"}) == [
        "# The provider does not let this number be written, so it is only looked at.",
        "mode: observe",
        "profile:",
        "  about: x",
    ]


def test_what_the_defaults_would_bring_along_is_left_out_by_name() -> None:
    assert lines(omit=("about", "websites"), fields={"email": "a@b.example"}) == [
        "# The defaults would bring these along, and the number does not show them so.",
        "omit: [about, websites]",
        "profile:",
        "  email: a@b.example",
    ]
    assert lines("kaleyra", omit=("about",), write_only=True)[:2] == [
        "# The defaults would bring these along, and they cannot be read back.",
        "omit: [about]",
    ]


def test_what_is_not_managed_stands_beside_it_with_the_reason() -> None:
    asides = (("about", '"a"', "it is too long"), ("webhook", "", "it could not be read: a timeout"))
    assert lines(fields={"email": "a@b.example"}, asides=asides) == [
        "profile:",
        "  email: a@b.example",
        "# about is not managed: it is too long",
        '#   about: "a"',
        "# webhook is not managed: it could not be read: a timeout",
    ]


def test_a_long_reason_is_wrapped_and_what_is_known_is_not() -> None:
    known, why = f'"{"word " * 60}"', "because " * 30
    told = lines(fields={"email": "a@b.example"}, asides=(("about", known, why),))[2:]
    assert told[-1] == f"#   about: {known}"
    assert " ".join(line.removeprefix("# ") for line in told[:-1]) == f"about is not managed: {why.strip()}"
    assert len(told) > 2
    assert max(map(len, told[:-1])) <= 112


def test_that_nothing_is_managed_is_not_said_where_the_defaults_say_it_all() -> None:
    assert EMPTY not in lines(inherited=("about", "email"))


def test_that_nobody_wrote_anything_is_not_said_of_what_could_not_be_read() -> None:
    asides = tuple((name, "", "it could not be read: a timeout") for name in FIELD_NAMES)
    assert EMPTY not in lines(asides=asides)


def test_that_the_number_does_not_have_it_is_not_said_of_what_it_has() -> None:
    """A default webhook is left out at Meta because the live one's token cannot be read back."""
    aside = ("webhook", '{"url": "https://h.example"}', "what is secret in it …")
    assert lines(omit=("webhook",), asides=(aside,)) == [
        "# The defaults would bring these along, and the number does not show them so.",
        "omit: [webhook]",
        "# profile:",
        "# webhook is not managed: what is secret in it …; take it out of `omit` too",
        '#   webhook: {"url": "https://h.example"}',
    ]


def test_of_a_value_that_no_file_could_hold_only_the_beginning_stands_there() -> None:
    assert lines(asides=(("about", "x" * 2000, "it is long"), ("email", "y" * 2001, "it is longer"))) == [
        "# profile:",
        "# about is not managed: it is long",
        f"#   about: {'x' * 2000}",
        "# email is not managed: it is longer",
        f"#   email: {'y' * 2000}…",
    ]


# Where nothing can be read


def test_of_what_is_only_written_there_is_a_beginning() -> None:
    assert lines("kaleyra", write_only=True) == [
        (
            "# Kaleyra has no way to read a profile back (K-3 in providers/APIS.md): what this number shows is not"
            " known, so"
        ),
        (
            "# nothing is managed yet. Take `# ` away, the space too, from `profile:` and from what is to be managed;"
            " the"
        ),
        "# first apply asks first.",
        "# profile:",
        "#   about: ''   # at most 139 characters",
        "#   address: ''   # at most 256 characters",
        "#   description: ''   # at most 256 characters",
        "#   email: ''   # at most 128 characters",
        f"#   industry: OTHER   # one of {SEVENTEEN}",
        "#   websites: []   # at most 1",
        "#   picture: pictures/logo.png   # needs picture_base_url in the account",
        "#   webhook: {url: https://}",
    ]


def test_what_a_provider_does_not_have_is_no_part_of_the_beginning() -> None:
    told = lines("pickyassist", write_only=True)
    assert told[0].startswith("# Picky Assist has no way to read a profile back (P-10 in providers/APIS.md): ")
    assert [line for line in told if "webhook" in line] == []
    assert "#   websites: []   # at most 2" in told


@pytest.mark.parametrize("provider", ["meta", "360dialog"])
def test_a_picture_that_is_uploaded_and_a_text_without_a_limit_say_no_more(provider: str) -> None:
    about = replace(TRAITS[provider].capabilities["about"], limit=0)
    capabilities = {**TRAITS[provider].capabilities, "about": about}
    traits = replace(TRAITS[provider], capabilities=capabilities)
    told = profile_yaml(draft(write_only=True), traits).splitlines()
    assert {"#   picture: pictures/logo.png", "#   about: ''"} <= set(told)


@pytest.mark.parametrize("provider", ["kaleyra", "pickyassist"])
def test_the_beginning_is_yaml_when_an_editor_takes_the_marks_away(provider: str) -> None:
    """Editors take the space along."""
    head, _, example_lines = profile_yaml(draft(write_only=True), TRAITS[provider]).partition("\n# profile:")
    text = f"{head}\n# profile:{example_lines}"
    opened = re.sub(rf"(?m)^# ( *(?:profile|{'|'.join(FIELD_NAMES)}):)", r"\1", text)
    writable = {name for name in FIELD_NAMES if TRAITS[provider].capabilities[name].writable}
    found = data_of(opened)
    assert isinstance(found, dict), found
    assert set(found["profile"]) == writable


@pytest.mark.parametrize("provider", ["kaleyra", "pickyassist"])
def test_the_beginning_itself_is_a_valid_profile_that_manages_nothing(provider: str) -> None:
    rules = RULES.replace("PROVIDER", f"{provider}{', sid: HX1' if provider == 'kaleyra' else ''}")
    found = resolved(profile_yaml(draft(write_only=True), TRAITS[provider]), rules=rules)
    assert said(found.diagnostics) == ["2:1 warning nothing-managed: the profile manages no field"]


# Nothing foreign acts


@given(why=FOREIGN, name=st.sampled_from(FIELD_NAMES))
@example(why="x" * 109 + "\nmode: paused", name="about")
@example(why=" " * 200 + "mode: paused", name="about")
def test_a_reason_never_leaves_its_comment(why: str, name: str) -> None:
    """A reason quotes what a provider answered."""
    text = profile_yaml(draft(fields={"email": "a@b.example"}, asides=((name, "", why),)), TRAITS["meta"])
    _, behind = text.split("  email: a@b.example\n")
    assert behind.startswith(f"# {name} is not managed:")
    assert all(line.startswith("# ") for line in behind.splitlines())
    assert data_of(text) == {"account": "bakery", "number": NUMBER, "profile": {"email": "a@b.example"}}


@given(
    account=st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,20}\Z"),
    fields=st.dictionaries(st.sampled_from(FIELD_NAMES), FOREIGN),
)
@example(account="1", fields={"about": "\ufffe"})
@example(account="null", fields={"about": "a\nmode: paused"})
def test_the_file_says_exactly_what_the_draft_does(account: str, fields: dict[str, str]) -> None:
    target = replace(draft().target, account=account)
    made = ImportDraft(target, keys={"phone_number_id": ID, "application": 5}, fields=fields)
    profile = {"profile": fields} if fields else {}
    expected = {"account": account, "number": NUMBER, "phone_number_id": ID, "application": 5, **profile}
    assert data_of(profile_yaml(made, TRAITS["meta"])) == expected

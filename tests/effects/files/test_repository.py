from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.basics import InvalidInput
from reconciler.core.fields import Picture
from reconciler.core.reading.resolve import Resolver
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.repository import Repository, read_repository
from reconciler.effects.world import Context
from reconciler.providers import providers

SETTINGS = """
version: 1
accounts:
  bakery: {provider: meta, endpoint: sandbox}
"""
PROFILE = """
account: bakery
number: "+493012345678"
phone_number_id: "106540352242922"
profile: {about: Hi}
"""


def read(root: Path, environ: dict[str, str] | None = None, /, **texts: str) -> Repository:
    """Return the repository of files below profiles/ with these texts."""
    folder = root / "profiles"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return read_repository(Context(root, environ or {}), providers())


def codes(found: Repository) -> list[tuple[str, str]]:
    return [(problem.location.file, problem.code) for problem in found.diagnostics]


def test_sound_files_become_settings_and_desired_profiles(tmp_path: Path) -> None:
    found = read(tmp_path, reconciler=SETTINGS, berlin=PROFILE)
    assert found.diagnostics == ()
    assert found.sound() is found.settings
    assert list(found.sound().accounts) == ["bakery"]
    assert [(one.target.profile, one.file, [f.name for f in one.fields]) for one in found.desired] == [
        ("berlin", "profiles/berlin.yaml", ["about"])
    ]


def test_without_settings_profiles_are_checked_all_the_same(tmp_path: Path) -> None:
    """Their accounts are not called unknown: what is missing is said once."""
    found = read(tmp_path, berlin=PROFILE.replace("about: Hi", "abuot: Hi"), list="- 1\n", account="account: [1]\n")
    assert found.names == ("account", "berlin", "list")
    assert ("profiles/berlin.yaml", "unknown-field") in codes(found)
    assert ("profiles/reconciler.yaml", "no-settings") in codes(found)
    assert "unknown-account" not in [code for _, code in codes(found)]
    assert found.desired == ()
    with pytest.raises(InvalidInput) as wrong:
        found.sound()
    assert wrong.value.diagnostics == found.diagnostics


def test_what_is_wrong_with_an_account_is_said_with_what_is_wrong_with_files(tmp_path: Path) -> None:
    found = read(tmp_path, reconciler=SETTINGS.replace("meta", "mata"), berlin="a: [", zuerich="a: [")
    assert (list(found.settings.accounts), found.desired, found.names) == ([], (), ("berlin", "zuerich"))
    assert [file for file, _ in codes(found)] == [
        "profiles/berlin.yaml",
        "profiles/reconciler.yaml",
        "profiles/zuerich.yaml",
    ]
    with pytest.raises(InvalidInput):
        found.sound()


def test_problems_of_all_files_come_in_the_order_of_their_places(tmp_path: Path) -> None:
    found = read(
        tmp_path, reconciler=SETTINGS, a=PROFILE + "nope: 1\n", b="a: [", c=PROFILE.replace("about: Hi", "x: 1")
    )
    assert [file for file, _ in codes(found)] == ["profiles/a.yaml", "profiles/b.yaml", "profiles/c.yaml"]
    assert [problem.order for problem in found.diagnostics] == sorted(problem.order for problem in found.diagnostics)
    with pytest.raises(InvalidInput) as wrong:
        found.sound()
    assert wrong.value.diagnostics == found.diagnostics


def test_warnings_do_not_stop(tmp_path: Path) -> None:
    long = PROFILE.replace("about: Hi", f"description: {'x' * 300}")
    found = read(tmp_path, reconciler=SETTINGS, berlin=long)
    assert [problem.severity.value for problem in found.diagnostics] == ["warning"]
    assert found.sound() is found.settings


@pytest.mark.parametrize(
    ("environ", "sound"), [({}, False), ({"RECONCILER_ALLOW_ENDPOINT": "http://127.0.0.1:9"}, True)]
)
def test_only_the_environment_allows_another_endpoint(tmp_path: Path, environ: dict[str, str], sound: bool) -> None:
    text = SETTINGS.replace(
        "endpoint: sandbox", "endpoint: 'http://127.0.0.1:9', credentials: {token: {env: META_TOKEN}}"
    )
    found = read(tmp_path, environ, reconciler=text)
    assert (list(found.settings.accounts) == ["bakery"]) is sound


def test_what_is_broken_is_not_called_missing_as_well(tmp_path: Path) -> None:
    (tmp_path / "profiles" / "templates").mkdir(parents=True)
    (tmp_path / "profiles" / "templates" / "shop.yaml").write_text("a: [")
    text = SETTINGS.replace("meta", "mata")
    found = read(tmp_path, reconciler=text, berlin=PROFILE + "extends: [templates/shop.yaml]\n")
    assert codes(found) == [
        ("profiles/reconciler.yaml", "unknown-provider"),
        ("profiles/templates/shop.yaml", "yaml-unclosed-bracket"),
    ]


def test_a_profile_is_held_to_its_provider_also_where_its_account_is_wrong(tmp_path: Path) -> None:
    """All mistakes of all files at once; whether pictures have an address, only a sound account can say."""
    account = "bakery: {provider: kaleyra, endpoint: sandbox, sid: ../../x}"
    profile = 'account: bakery\nnumber: "+912266123456"\nprofile: {industry: ALCOHOL, email: "", picture: a.png}\n'
    found = read(tmp_path, reconciler=f"version: 1\naccounts: {{{account}}}\n", mumbai=profile)
    assert codes(found) == [
        ("profiles/mumbai.yaml", "industry"),
        ("profiles/mumbai.yaml", "not-clearable"),
        ("profiles/mumbai.yaml", "picture"),
        ("profiles/reconciler.yaml", "wrong-value"),
    ]


ACCEPTED = f"""
version: 1
ignore:
  - {{profile: berlin, field: about, value: sha256:{"3f" * 32}, reason: Christmas, until: 2026-12-27}}
"""


def test_accepted_drift_is_checked_with_everything_else(tmp_path: Path) -> None:
    found = read(tmp_path, reconciler=SETTINGS, berlin=PROFILE, **{"drift-ignore": ACCEPTED})
    assert [(one.profile, one.reason) for one in found.acknowledgements] == [("berlin", "Christmas")]
    assert found.sound() is found.settings


def test_a_profile_that_is_broken_is_not_called_unknown_as_well(tmp_path: Path) -> None:
    found = read(tmp_path, reconciler=SETTINGS, berlin="a: [", **{"drift-ignore": ACCEPTED})
    assert codes(found) == [("profiles/berlin.yaml", "yaml-unclosed-bracket")]


@pytest.mark.parametrize(
    ("text", "code"), [("ignore: [", "yaml-unclosed-bracket"), (ACCEPTED.replace("about", "abuot"), "unknown-field")]
)
def test_a_broken_file_of_accepted_drift_is_an_error_like_any_other(tmp_path: Path, text: str, code: str) -> None:
    found = read(tmp_path, reconciler=SETTINGS, berlin=PROFILE, **{"drift-ignore": text})
    assert (codes(found), found.acknowledgements) == ([("profiles/drift-ignore.yaml", code)], ())
    with pytest.raises(InvalidInput):
        found.sound()


def test_what_only_follows_from_a_slip_is_not_said_beside_it(tmp_path: Path) -> None:
    """A hash leaves `about` empty, and the quotes of a word processor make no number and no account."""
    profile = PROFILE.replace('"+493012345678"', "“+493012345678”").replace("{about: Hi}", "\n  about: #1\n  email: x")
    found = read(tmp_path, reconciler=SETTINGS, berlin=profile.replace(": bakery", ": “bakery”"))
    assert [
        (code, problem.location.line) for problem, (_, code) in zip(found.diagnostics, codes(found), strict=True)
    ] == [
        ("typographic-quotes", 2),
        ("typographic-quotes", 3),
        ("hash-in-text", 6),
        ("email", 7),
    ]


def test_in_the_settings_and_in_drift_ignore_it_is_the_same(tmp_path: Path) -> None:
    rules = SETTINGS.replace("meta", "“meta”")
    found = read(tmp_path, **{"reconciler": rules, "drift-ignore": "version: 1\nignore: “x”\n"})
    assert codes(found) == [
        ("profiles/drift-ignore.yaml", "typographic-quotes"),
        ("profiles/reconciler.yaml", "typographic-quotes"),
    ]


@pytest.mark.parametrize("written", ["", "''", "x", "5", "true", "[]"])
def test_defaults_that_are_no_mapping_are_one_error_and_nothing_follows_from_it(tmp_path: Path, written: str) -> None:
    """They may have used the variable, and managed a field; an import finds no defaults."""
    unused = PROFILE.replace("{about: Hi}", "{}") + "vars: {city: Berlin}\n"
    found = read(tmp_path, reconciler=f"{SETTINGS}defaults: {written}\n", berlin=unused)
    assert [(one.code, one.location.line) for one in found.diagnostics] == [("wrong-type" if written else "null", 5)]
    assert found.sources.inheritance().given("berlin", "bakery") == {}


# The same files a second time: the base first, then the files as they are.

MUNICH = PROFILE.replace("12345678", "12345679").replace("2922", "2923").replace("about: Hi", "picture: logo.png")
WARNED = PROFILE.replace("12345678", "12345670").replace("2922", "2924").replace("about: Hi", "about: ' Hi'")


@pytest.mark.parametrize(
    ("name", "text", "read_again"),
    [
        ("berlin.yaml", PROFILE, {"warned"}),
        ("berlin.yaml", PROFILE.replace("Hi", "Ho"), {"berlin", "warned"}),
        ("hamburg.yaml", PROFILE.replace("12345678", "12345671").replace("2922", "2925"), {"hamburg", "warned"}),
        ("logo.png", "red", {"munich", "warned"}),
        ("templates/a.yaml", "profile: {about: Ha}\n", {"berlin", "munich", "warned"}),
        ("reconciler.yaml", f"{SETTINGS}defaults: {{about: Ha}}\n", {"berlin", "munich", "warned"}),
    ],
)
def test_only_what_is_the_same_and_stands_among_the_same_is_not_read_again(
    tmp_path: Path, name: str, text: str, read_again: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile with a remark is read again: its places are told only by its file."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for colour, place in (("blue", "logo.png"), ("red", "red.png")):
        Image.new("RGB", (640, 640), colour).save(folder / place)
    context = Context(tmp_path, {})
    read(tmp_path, reconciler=SETTINGS, berlin=PROFILE, munich=MUNICH, warned=WARNED)
    earlier = read_repository(context, providers(), keep=True).resolutions
    assert earlier is not None
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((folder / "red.png").read_bytes() if text == "red" else text.encode())
    anew = read_repository(context, providers())

    seen: list[str] = []
    resolve = Resolver.profile

    def counted(self: Resolver, name: str, document: Document, pictures: Mapping[str, Picture | str]) -> object:
        seen.append(name)
        return resolve(self, name, document, pictures)

    monkeypatch.setattr(Resolver, "profile", counted)
    found = read_repository(context, providers(), earlier=earlier)
    assert set(seen) == read_again
    assert (found.desired, found.diagnostics) == (anew.desired, anew.diagnostics)
    assert (anew.resolutions, found.resolutions) == (None, None)

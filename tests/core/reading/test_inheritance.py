"""What a profile begins with: layers from the farthest to the nearest, folders, accounts, and chains of templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.core.fields import Mode
from reconciler.core.reading.inheritance import DEEPEST_CHAIN, MOST_IN_CHAIN
from reconciler.core.reading.layers import MOST_FILLED
from tests.support.authoring import HEAD, SETTINGS, fields, resolved, said

KEYS = 'number: "+493012345678"\nphone_number_id: "106540352242922"\n'
ACCOUNT = "accounts:\n  bakery:\n    provider: meta\n    endpoint: sandbox"
# Farthest first: each layer writes its own name into the fields of those that are nearer.
NAMES = ("about", "address", "description", "email", "websites", "industry")
VALUES = {"websites": "[https://{0}.example]", "industry": "OTHER", "email": "{0}@a.example"}


def block(layer: str, names: tuple[str, ...], indent: str = "  ") -> str:
    """Return fields that say which layer wrote them."""
    return "".join(f"{indent}{name}: {VALUES.get(name, '{0}').format(layer)}\n" for name in names)


RULES = f"version: 1\n{ACCOUNT}\n    defaults:\n{block('account', NAMES[1:], '      ')}defaults:\n{block('all', NAMES)}"
FOLDERS = {
    "": f"profile:\n{block('top', NAMES[2:5])}",
    "shops": f"profile:\n{block('shops', NAMES[3:5])}",
    "shops/north": "{}",
    "other": f"profile:\n{block('other', NAMES)}",
}


def test_the_layers_win_in_the_order_that_the_documents_name() -> None:
    """Built-in < defaults < the account's < the folders', outer to inner < templates < the file."""
    templates = {"templates/a.yaml": f"profile:\n{block('template', NAMES[4:5])}"}
    text = f"{HEAD}extends: [templates/a.yaml]\n"
    found = resolved({"shops/north/berlin": text}, templates=templates, rules=RULES, folders=FOLDERS)
    assert said(found.diagnostics) == []
    (one,) = found.desired
    assert {field.name: (field.value, field.source.file) for field in one.fields} == {
        "about": ("all", "profiles/reconciler.yaml"),
        "address": ("account", "profiles/reconciler.yaml"),
        "description": ("top", "profiles/defaults.yaml"),
        "email": ("shops@a.example", "profiles/shops/defaults.yaml"),
        "websites": (("https://template.example",), "profiles/templates/a.yaml"),
        "industry": ("OTHER", "profiles/reconciler.yaml"),
    }
    assert one.get("address") is not None
    assert [str(field.source) for field in one.fields if field.name == "industry"] == ["profiles/reconciler.yaml:11:17"]
    own = fields(resolved({"shops/x": f"{HEAD}profile: {{websites: [https://own.example]}}\n"}, rules=RULES))
    assert own["websites"] == ("https://own.example",)


def test_an_empty_value_clears_what_a_farther_layer_wrote() -> None:
    folders = {"": "profile: {address: Far}\n", "shops": "profile: {address: ''}\n"}
    assert fields(resolved({"shops/a": HEAD}, folders=folders))["address"] == ""
    assert fields(resolved({"a": f"{HEAD}profile: {{address: ''}}\n"}, folders=folders))["address"] == ""


def test_a_profile_omits_what_a_folder_or_an_account_would_bring() -> None:
    found = resolved({"shops/a": f"{HEAD}omit: [about, address, email]\n"}, rules=RULES, folders=FOLDERS)
    assert said(found.diagnostics) == []
    assert {*fields(found)} == {"description", "websites", "industry"}


def test_only_the_profiles_of_an_account_have_its_defaults() -> None:
    other = "  other: {provider: meta, endpoint: sandbox, credentials: {token: {env: META_OTHER}}}\n"
    rules = RULES.replace("defaults:\n  about", f"{other}defaults:\n  about")
    found = resolved({"a": HEAD.replace("account: bakery", "account: other")}, rules=rules)
    assert fields(found)["address"] == "all"


def test_a_folder_gives_the_account_the_templates_and_the_mode() -> None:
    folders = {
        "": "account: gone\nextends: [templates/gone.yaml]\nmode: paused\n",
        "shops": "account: bakery\nextends: [templates/a.yaml]\nmode: observe\nvars: {city: Ulm, zip: '1'}\n",
    }
    templates = {"templates/a.yaml": "profile: {about: 'In ${city} ${zip}'}\n"}
    found = resolved({"shops/a": f"{KEYS}vars: {{city: Berlin}}\n"}, folders=folders, templates=templates)
    assert [one.code for one in found.diagnostics] == ["unknown-account", "unknown-template"]
    del folders[""]
    found = resolved({"shops/a": f"{KEYS}vars: {{city: Berlin}}\n"}, folders=folders, templates=templates)
    (one,) = found.desired
    assert (one.target.account, one.mode, fields(found)) == ("bakery", Mode.OBSERVE, {"about": "In Berlin 1"})


@pytest.mark.parametrize(
    ("own", "about"), [("extends: []\n", "top"), ("extends: [templates/b.yaml]\n", "b"), ("mode: managed\n", "a")]
)
def test_a_key_of_the_file_replaces_that_of_the_folder_as_a_whole(own: str, about: str) -> None:
    folders = {"": "account: bakery\nextends: [templates/a.yaml]\nmode: observe\nprofile: {about: top}\n"}
    templates = {f"templates/{name}.yaml": f"profile: {{about: {name}}}\n" for name in "ab"}
    found = resolved(f"{KEYS}{own}", folders=folders, templates=templates)
    assert said(found.diagnostics) == []
    assert fields(found)["about"] == about
    assert found.desired[0].mode == ("managed" if "mode" in own else "observe")


def test_a_mistake_in_a_folders_defaults_is_told_once_and_in_its_file() -> None:
    text = "acount: x\nnumber: '+49'\nomit: []\naccount: bakry\nextends: [templates/b.yaml, 5]\nmode: some\n"
    folders = {"shops": f"{text}vars: {{a: 1}}\nprofile:\n  abot: x\n  about: {'x' * 140}\n"}
    profiles = {f"shops/{name}": KEYS.replace("5678", f"567{at}") for at, name in enumerate("abc")}
    found = resolved(profiles, folders=folders, templates={"templates/a.yaml": ""})
    known = "known here: account, extends, mode, profile, vars"
    too_long = "profiles/shops/defaults.yaml:10:10 too-long: about is 140 characters, 1 over the limit of 139"
    assert found.desired == ()
    assert said(found.diagnostics) == [
        "profiles/shops/defaults.yaml:1:1 unknown-key: unknown key acount | did you mean account?",
        f"profiles/shops/defaults.yaml:2:1 unknown-key: unknown key number | {known}",
        f"profiles/shops/defaults.yaml:3:1 unknown-key: unknown key omit | {known}",
        "profiles/shops/defaults.yaml:4:10 unknown-account: unknown account 'bakry' | did you mean bakery?",
        'profiles/shops/defaults.yaml:5:29 wrong-type: extends[1] must be text, not a number | write it in quotes: "5"',
        "profiles/shops/defaults.yaml:6:7 wrong-value: mode must be managed, observe or paused",
        'profiles/shops/defaults.yaml:7:11 wrong-type: vars.a must be text, not a number | write it in quotes: "1"',
        "profiles/shops/defaults.yaml:9:3 unknown-field: unknown field 'abot' | did you mean about?",
        f"{too_long} | shorten it by 1; found for shops/a, shops/b, shops/c",
    ]


@pytest.mark.parametrize(
    ("text", "about", "place"),
    [
        ("account: 5\n", "x", "1:10 wrong-type"),
        ("account:\n", "x", "1:1 null"),
        ("extends: x\n", "In ${city}", "1:10 wrong-type"),
        ("- a\n", "In ${city}", "1:1 wrong-type"),
        ("vars: [city]\n", "In ${city}", "1:7 wrong-type"),
    ],
)
def test_nothing_follows_in_a_profile_from_a_wrong_folder(text: str, about: str, place: str) -> None:
    profiles = {"shops/a": f"{KEYS}profile: {{about: '{about}'}}\n"}
    found = resolved(profiles, folders={"": "account: bakery\n", "shops": text})
    told = [one.partition(": ")[0] for one in said(found.diagnostics)]
    assert (found.desired, told) == ((), [f"profiles/shops/defaults.yaml:{place}"])


def test_nothing_follows_from_a_folder_that_cannot_be_read() -> None:
    unread = "shops/defaults.yaml"
    found = resolved({"shops/a": f"{KEYS}profile: {{about: '${{city}}'}}\n"}, broken=[unread])
    assert (found.desired, said(found.diagnostics)) == ((), [])
    # A nearer folder that writes the account itself knows it again, and the profile is still not whole.
    found = resolved({"shops/a/b": KEYS}, broken=[unread], folders={"shops/a": "account: gone\n"})
    assert [one.code for one in found.diagnostics] == ["unknown-account"]


def test_the_defaults_of_an_account_are_checked_where_they_stand() -> None:
    rules = f"version: 1\n{ACCOUNT}\n    defaults: {{abot: x, websites: [x], industry: }}\n"
    at = rules.count("\n")
    found = resolved({"a": HEAD}, rules=rules)
    assert found.desired == ()
    assert [one for one in said(found.diagnostics) if "abot" in one] == [
        f"{at}:16 unknown-field: unknown field 'abot' | did you mean about?"
    ]
    assert any("websites[0] is not a link" in one for one in said(found.diagnostics))
    assert any("to clear it" in one and ":industry" not in one for one in said(found.diagnostics))


CHAIN = {
    "templates/outer.yaml": "vars: {city: Ulm, zip: '1'}\nprofile: {about: 'In ${city}', address: '${zip} ${road}'}\n",
    "templates/middle.yaml": "extends: [templates/outer.yaml]\nvars: {zip: '2'}\nprofile: {description: Middle}\n",
    "templates/inner.yaml": "extends: [templates/middle.yaml]\nvars: {road: Torstr.}\nprofile: {description: Inner}\n",
}


def of_chain(templates: Mapping[str, str], own: str = "extends: [templates/inner.yaml]\n", **more: Any) -> Any:
    """Resolve one profile with these templates."""
    return resolved(f"{HEAD}{own}", templates=templates, **more)


def test_a_template_brings_along_what_it_extends_and_each_field_names_its_own_file() -> None:
    found = of_chain(CHAIN, "extends: [templates/inner.yaml]\nvars: {city: Berlin}\n")
    assert said(found.diagnostics) == []
    assert fields(found) == {"about": "In Berlin", "address": "2 Torstr.", "description": "Inner"}
    assert {field.name: str(field.source) for field in found.desired[0].fields} == {
        "about": "profiles/templates/outer.yaml:2:18",
        "address": "profiles/templates/outer.yaml:2:41",
        "description": "profiles/templates/inner.yaml:3:24",
    }


def test_a_template_that_several_extend_counts_where_it_is_named_last() -> None:
    """In a diamond the common one is farther than both, unless the profile names it again."""
    templates = {
        "templates/base.yaml": "profile: {about: base, address: base}\n",
        "templates/left.yaml": "extends: [templates/base.yaml]\nprofile: {about: left}\n",
        "templates/right.yaml": "extends: [templates/base.yaml]\nprofile: {address: right}\n",
    }
    both = "extends: [templates/left.yaml, templates/right.yaml]\n"
    assert fields(of_chain(templates, both)) == {"about": "base", "address": "right"}
    again = "extends: [templates/right.yaml, templates/base.yaml]\n"
    assert fields(of_chain(templates, again)) == {"about": "base", "address": "base"}


def test_the_bound_on_filling_holds_over_a_chain() -> None:
    templates = {
        "templates/outer.yaml": f"vars: {{a: {'x' * 1000}}}\n",
        "templates/inner.yaml": f"extends: [templates/outer.yaml]\nprofile: {{about: '{'${a}' * 9}'}}\n",
    }
    found = of_chain(templates)
    assert MOST_FILLED < 9 * 1000
    (line,) = said(found.diagnostics)
    assert line.startswith("profiles/templates/inner.yaml:2:18 too-long: about is 9000 characters, 8861 over ")


def test_filled_text_is_not_filled_again_over_a_chain() -> None:
    """So templates cannot grow a text step by step."""
    templates = {
        "templates/outer.yaml": "vars: {a: '${b}${b}'}\n",
        "templates/inner.yaml": "extends: [templates/outer.yaml]\nvars: {b: '${c}${c}'}\nprofile: {about: 'x ${a}'}\n",
    }
    assert fields(of_chain(templates)) == {"about": "x ${b}${b}"}


def linked(count: int) -> dict[str, str]:
    """Return so many templates, each of which extends the one before."""
    return {
        f"templates/t{at:02}.yaml": (f"extends: [templates/t{at - 1:02}.yaml]\n" if at else "") + "profile: {}\n"
        for at in range(count)
    }


def test_a_chain_that_is_too_long_is_said_where_it_becomes_so() -> None:
    last = f"templates/t{DEEPEST_CHAIN - 1:02}.yaml"
    assert said(of_chain(linked(DEEPEST_CHAIN), f"extends: [{last}]\nprofile: {{about: x}}\n").diagnostics) == []
    found = of_chain(linked(DEEPEST_CHAIN + 3), "extends: [templates/t10.yaml]\nprofile: {about: '${x}'}\n")
    assert found.desired == ()
    (line,) = said(found.diagnostics)
    assert line == (
        "profiles/templates/t08.yaml:1:1 template-chain: templates/t08.yaml is template 9 of a chain, 1 over the limit "
        "of 8 | extend a template that is nearer to the beginning of the chain"
    )


def test_a_template_of_too_many_others_is_refused() -> None:
    """Each of several levels may name all of the level before: the layers would multiply."""
    many = {f"templates/t{at:02}.yaml": "profile: {}\n" for at in range(MOST_IN_CHAIN)}
    every = f"extends: [{', '.join(many)}]\n"
    found = of_chain({**many, "templates/inner.yaml": every})
    (line,) = said(found.diagnostics)
    assert line == (
        "profiles/templates/inner.yaml:1:1 template-chain: templates/inner.yaml and what it extends are 65 templates, "
        "1 over the limit of 64 | put what they share into fewer templates"
    )
    fewer = every.replace("templates/t00.yaml, ", "")
    assert [one.code for one in of_chain({**many, "templates/inner.yaml": fewer}).diagnostics] == ["nothing-managed"]


@pytest.mark.parametrize("length", [1, 2, 3, 9])
def test_a_circle_is_named_with_its_places_and_nothing_follows_from_it(length: int) -> None:
    names = [f"templates/t{at}.yaml" for at in range(length)]
    templates = {name: f"extends: [{names[(at + 1) % length]}]\n" for at, name in enumerate(names)}
    behind = {"templates/inner.yaml": "extends: [templates/t0.yaml]\n", "templates/z.yaml": "profile: {address: z}\n"}
    own = "extends: [templates/z.yaml, templates/inner.yaml]\nprofile: {about: 'In ${city}'}\n"
    found = of_chain({**templates, **behind}, own)
    assert found.desired == ()
    (line,) = said(found.diagnostics)
    circle = [*names[:6], *(["3 more"] if length == 9 else []), names[0]]
    assert line.startswith("profiles/templates/t0.yaml:1:11 template-chain: templates extend each other in a circle: ")
    assert " → ".join(circle) in line
    places = [f"profiles/{name}:1:11" for name in names[:6]]
    assert line.endswith(f"| take out one of {', '.join(places)}" if length > 1 else "| take it out")


def test_each_of_two_circles_is_named() -> None:
    pairs = {"a": "b", "b": "a", "c": "d", "d": "c"}
    templates = {f"templates/{one}.yaml": f"extends: [templates/{other}.yaml]\n" for one, other in pairs.items()}
    found = resolved({}, templates=templates, rules=SETTINGS)
    assert [(one.code, one.location.file) for one in found.diagnostics] == [
        ("template-chain", "profiles/templates/a.yaml"),
        ("template-chain", "profiles/templates/c.yaml"),
    ]


def test_a_template_that_is_missing_is_said_in_the_template_that_names_it() -> None:
    found = of_chain({"templates/inner.yaml": "extends: [templates/iner.yaml]\nprofile: {about: x}\n"})
    assert found.desired == ()
    (line,) = said(found.diagnostics)
    assert line == (
        "profiles/templates/inner.yaml:1:11 unknown-template: there is no template 'templates/iner.yaml' | "
        "did you mean templates/inner.yaml?"
    )
    # One that is there and cannot be read is reported in its own file.
    broken = of_chain({"templates/inner.yaml": "extends: [templates/x.yaml]\n"}, broken=["templates/x.yaml"])
    assert (broken.desired, said(broken.diagnostics)) == ((), [])


def test_a_variable_that_only_an_overridden_default_uses_is_used() -> None:
    """The defaults of the account and those of all profiles stand in one file."""
    rules = f"version: 1\n{ACCOUNT}\n    defaults: {{about: plain}}\ndefaults: {{about: 'In ${{city}}'}}\n"
    assert said(resolved(f"{HEAD}vars: {{city: Ulm}}\n", rules=rules).diagnostics) == []

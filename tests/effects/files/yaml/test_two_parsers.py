"""libyaml and ruamel.yaml read one language: what the fast one takes, the other reads as the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.yaml_documents import Document
from reconciler.effects.files import yaml
from reconciler.effects.files.yaml import _libyaml, plain_events, read_yaml
from reconciler.effects.files.yaml.source import without_forbidden
from tests.effects.files.yaml.test_strict_yaml_laws import PIECES

PROJECT = Path(__file__).parents[4]
PROFILES = tuple(path.read_text(encoding="utf-8") for path in sorted(PROJECT.glob("profiles/**/*.yaml")))
MORE = ("  ", "\n    ", "c: d\n", "- e\n", "|-\n  x\n", ">-\n  y\n  z\n", '"y z"', "# c\n", " #c", "x:y", "{a: b}")
ANY = st.sampled_from([*PIECES, *MORE, "|2\n", "|+\n"])


def alike(text: str) -> bool:
    """Return whether the fast parser takes `text`; then both give one document: the data, and every place of it."""
    plain = yaml._read_plain(text, "a.yaml")
    if plain is not None:
        assert repr(plain) == repr(yaml._read_closely(text, "a.yaml", ()))
    return plain is not None


@given(st.lists(ANY, max_size=25))
def test_both_parsers_read_the_same_whatever_the_yaml(pieces: list[str]) -> None:
    within("".join(pieces))


@given(st.data())
def test_both_parsers_read_the_same_of_a_profile_with_a_slip(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(PROFILES))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        text = (
            text[:start] + data.draw(st.sampled_from([*PIECES, *MORE])) + text[start + data.draw(st.integers(0, 3)) :]
        )
    within(text)


def within(text: str) -> None:
    """A forbidden character is refused before either parser sees it."""
    sound, found = without_forbidden(text, "a.yaml")
    if not found:
        alike(sound)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_fast_parser_takes_every_profile_of_this_repository(newline: str) -> None:
    assert [alike(text.replace("\n", newline)) for text in PROFILES] == [True] * len(PROFILES)
    assert len(PROFILES) > 5


# What differs between the two parsers, or is none of the fast one's business.
UNUSUAL = {
    "an empty value": "a:\n",
    "an empty text without quotes in brackets": "a: [b, ]\nc: {d: }\n",
    "a tab": "a:\tb\n",
    "an anchor": "a: &x b\n",
    "an alias": "a: &x b\nc: *x\n",
    "a tag": "a: !!str b\n",
    "a tag of a list": "a: !x [b]\n",
    "a directive": "%YAML 1.2\n---\na: b\n",
    "a comment behind the sign of a block": "a: | # b\n  c\n",
    "a comment that touches the sign of a block": "a: |# b\n  c\n",
    "a blank line at the beginning of a block": "a: |\n \n   b\n",
    "a text alone": "a\n",
    "a second document": "a: b\n---\nc: d\n",
    "a name twice": "a: b\na: c\n",
    "a list as a name": "[a]: b\n",
    "seventeen levels": "a: " + "[" * 16 + "]" * 16 + "\n",
    "no yaml": "a: [b\n",
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
def test_the_fast_parser_leaves_the_unusual_to_the_other(text: str) -> None:
    assert not alike(text)


@pytest.mark.parametrize("text", [*PROFILES, *UNUSUAL.values()])
def test_without_libyaml_the_same_is_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML is installed without it where no wheel fits the machine."""
    with_it = read_yaml(text.encode(), "a.yaml")
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    _libyaml.cache_clear()
    try:
        assert plain_events(text) is None
        assert repr(read_yaml(text.encode(), "a.yaml")) == repr(with_it)
    finally:
        _libyaml.cache_clear()


def test_a_sound_profile_never_reaches_the_slow_parser() -> None:
    """Importing it alone takes longer than reading a hundred files."""
    program = (
        "import sys; from reconciler.effects.files.yaml import read_yaml; content = sys.stdin.buffer.read();"
        "print(type(read_yaml(content, 'a')).__name__, 'ruamel.yaml' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=PROFILES[0], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{Document.__name__} False\n", "")

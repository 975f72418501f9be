"""Five lists are one set: whoever adds a provider and forgets one of them is told which."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import reconciler.sandbox
from reconciler.providers import providers
from tests.contract.stands import stands

ROOT = Path(__file__).parents[2]
APIS = (ROOT / "reconciler" / "providers" / "APIS.md").read_text(encoding="utf-8")
NAMES = set(providers())
# Sandboxes that are no provider of profiles: where pictures are fetched from.
HOSTS = {"whatsapp.net"}


def headings(text: str) -> set[str]:
    """Return the headings, each without what stands behind a colon."""
    return {heading.partition(":")[0].strip() for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)}


def test_every_provider_has_its_sandbox() -> None:
    names = [f"{reconciler.sandbox.__name__}.{info.name}" for info in pkgutil.iter_modules(reconciler.sandbox.__path__)]
    modules = [importlib.import_module(name) for name in names]
    found = {module.PROVIDER for module in modules if getattr(module, "ROUTES", None) and module.PROVIDER}
    assert found - HOSTS == NAMES


def test_every_provider_has_its_schema() -> None:
    found = {path.name.split(".")[1] for path in (ROOT / "schemas").glob("profile.*.schema.json")}
    assert found - {"schema"} == NAMES


def test_every_provider_has_its_facts() -> None:
    titles = {provider.traits.title for provider in providers().values()}
    assert headings(APIS) == titles


def test_every_provider_has_its_section_in_the_sandbox() -> None:
    titles = {provider.traits.title for provider in providers().values()}
    readme = (ROOT / "reconciler" / "sandbox" / "README.md").read_text(encoding="utf-8")
    others = {"Unknown paths", "Looking in, and making things go wrong", "One more provider"}
    assert headings(readme) - others == titles


def test_every_provider_has_its_stand() -> None:
    assert set(stands()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_fact_that_is_cited_is_on_record(name: str) -> None:
    """A diagnostic that sends its reader to providers/APIS.md sends them to something."""
    recorded = set(re.findall(r"^\| ([A-Z]+-\d+) \|", APIS, re.MULTILINE))
    cited = {capability.fact for capability in providers()[name].traits.capabilities.values()}
    assert cited - recorded == set()

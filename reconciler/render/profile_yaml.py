"""profile_yaml: a draft → the file's text, as a person would have written it. template_yaml: the same of fields."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from reconciler.core.authoring.import_draft import ImportDraft
from reconciler.core.authoring.yaml_text import flow, mapping, quoted_scalar, scalar
from reconciler.core.fields import FIELD_NAMES, Json, Mode
from reconciler.core.reading.accounts import number_credentials
from reconciler.core.traits import Capability, Traits

_WIDTH = 110
# Cuts a value that is not managed: a provider may send any length, and a file has its own limit.
_LONGEST = 2000


def profile_yaml(draft: ImportDraft, traits: Traits) -> str:
    """Return the file's text; the modeline leads an editor to the provider's schema."""
    up = "../" * (draft.target.profile.count("/") + 1)
    lines = [f"# yaml-language-server: $schema={up}schemas/profile.{traits.name}.schema.json"]
    lines += _comment(f"{draft.name[:_LONGEST]}, as customers see it.") if draft.name else ()
    lines += [f"account: {scalar(draft.target.account)}", f"number: {quoted_scalar(draft.target.number)}"]
    lines += _comment(f"{draft.unproven}.") if draft.unproven else ()
    lines += (f"{name}: {_key(value)}" for name, value in draft.keys.items())
    if draft.credentials:
        lines.append(f"credentials: {flow({name: {'env': ref.env} for name, ref in draft.credentials.items()})}")
    elif places := number_credentials(draft.target.profile, {}, traits):
        where = " or ".join(map(str, places))
        lines += _comment(f"Its {traits.credential} is looked up by this file's name, which must then stay: {where}.")
    if draft.mode is Mode.OBSERVE:
        lines += ["# The provider does not let this number be written, so it is only looked at.", "mode: observe"]
    if draft.extends:
        lines.append(f"extends: {flow(list(draft.extends))}")
    if draft.omit:
        what = "and they cannot be read back" if draft.write_only else "and the number does not show them so"
        lines.append(f"# The defaults would bring these along, {what}.")
        lines.append(f"omit: {flow(list(draft.omit))}")
    lines += _write_only(traits) if draft.write_only else _profile(draft)
    return "\n".join(lines) + "\n"


def template_yaml(fields: Mapping[str, Json], comment: str) -> str:
    """Return the text of a template that holds these fields."""
    lines = ["# yaml-language-server: $schema=../../schemas/template.schema.json", *_comment(f"{comment}."), "profile:"]
    lines += mapping({name: fields[name] for name in FIELD_NAMES if name in fields}, indent=2)
    return "\n".join(lines) + "\n"


def _key(value: str | int) -> str:
    return quoted_scalar(value) if isinstance(value, str) else str(value)


def _profile(draft: ImportDraft) -> Iterator[str]:
    fields: dict[str, Json] = {name: draft.fields[name] for name in FIELD_NAMES if name in draft.fields}
    if fields:
        yield "profile:"
        yield from mapping(fields, indent=2)
    elif not (draft.inherited or draft.asides):
        yield "# The number shows nothing that a person wrote: nothing is managed yet."
    if not fields and any(known for _, known, _ in draft.asides):
        yield "# profile:"
    for name, known, why in draft.asides:
        also = "; take it out of `omit` too" if name in draft.omit else ""
        yield from _comment(f"{name} is not managed: {why}{also}")
        if known:
            # Never wrapped: a wrapped line could begin with something that is not a comment.
            yield f"#   {name}: {known[:_LONGEST]}{'…' if len(known) > _LONGEST else ''}"


def _comment(text: str) -> Iterator[str]:
    shown = "".join(char if char.isprintable() else "?" for char in text)
    yield from (f"# {line}" for line in textwrap.wrap(shown, _WIDTH))


def _write_only(traits: Traits) -> Iterator[str]:
    """Yield a beginning without managed fields: what the number shows cannot be known."""
    yield from _comment(
        f"{traits.title} has no way to read a profile back ({traits.read_fact} in providers/APIS.md): what this number "
        "shows is not known, so nothing is managed yet. Take `# ` away, the space too, from `profile:` and from what "
        "is to be managed; the first apply asks first."
    )
    yield "# profile:"
    for name in FIELD_NAMES:
        capability = traits.capabilities[name]
        if capability.writable:
            yield f"#   {name}: {_example(name, capability)}"


def _example(name: str, capability: Capability) -> str:
    match name:
        case "industry":
            return f"{capability.industries[-1]}   # one of {', '.join(capability.industries)}"
        case "websites":
            return f"[]   # at most {capability.items}"
        case "picture":
            return (
                f"pictures/logo.png   # needs {capability.needs} in the account"
                if capability.needs
                else "pictures/logo.png"
            )
        case "webhook":
            return "{url: https://}"
        case _:
            return f"''   # at most {capability.limit} characters" if capability.limit else "''"

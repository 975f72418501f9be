"""Files made to take long: each of one size, and each the worst that one part of the reading could meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_HEAD = 'account: bakery\nnumber: "+493012345000"\nphone_number_id: "106540352242000"\n'
_SETTINGS = "version: 1\naccounts:\n  bakery: {provider: meta, endpoint: sandbox}\n"
_LINKS = "profile:\n  websites:\n"
# Signs of which each repair, warning and parser makes much.
_SIGNS = {
    "underscores": "_",
    "dots": "a.",
    "ats": "a@",
    "slashes": "a/",
    "digits": "1",
    "words": "a ",
    "braces": "{{ ",
    "openings": "${",
    "escapes": "$${",
    "angles": "<a ",
    "brackets": "[a ",
    "percents": "%a ",
    "accents": "a\u0301",
    "joiners": "a\u200d",
    "overrides": "\u202e",
    "alphabets": "a\u0430 ",
    "tags": "\U000e0067",
    "breaks": "a\\n",
}
_PLACES = {
    "text": "profile:\n  description: {}\n",
    "address": "profile:\n  email: {}\n",
    "link": "profile:\n  websites: [{}]\n",
    "bare link": "profile:\n  websites: {}\n",
    "industry": "profile:\n  industry: {}\n",
    "picture": "profile:\n  picture: {}\n",
    "webhook": "profile:\n  webhook: {{url: {}}}\n",
    "variable": "vars: {{{}: a}}\nprofile: {{about: x}}\n",
}
Files = Mapping[str, str]


def plain(size: int) -> Files:
    """Return a file that asks for nothing but to be read."""
    return _profile(_filled(f"{_HEAD}vars:\n", lambda number: f"  a{number}: Bread and cake\n", size))


def crafted(size: int) -> Mapping[str, Files]:
    """Return every crafted file of about this size, with what it needs beside it."""
    return {**_variables(size), **_lists(size), **_templates(size), **_others(size), **_signs(size), **_unquoted(size)}


def _profile(text: str, **more: str) -> Files:
    return {"reconciler.yaml": _SETTINGS, "berlin.yaml": text, **more}


def _filled(head: str, item: Callable[[int], str], size: int, tail: str = "") -> str:
    """Return `head` with as many items as fit; long files would take long to make by adding them one by one."""
    room, found = size - len(head) - len(tail), list[str]()
    while room > 0:
        found.append(item(len(found)))
        room -= len(found[-1])
    return "".join((head, *found[:-1], tail))


def _variables(size: int) -> Mapping[str, Files]:
    large = f"{_HEAD}vars: {{a: {'b' * (size // 2 - 300)}}}\n"
    many = _filled(f"{_HEAD}vars:\n", lambda number: f"  var{number}: x\n", size // 2)
    return {
        "one variable often in a text": _profile(f"{large}profile: {{about: '{'${a}' * (size // 8)}'}}\n"),
        "one variable in many links": _profile(_filled(large + _LINKS, lambda _: "  - ${a}\n", size)),
        "many undeclared in a text": _profile(
            _filled(f"{many}profile:\n  about: '", lambda number: f"${{war{number}}}", size, "'\n")
        ),
        "many undeclared in links": _profile(_filled(many + _LINKS, lambda number: f"  - ${{war{number}}}\n", size)),
    }


def _lists(size: int) -> Mapping[str, Files]:
    """Return keys and entries by the thousand, most of them wrong."""
    items: dict[str, tuple[str, Callable[[int], str]]] = {
        "links": (_LINKS, lambda number: f"  - https://a{number}.example\n"),
        "empty links": (_LINKS, lambda _: "  -\n"),
        "unknown fields": ("profile:\n", lambda number: f"  abou{number}: a\n"),
        "unknown keys": ("", lambda number: f"numbe{number}: a\n"),
        "the same key": ("", lambda _: "a: a\n"),
        "credentials": ("credentials:\n", lambda number: f"  a{number}: {{env: A}}\n"),
        "headers": (
            "profile:\n  webhook:\n    url: https://a.example\n    headers:\n",
            lambda number: f"      x-{number}: {{env: WEBHOOK_A}}\n",
        ),
        "slips": ("vars:\n", lambda number: f"  a{number}: b #c\n"),
        "comments in a text": ("profile:\n  about: |\n", lambda _: "    a\n    #c\n"),
        "folded lines": ("profile:\n  about: a\n", lambda _: "    b\n"),
        "omitted fields": ("omit:\n", lambda number: f"- a{number}\n"),
        "anchors": ("a:\n", lambda number: f"- &a{number} b\n"),
        "documents": ("", lambda _: "---\na: b\n"),
    }
    return {name: _profile(_filled(_HEAD + head, item, size)) for name, (head, item) in items.items()}


def _templates(size: int) -> Mapping[str, Files]:
    def extending(item: Callable[[int], str], **more: str) -> Files:
        return _profile(_filled(f"{_HEAD}extends:\n", item, size, "profile: {about: x}\n"), **more)

    fields = _filled("profile:\n", lambda number: f"  a{number}: b\n", size)
    variables = _filled("vars:\n", lambda number: f"  a{number}: b\n", size)
    return {
        "unknown templates": extending(lambda number: f"- templates/a{number}.yaml\n"),
        "one template often": extending(lambda _: "- templates/a.yaml\n", **{"templates/a.yaml": variables}),
        "a template that extends itself": extending(
            lambda _: "- templates/a.yaml\n",
            **{"templates/a.yaml": _filled("extends:\n", lambda _: "- templates/a.yaml\n", size)},
        ),
        "one wrong template often": extending(lambda _: "- templates/a.yaml\n", **{"templates/a.yaml": fields}),
    }


def _others(size: int) -> Mapping[str, Files]:
    """Return files of the other kinds, beside a small profile."""
    small = f"{_HEAD}profile: {{about: x}}\n"
    entry = f"field: about, value: 'sha256:{'0' * 64}', reason: a, until: 2027-01-01"
    ignored = _filled("version: 1\nignore:\n", lambda number: f"- {{profile: p{number}, {entry}}}\n", size)
    accounts = _filled(_SETTINGS, lambda number: f"  a{number}: {{provider: meta, endpoint: sandbox}}\n", size)
    wrong = _filled(_SETTINGS, lambda number: f"  a{number}: {{provider: met}}\n", size)
    return {
        "accepted drift": _profile(small, **{"drift-ignore.yaml": ignored}),
        "accounts": {**_profile(small), "reconciler.yaml": accounts},
        "wrong accounts": {**_profile(small), "reconciler.yaml": wrong},
        "wrong defaults": {
            **_profile(small),
            "reconciler.yaml": _filled(f"{_SETTINGS}defaults:\n", lambda number: f"  abou{number}: a\n", size),
        },
    }


def _signs(size: int) -> Mapping[str, Files]:
    return {
        f"{place} of {name}": _profile(_HEAD + written.format(f'"{sign * ((size - 300) // len(sign.encode()))}"'))
        for place, written in _PLACES.items()
        for name, sign in _SIGNS.items()
    }


def _unquoted(size: int) -> Mapping[str, Files]:
    """Return texts without quotes, in which each sign could be the one that was typed by mistake."""
    items = {
        "hashes in a bracket": (f"{_HEAD}profile: {{about: x", " #a", "\n"),
        "spaces of another kind": (f"{_HEAD}profile:\n  about: x", "\u00a0", "x\n"),
    }
    return {
        name: _profile(head + sign * ((size - 300) // len(sign.encode())) + tail)
        for name, (head, sign, tail) in items.items()
    }

"""KnownSecrets: every secret that this run came to know, and the one matcher that finds them in foreign text.

environment_secrets: (the environment) → the secrets that are in it for the program itself, with their names.

Each secret is added where it is looked up, so that no code can use one that the matcher does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.ci import ci_of
from reconciler.core.scrubbing import SecretMatcher, address_secrets, secret_matcher

LEDGER_KEY = "RECONCILER_LEDGER_KEY"
LEDGER_TOKEN = "RECONCILER_LEDGER_TOKEN"
LEDGER_REMOTE = "RECONCILER_LEDGER_REMOTE"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class KnownSecrets:
    """The secrets of one run. All its workers share it. No representation shows one."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._matcher: SecretMatcher | None = None

    def add(self, secret: str, name: str) -> None:
        """Keep `secret` back from now on; `name` is what people call it."""
        if secret and secret not in self._names:
            self._names[secret] = name
            self._matcher = None

    @property
    def matcher(self) -> SecretMatcher:
        """The matcher of all of them; it is compiled anew only after another was added."""
        found = self._matcher
        if found is None:
            # A copy, because a thread may add one meanwhile.
            found = self._matcher = secret_matcher(dict(self._names))
        return found

    def without(self, text: str) -> str:
        """Return `text` with a mark in the place of each of them."""
        return self.matcher.without(text)


def environment_secrets(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the secrets that no file refers to: the ledger's, the CI system's, and the passwords of addresses."""
    for name in (LEDGER_KEY, LEDGER_TOKEN):
        yield environ.get(name, "").strip(), name
    yield ci_of(environ).token, "the token of the CI system"
    for name in (LEDGER_REMOTE, *_PROXIES, *map(str.lower, _PROXIES)):
        for secret in sorted(address_secrets(environ.get(name, ""))):
            yield secret, f"the password in {name}"

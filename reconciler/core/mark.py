"""mark: (secrets, a key from outside the repository) → a mark by which the same secrets are known again.

The ledger keeps no secret. Under a key that nobody finds beside it, an HMAC says whether a secret is still the one that
was sent, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from reconciler.core.value import canonical_json

# Shorter ones could be found by trying.
KEY_BYTES = 32


def keyed_mark(secrets: Mapping[str, str], key: bytes) -> str:
    """Return the mark of `secrets`, each under the name that it has where it is used."""
    return hmac.new(key, canonical_json(dict(secrets)).encode(), hashlib.sha256).hexdigest()

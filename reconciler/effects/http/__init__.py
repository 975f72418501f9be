"""Calls to the providers: connections, accounts, and one client each for reading and for writing.

Deadlines, retries, rates and credentials live here, once for all providers. What a call says and what its reply means
belongs to `providers`. Calls to a forge belong to `forge`.
"""

import sys
from types import ModuleType

# httpx brings a command line of its own along, and that brings rich and pygments. They are half of its import.
sys.modules.setdefault("httpx._main", ModuleType("httpx._main"))

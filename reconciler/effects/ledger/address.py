"""find_address: (the environment) → how the database of the `postgres` ledger is reached.

The address comes from RECONCILER_LEDGER_URL alone, so no file can send a password or the memory elsewhere. It is taken
apart here: no message repeats a part of an address that may be a piece of a password, and the words of a parser do.

A connection is encrypted, and the server's certificate has to be of the host in the address. Only a server on this
machine may be reached without that, if the address says so.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import LEDGER_URL, Context

FULL = "verify-full"
_EXAMPLE = "postgresql://USER:PASSWORD@HOST/DATABASE"
_ADDRESS = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<hosts>[^@/?#\s]*)(?:/(?P<database>[^@/?#\s]*))?(?:\?(?P<query>[^@#\s]*))?",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
# What libpq is told besides. None of these holds a secret, and none lets a connection be weaker.
_PARAMETERS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "target_session_attrs")
_SCHEMA, _SOCKET = "schema", "host"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_OWN_ROOTS = Path(".postgresql", "root.crt")


@dataclass(frozen=True, slots=True)
class LedgerAddress:
    """What libpq is told to reach the database, the schema in it that holds the ledger, and its name for people.

    No representation shows the first: it has the password in it.
    """

    parameters: Mapping[str, str] = field(repr=False)
    schema: str
    shown: str


def find_address(context: Context) -> LedgerAddress:
    """Return the address; raises EnvironmentProblem if there is none, or if it is less than safe."""
    text = context.environ.get(LEDGER_URL, "").strip()
    if not text:
        raise EnvironmentProblem(f"{LEDGER_URL} is not set: the ledger postgres is at {_EXAMPLE}")
    found = _ADDRESS.fullmatch(text)
    if found is None:
        hint = "a password's own signs are escaped: %40 for @, %2F for /, %3A for :, %23 for #, %3F for ?"
        raise EnvironmentProblem(f"{LEDGER_URL} is no address like {_EXAMPLE}; {hint}")
    asked = _asked(found["query"] or "")
    hosts, ports = _hosts(asked.pop(_SOCKET, ""), found["hosts"] or "")
    database = unquote(found["database"] or "")
    if not database:
        raise EnvironmentProblem(f"{LEDGER_URL} names no database: write {_EXAMPLE}")
    schema = asked.pop(_SCHEMA, "reconciler")
    if not _NAME.fullmatch(schema):
        why = "it begins with a letter, and has small letters, digits and _ alone"
        raise EnvironmentProblem(f"{LEDGER_URL}: `schema` names no schema of a ledger: {why}")
    here = all(map(_is_here, hosts))
    mode = asked.setdefault("sslmode", FULL)
    if mode != FULL and not here:
        why = f"only {FULL} keeps others from reading the password and the memory; leave sslmode out"
        raise EnvironmentProblem(
            f"{LEDGER_URL} asks for another sslmode, and {_listed(hosts)} is another machine: {why}"
        )
    if mode == FULL and (roots := _roots(context, asked.get("sslrootcert", ""))):
        asked["sslrootcert"] = roots
    login = {"user": unquote(found["user"] or ""), "password": unquote(found["password"] or "")}
    told = {"host": ",".join(hosts), "port": ",".join(ports), "dbname": database, **login, **asked}
    parameters = MappingProxyType({name: value for name, value in told.items() if value.strip(",")})
    return LedgerAddress(parameters, schema, f"the database {database} at {_listed(hosts)}")


def _asked(query: str) -> dict[str, str]:
    """Return what the address asks for besides; a name that is not known is not repeated."""
    asked = dict(parse_qsl(query, keep_blank_values=True))
    known = (*_PARAMETERS, _SCHEMA, _SOCKET)
    if not asked.keys() <= set(known):
        raise EnvironmentProblem(f"{LEDGER_URL} has a parameter that it cannot have: those are {', '.join(known)}")
    return asked


def _hosts(socket: str, written: str) -> tuple[list[str], list[str]]:
    """Return each host with its port; several stand apart by commas, and a folder is that of a socket.

    `socket` is what the query names, where a folder need not be escaped.
    """
    wanted = socket.split(",") if socket else list(map(unquote, written.split(",")))
    parts = [found for one in wanted if (found := _HOST.fullmatch(one)) and found["host"]]
    if len(parts) < len(wanted) or (socket and written):
        raise EnvironmentProblem(f"{LEDGER_URL} names no host, or not as one is written: write {_EXAMPLE}")
    return [found["host"].strip("[]") for found in parts], [found["port"] or "" for found in parts]


def _is_here(host: str) -> bool:
    """True for this machine: a socket's folder, and an address that no packet leaves by."""
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _roots(context: Context, asked: str) -> str:
    """Return the file of the authorities that count: the one in the address, else in SSL_CERT_FILE, else the system's.

    Where the user has one for libpq, that is what it takes if it is told nothing.
    """
    named = asked or context.environ.get("SSL_CERT_FILE", "")
    own = Path(context.environ.get("HOME", os.sep), _OWN_ROOTS)
    return named or ("" if own.exists() else ssl.get_default_verify_paths().cafile or "")


def _listed(hosts: Sequence[str]) -> str:
    return ", ".join(hosts)

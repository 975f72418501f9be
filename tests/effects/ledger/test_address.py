"""Where the ledger in a database is: what an address may ask for, and that no message repeats a password."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from reconciler.effects.ledger.address import LedgerAddress, find_address
from reconciler.effects.world import Context
from tests.support.effects import NOWHERE
from tests.support.stores import problem

HERE = {"port": "5433", "dbname": "ledgers"}


def found(url: str, **more: str) -> LedgerAddress:
    return find_address(Context(NOWHERE, {"RECONCILER_LEDGER_URL": url, "SSL_CERT_FILE": "/ca.pem", **more}))


@pytest.mark.parametrize(
    ("url", "told", "shown"),
    [
        (
            "postgresql://me:p%40ss%2Fword@db.example:5433/ledgers",
            {"host": "db.example", **HERE, "user": "me", "password": "p@ss/word"},
            "db.example",
        ),
        (" postgres://db.example/ledgers\n", {"host": "db.example", "dbname": "ledgers"}, "db.example"),
        ("postgresql://[2001:db8::1]:5433/ledgers", {"host": "2001:db8::1", **HERE}, "2001:db8::1"),
        (
            "postgresql://a.example,b.example:5433/ledgers?target_session_attrs=read-write",
            {"host": "a.example,b.example", "port": ",5433", "dbname": "ledgers", "target_session_attrs": "read-write"},
            "a.example, b.example",
        ),
        (
            "postgresql:///ledgers?host=/run/postgresql",
            {"host": "/run/postgresql", "dbname": "ledgers"},
            "/run/postgresql",
        ),
        ("postgresql://%2Frun%2Fpostgresql:5433/ledgers", {"host": "/run/postgresql", **HERE}, "/run/postgresql"),
    ],
)
def test_an_address_says_where_the_database_is_and_the_way_is_encrypted(
    url: str, told: dict[str, str], shown: str
) -> None:
    address = found(url)
    assert address.parameters == {**told, "sslmode": "verify-full", "sslrootcert": "/ca.pem"}
    assert (address.schema, address.shown) == ("reconciler", f"the database ledgers at {shown}")
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "%2Frun%2Fpostgresql"])
def test_on_this_machine_the_address_may_ask_for_a_way_that_is_not_encrypted(host: str) -> None:
    told = found(f"postgresql://{host}/ledgers?sslmode=disable&schema=bakery")
    assert told.parameters["sslmode"] == "disable"
    assert "sslrootcert" not in told.parameters
    assert told.schema == "bakery"


@pytest.mark.parametrize(
    "host", ["db.example", "127.0.0.1,db.example", "/run/postgresql,db.example", "127.0.0.1.example"]
)
@pytest.mark.parametrize("mode", ["disable", "prefer", "require", "verify-ca", "nonsense"])
def test_to_another_machine_it_may_not(host: str, mode: str) -> None:
    said = problem(lambda: found(f"postgresql:///ledgers?host={host}&sslmode={mode}"))
    assert said.startswith("RECONCILER_LEDGER_URL asks for another sslmode, and ")
    assert "is another machine: only verify-full keeps others from reading the password and the memory" in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is not set: the ledger postgres is at postgresql://"),
        ("mysql://me:hunter2@h/d", "is no address like postgresql://"),
        ("host=h password=hunter2", "is no address like postgresql://"),
        ("postgresql://me:hun/ter2@h/d", "is no address like postgresql://"),
        ("postgresql://me:hun@ter2@h/d", "is no address like postgresql://"),
        ("postgresql://me:hun?ter2=@h/d", "is no address like postgresql://"),
        ("postgresql://me:hun#ter2@h/d", "is no address like postgresql://"),
        ("postgresql://me:hun ter2@h/d", "is no address like postgresql://"),
        ("postgresql://h/d?password=hunter2", "has a parameter that it cannot have: those are sslmode, "),
        ("postgresql://h/d?options=-c%20hunter2", "has a parameter that it cannot have: those are sslmode, "),
        ("postgresql://h/d?service=hunter2", "has a parameter that it cannot have: those are sslmode, "),
        ("postgresql://me:hunter2@/d", "names no host, or not as one is written"),
        ("postgresql:///d", "names no host, or not as one is written"),
        ("postgresql://h,/d", "names no host, or not as one is written"),
        ("postgresql://h:hunter2/d", "names no host, or not as one is written"),
        ("postgresql://h/d?host=/run", "names no host, or not as one is written"),
        ("postgresql://me:hunter2@h", "names no database"),
        ("postgresql://me:hunter2@h/d?schema=Hunter2", "`schema` names no schema of a ledger"),
        ("postgresql://me:hunter2@h/d?schema=", "`schema` names no schema of a ledger"),
    ],
)
def test_an_address_that_is_none_is_said_and_no_piece_of_it_is_repeated(url: str, said: str) -> None:
    told = problem(lambda: found(url))
    assert told.startswith((f"RECONCILER_LEDGER_URL {said}", f"RECONCILER_LEDGER_URL: {said}"))
    assert "hun" not in told.lower()
    assert "ter2" not in told


def test_the_authorities_are_those_of_the_address_of_the_environment_of_libpq_or_of_the_system(tmp_path: Path) -> None:
    url, home = "postgresql://db.example/ledgers", {"HOME": str(tmp_path)}
    assert found(f"{url}?sslrootcert=/own.pem").parameters["sslrootcert"] == "/own.pem"
    assert found(url).parameters["sslrootcert"] == "/ca.pem"
    system = ssl.get_default_verify_paths().cafile
    assert found(url, SSL_CERT_FILE="", **home).parameters.get("sslrootcert") == system
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert "sslrootcert" not in found(url, SSL_CERT_FILE="", **home).parameters


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:very-secret%2Ftoo@db.example/ledgers",
        "postgresql://me:very-secret/too@db.example/ledgers",
        "postgresql://me:very-secret/too@db.example/ledgers?sslmode=verify-full",
    ],
)
def test_the_password_is_known_as_a_secret_even_where_it_is_not_escaped(url: str) -> None:
    context = Context(NOWHERE, {"RECONCILER_LEDGER_URL": url})
    for spelling in ("very-secret/too", "VERY-SECRET%2ftoo", "very\\u002dsecret/too", "dmVyeS1zZWNyZXQvdG9v"):
        assert context.secrets.without(f"no: {spelling}!") == "no: ⟨secret⟩!"
    assert context.secrets.without("db.example ledgers verify-full me") == "db.example ledgers verify-full me"

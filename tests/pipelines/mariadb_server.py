"""A real MariaDB for tests, where Debian's mariadb-server-core is installed: in a temporary folder, on loopback, ended by its own pid."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ABSENT = "no MariaDB: make setup installs it for root where apt is; elsewhere, apt-get install mariadb-server-core"
PASSWORD = "p4ss-word"
_SHARE = Path("/usr/share/mysql")
_MADE_BY = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
)
# Each statement on a line of its own: the bootstrap reads line by line.
_ADMINISTRATOR = (
    "FLUSH PRIVILEGES;\n"
    f"CREATE USER 'admin'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
    "GRANT ALL PRIVILEGES ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION;\n"
)
# Nothing in it outlives the tests.
_QUICK = ("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin")


@dataclass
class MariaDBServer:
    """A running server. Its administrator is "admin" with PASSWORD."""

    port: int
    process: subprocess.Popen[bytes]

    def connect(self, database: str | None = None, user: str = "admin", password: str = PASSWORD) -> Any:
        import pymysql

        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=user, password=password, database=database, autocommit=True, charset="utf8mb4"
        )

    def url(self, database: str = "", user: str = "admin", password: str = PASSWORD) -> str:
        return f"mysql+pymysql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def tell(self, *statements: str, database: str | None = None) -> list[Any]:
        """Run `statements` as the administrator; the rows of the last one."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def created(self, database: str) -> str:
        self.tell(f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4")
        return self.url(database)


def started(closing: ExitStack) -> MariaDBServer:
    """A server that runs until `closing` is closed, or this process dies. The test is skipped where there can be none."""
    program = shutil.which("mariadbd") or ("/usr/sbin/mariadbd" if Path("/usr/sbin/mariadbd").exists() else None)
    if program is None or not (_SHARE / _MADE_BY[0]).exists():
        if os.geteuid() == 0 and shutil.which("apt-get"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="my-"))  # short: the path of a unix socket has at most 107 bytes
    closing.callback(shutil.rmtree, folder, ignore_errors=True)
    (folder / "data").mkdir()
    words = [program, "--no-defaults", f"--datadir={folder / 'data'}", *(("--user=root",) if os.geteuid() == 0 else ()), *_QUICK]
    scripts = b"".join((_SHARE / name).read_bytes() for name in _MADE_BY if (_SHARE / name).exists())
    first = b"CREATE DATABASE mysql;\nUSE mysql;\n" + scripts + b"\n" + _ADMINISTRATOR.encode()
    made = subprocess.run([*words, "--bootstrap"], input=first, capture_output=True, check=False)
    assert made.returncode == 0, made.stderr.decode()[-3000:]
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    log = closing.enter_context((folder / "log").open("wb"))
    process = subprocess.Popen(
        [*words, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 's.sock'}", f"--pid-file={folder / 'pid'}"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  (one system call)
    )  # fmt: skip
    closing.callback(_stop, process)
    server = MariaDBServer(port, process)
    _wait(server, folder / "log")
    return server


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _wait(server: MariaDBServer, log: Path) -> None:
    import pymysql

    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.process.poll() is None, log.read_text()[-3000:]
        try:
            server.connect().close()
        except pymysql.err.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"MariaDB did not start: {log.read_text()[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""Where the servers are that variables name: hosts with ports, or files of sockets. Nothing else of an address is kept. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import parse_qs

HERE = "127.0.0.1"
_PORTS = {
    "redis": 6379, "rediss": 6379, "valkey": 6379, "valkeys": 6379, "amqp": 5672, "amqps": 5671, "pyamqp": 5672,
    "postgresql": 5432, "postgres": 5432, "mysql": 3306, "mariadb": 3306, "mongodb": 27017, "memcached": 11211, "memcache": 11211,
    "sentinel": 26379, "http": 80, "https": 443,
}  # fmt: skip
_SERVERLESS = {"memory", "cache", "filesystem", "file", "rpc", "sqlite", "duckdb"}
"""What Celery and others work on that is no server, or one that has another name."""
_NAMES = {
    "postgresql": "PostgreSQL", "postgres": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "mongodb": "MongoDB",
    "sqlite": "SQLite", "duckdb": "DuckDB",
}  # fmt: skip
_OF_CELERY = {"db", "sqla", "cache", "sqlalchemy"}
"""What Celery writes before the address that is meant."""
_DATABASES = {"postgresql", "postgres", "mysql", "mariadb"}
_SOCKETS = {"unix", "redis+socket", "socket"}
_WORD = re.compile(r"[a-z][a-z0-9_.+-]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]*")
_HOST = re.compile(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_FILE = re.compile(r"(?P<path>/[^#?@\s]*)(?:\?[^#@\s]*)?")
_PORT = re.compile(r"[0-9]{1,5}")


class UnreadableError(ValueError):
    """A text that is no address, or holds signs that could be part of a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where something may listen: a `host` and a `port`, or the path of a socket. Nothing else of an address is kept."""

    host: str
    port: int = 0

    def __str__(self) -> str:
        if not self.port:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def database_named(text: str) -> str:
    """What the server is called that an address of a database is of."""
    return _NAMES.get(_kind(text), "database")


def of_hosts(text: str, port: int) -> list[Address]:
    """Those of a list of hosts, each with or without a port, and with or without a word such as SASL_SSL:// before it."""
    parts = (part.strip() for part in text.split(","))
    return [_host(re.sub(r"^[A-Za-z][A-Za-z_]*://", "", part), port) for part in parts if part]


def of_postgres(text: str, ports: str) -> list[Address]:
    """Those that PGHOST and PGPORT name: hosts or folders of sockets, and one port for all of them, or one for each."""
    hosts, each = text.split(","), ports.split(",")
    each = each * len(hosts) if len(each) == 1 else each
    if len(each) != len(hosts):
        raise UnreadableError
    return [_of_libpq(host.strip(), port.strip() or "5432") for host, port in zip(hosts, each, strict=True) if host.strip()]


def of_urls(text: str, *, words: bool = False) -> list[Address]:
    """Those of addresses with ; between them; none for what has no server, or one of which no port is known.

    With `words` a word alone is a kind of store that has its address elsewhere, as Celery's have.
    """
    parts = [part.strip() for part in text.split(";")]
    return [found for part in parts if part and not (words and _WORD.fullmatch(part)) for found in of_url(part)]


def of_url(text: str) -> list[Address]:
    """Those of one address. UnreadableError where it cannot be told what belongs to a password."""
    scheme, separator, rest = text.partition("://")
    kind = _kind(text)
    if kind in _SERVERLESS or kind.startswith(("sqlite", "duckdb")):
        return []
    if not separator or not _SCHEME.fullmatch(scheme):
        raise UnreadableError
    if scheme in _SOCKETS:
        return [_socket(rest)]
    try:
        found = _of_database(rest, kind) or _listening(rest, _PORTS.get(kind, 0))
    except UnreadableError:
        if kind in _PORTS:
            raise
        return []
    return found if scheme != "mongodb+srv" and all(one.port or one.host[0] in "/\0" for one in found) else []


def _kind(text: str) -> str:
    """What a server speaks: of `db+redis+other://` it is Redis."""
    words = text.partition("://")[0].split("+")
    return next((word for word in words if word not in _OF_CELERY), words[0])


def _listening(rest: str, port: int) -> list[Address]:
    authority, behind = _parted(rest)
    if "@" in behind or any(sign.isspace() for sign in rest):
        raise UnreadableError
    places = authority.rpartition("@")[2].split(",")
    return [_host(HERE + place if place[:1] in {"", ":"} else place, port) for place in places]


def _of_database(rest: str, kind: str) -> list[Address]:
    """Those that stand behind the ? of a database's address: its socket, or its host where none stands before."""
    authority, behind = _parted(rest)
    if kind not in _DATABASES or "@" in behind or "#" in behind or any(sign.isspace() for sign in rest):
        return []
    told = {name: values[-1] for name, values in parse_qs(behind.partition("?")[2]).items()}
    if socket := told.get("unix_socket"):
        return [_socket(socket)]
    if authority.rpartition("@")[2] or not told.get("host"):
        return []
    return of_postgres(told["host"], told.get("port") or str(_PORTS[kind]))


def _parted(rest: str) -> tuple[str, str]:
    end = next((place for place, sign in enumerate(rest) if sign in "/?#"), len(rest))
    return rest[:end], rest[end:]


def _socket(text: str) -> Address:
    """The file of a socket. It begins with /, and so what stands before it, up to an @, is a login."""
    login, separator, behind = text.rpartition("@")
    found = _FILE.fullmatch(behind)
    if found is None or "@" in login or (separator and login.startswith("/")):
        raise UnreadableError
    return Address(found["path"])


def _of_libpq(host: str, port: str) -> Address:
    if not _PORT.fullmatch(port):
        raise UnreadableError
    if not host.startswith(("/", "@")):
        return _host(host, int(port))
    if any(sign in "#?@" or sign.isspace() for sign in host[1:]):
        raise UnreadableError
    return Address(f"{chr(0) if host[0] == '@' else '/'}{host[1:]}/.s.PGSQL.{port}")


def _host(text: str, port: int) -> Address:
    try:
        return Address(str(IPv6Address(text)), port)
    except ValueError:
        found = _HOST.fullmatch(text)
    if found is None:
        raise UnreadableError
    return Address(found["host"].strip("[]"), int(found["port"] or 0) or port)

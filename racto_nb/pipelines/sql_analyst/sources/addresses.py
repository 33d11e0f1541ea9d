"""Where a database is: its address read, built and named, and never with its password. Pure."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from racto_nb._nearest import did_you_mean
from racto_nb._secrecy import without_secret, without_words
from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.limits import Dialect

_DIALECTS: Mapping[str, Dialect] = {
    "duckdb": "duckdb",
    "mariadb": "mysql",
    "mysql": "mysql",
    "postgres": "postgres",
    "postgresql": "postgres",
    "sqlite": "sqlite",
}
_SCHEMES: Mapping[Dialect, str] = {"duckdb": "duckdb", "mysql": "mysql", "postgres": "postgresql", "sqlite": "sqlite"}
_LONG = 6
PORTS: Mapping[Dialect, int] = {"mysql": 3306, "postgres": 5432}
_KEY = secrets.token_bytes(32)
"""Identities hold for this process: whoever sees one cannot try passwords on it, which a plain hash would let them do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server of a database is, and who logs in. Its password and options are in no repr and in no name."""

    dialect: Dialect
    host: str | None = None
    port: int | None = None
    database: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def name(self) -> str:
        """What people call it.

        >>> address_of("postgres://ann:p%40ss@db.example/shop").name
        'postgresql://ann@db.example:5432/shop'
        """
        port = self.port or PORTS.get(self.dialect)
        host = _host(self.host or self.options.get("host") or "localhost")
        return f"{_SCHEMES[self.dialect]}://{_user(self.user)}{host}{f':{port}' if port else ''}{_path(self.database)}"

    @property
    def identity(self) -> str:
        """Tells databases and logins apart, in this process. Two passwords are two identities: one of them may be wrong, and
        what the other has read is not shown to it."""
        parts = (self.name, self.password or "", *(f"{key}={self.options[key]}" for key in sorted(self.options)))
        return hidden(*parts)

    def cleaned(self, text: str) -> str:
        """`text` in one line, with the password replaced wherever it stands: drivers repeat what they were given."""
        text = " ".join(text.split())
        for secret in self._secrets():
            without = without_secret if len(secret) >= _LONG else without_words  # a short one may be a part of words
            text = without(text, secret, "[password]")
        return text

    def _secrets(self) -> list[str]:
        return [secret for secret in (self.password, *(self.options[key] for key in self.options if "pass" in key)) if secret]


def address_of(text: str) -> Address:
    """The address that the URL `text` gives: `postgresql://`, `mysql://`, `mariadb://`, with or without a driver (`+psycopg`).

    Raises SourceError for one that cannot be read or whose scheme nobody knows, without showing a password.
    """
    parts = urlsplit(text)
    dialect = dialect_of(parts.scheme or text.partition("://")[0])
    if "@" in parts.path or "#" in text:
        msg = (
            f"The address {_SCHEMES[dialect]}://… cannot be read (it is not shown, it may hold a password): escape special "
            "characters of user and password with urllib.parse.quote(…, safe=''), or give host=, username=, password= apart."
        )
        raise SourceError(msg)
    return Address(
        dialect=dialect,
        host=unquote(parts.hostname) if parts.hostname else None,
        port=_port(parts, dialect),
        database=unquote(parts.path.removeprefix("/")) or None,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        options=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )


def dialect_of(scheme: str) -> Dialect:
    """The language of databases that a URL's scheme, or a `driver=`, names. Raises SourceError with the nearest names.

    >>> dialect_of("postgresql+asyncpg"), dialect_of("sqlite+aiosqlite"), dialect_of("mariadb")
    ('postgres', 'sqlite', 'mysql')
    """
    found = _DIALECTS.get(scheme.partition("+")[0].lower())
    if found is None:
        msg = f"No source speaks {scheme!r:.60}.{did_you_mean(scheme.partition('+')[0], _DIALECTS)}"
        raise SourceError(msg)
    return found


def url_of(address: Address, **options: str) -> str:
    """The URL of `address` with its password, everything escaped, for a driver that takes nothing else. Never show it.

    >>> url_of(Address("postgres", "db", 5432, "my shop", "ann", "p@ss/é w"), client_encoding="UTF8")
    'postgresql://ann:p%40ss%2F%C3%A9%20w@db:5432/my%20shop?client_encoding=UTF8'
    """
    login = "" if address.user is None else quote(address.user, safe="")
    if address.password is not None:
        login += f":{quote(address.password, safe='')}"
    host = _host(address.host or "") + (f":{address.port}" if address.port else "")
    given = {**address.options, **options}
    query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in given.items())
    at = "@" if login else ""
    return f"{_SCHEMES[address.dialect]}://{login}{at}{host}{_path(address.database)}{f'?{query}' if query else ''}"


def hidden(*parts: str) -> str:
    """A hash of `parts` that stays the same in this process and that nobody outside can try texts on."""
    digest = hashlib.blake2b(key=_KEY, digest_size=16)
    for part in parts:
        data = part.encode(errors="surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _port(parts: SplitResult, dialect: Dialect) -> int | None:
    try:
        return parts.port
    except ValueError:
        pass  # its words repeat what stands there, which may be a piece of a password
    msg = (
        f"The port in the address {_SCHEMES[dialect]}://… is no number (it is not shown, it may be part of a password that needs "
        "escaping). Write 'scheme://user:password@host:port/database'."
    )
    raise SourceError(msg)


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else quote(host, safe="")


def _user(user: str | None) -> str:
    return f"{quote(user, safe='')}@" if user else ""


def _path(database: str | None) -> str:
    return f"/{quote(database, safe='')}" if database else ""

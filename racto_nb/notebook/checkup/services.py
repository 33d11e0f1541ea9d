"""Whether the servers that a notebook may need answer: a connection is opened and closed, and nothing is sent."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from racto_nb.exceptions import NetworkForbiddenError, UsageError
from racto_nb.notebook.checkup.finding import Finding

PATIENCE = 0.3
"""Seconds for each connection. All are tried at once."""
_GRACE = 0.2
_HERE = "127.0.0.1"
_PORTS = {
    "redis": 6379, "rediss": 6379, "valkey": 6379, "valkeys": 6379, "amqp": 5672, "amqps": 5671, "pyamqp": 5672,
    "postgresql": 5432, "postgres": 5432, "postgresql+psycopg": 5432, "http": 80, "https": 443,
}  # fmt: skip
_SERVERLESS = {"memory", "cache+memory", "cache", "filesystem", "file", "rpc", "db+sqlite", "sqla+sqlite", "sqlite", "duckdb"}
"""What Celery and others work on that is no server, or one that has another name."""
_HOST_AND_PORT = re.compile(r"(?:[A-Za-z][A-Za-z_]*://)?(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where something may listen: a `host` and a `port`, or the path of a socket. Nothing else of an address is kept."""

    host: str
    port: int = 0

    def __str__(self) -> str:
        if not self.port:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Service:
    """A server with its usual `port` on this machine, the `variables` that say where it is (the first that is set holds), and
    the `kind` of what stands in them: a `url`, a list of `hosts`, one `host` in the forms of OLLAMA_HOST."""

    name: str
    port: int
    variables: tuple[str, ...]
    kind: str = "url"


SERVICES = (
    Service("Redis", 6379, ("REDIS_URL", "VALKEY_URL")),
    Service("broker of Celery", 5672, ("CELERY_BROKER_URL",)),
    Service("results of Celery", 0, ("CELERY_RESULT_BACKEND",)),
    Service("Kafka", 9092, ("KAFKA_BOOTSTRAP_SERVERS",), "hosts"),
    Service("Ollama", 11434, ("OLLAMA_HOST",), "host"),
    Service("PostgreSQL", 5432, ("DATABASE_URL", "PGHOST")),
)


class _UnreadableError(ValueError):
    """A text that is no address, or holds signs that could be part of a password."""


def service_findings(environment: Mapping[str, str], services: Iterable[Service] = SERVICES) -> list[Finding]:
    """One finding an address: those that variables name, and for services without one the usual port of this machine.

    It takes half a second at most. Of an address only host and port are shown.
    """
    told: list[Finding] = []
    asked: list[tuple[Service, str, Address]] = []
    for service in services:
        variable = next((name for name in service.variables if environment.get(name, "").strip()), "")
        try:
            found = _addresses(service, variable, environment) if variable else _usual(service)
        except _UnreadableError:
            advice = f"Correct {variable}. A password with @, /, # or ? in it must be percent-encoded."
            told.append(Finding(service.name, f"{variable} is set, but it is no address that can be read", advice, wrong=True))
            continue
        if variable and not found:
            told.append(Finding(service.name, f"{variable} names no server to connect to"))
        asked += [(service, variable, address) for address in found]
    answers = connected([address for _, _, address in asked])
    return [*(_finding(*each, answers.get(each[2], "no answer in time")) for each in asked), *told]


def _usual(service: Service) -> list[Address]:
    return [Address(_HERE, service.port)] if service.port else []


def connected(addresses: Sequence[Address], patience: float = PATIENCE) -> dict[Address, str]:
    """Why no connection to an address could be opened, or an empty text; an address that is not in it gave no answer."""
    answers: dict[Address, str] = {}
    threads = [
        threading.Thread(target=_try, args=(address, patience, answers), name=f"racto-nb doctor {address}", daemon=True)
        for address in dict.fromkeys(addresses)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + patience + _GRACE
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return dict(answers)


def _try(address: Address, patience: float, answers: dict[Address, str]) -> None:
    try:
        if address.port:
            socket.create_connection((address.host, address.port), timeout=patience).close()
        else:
            with socket.socket(socket.AF_UNIX) as one:
                one.settimeout(patience)
                one.connect(address.host)
    except TimeoutError:
        answers[address] = "no answer in time"
    except ConnectionRefusedError:
        answers[address] = "nobody listens there"
    except (OSError, UnicodeError, OverflowError, AttributeError, NetworkForbiddenError) as error:
        # AttributeError: a system without sockets that are files
        answers[address] = f"cannot be reached ({(isinstance(error, OSError) and error.strerror) or type(error).__name__})"
    else:
        answers[address] = ""


def _finding(service: Service, variable: str, address: Address, trouble: str) -> Finding:
    if not variable:
        told = f"{service.variables[0]} is not set"
        return Finding(service.name, f"{address}: {trouble or 'somebody listens there'}; {told}")
    if trouble:
        advice = f"Start it, or correct {variable}."
        return Finding(service.name, f"{address} ({variable}): {trouble}", advice, wrong=True)
    return Finding(service.name, f"{address} ({variable}): it listens")


def _addresses(service: Service, variable: str, environment: Mapping[str, str]) -> list[Address]:
    value = environment[variable].strip()
    if variable == "PGHOST":
        return _of_postgres(value, environment.get("PGPORT", "").strip() or str(service.port))
    if service.kind == "hosts":
        return [_host(part.strip(), service.port) for part in value.split(",")]
    if service.kind == "host":
        return _of_ollama(value)
    return [found for part in value.split(";") if (found := _of_url(part.strip())) is not None]


def _of_postgres(value: str, port: str) -> list[Address]:
    if value.startswith(("/", "@")):
        return [Address(f"{value.replace('@', chr(0), 1)}/.s.PGSQL.{port}")]
    return [_host(f"{host.strip()}:{port.partition(',')[0]}", 0) for host in value.split(",")]


def _of_ollama(value: str) -> list[Address]:
    from racto_nb.providers.ollama.addresses import address_of

    try:
        found = _of_url(address_of(value, source="OLLAMA_HOST"))
    except UsageError as error:
        raise _UnreadableError from error
    return [] if found is None else [found]


def _host(text: str, port: int) -> Address:
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None:
        raise _UnreadableError
    return Address(found["host"].strip("[]"), int(found["port"] or port))


def _of_url(text: str) -> Address | None:
    """The address in a URL; None for one without a server. Where it cannot be told what belongs to a password, it is not read."""
    scheme, separator, rest = text.partition("://")
    if scheme in _SERVERLESS or scheme.startswith(("sqlite", "duckdb")):
        return None
    if separator and scheme in {"unix", "redis+socket", "socket"}:
        return Address(rest.partition("?")[0].rpartition("@")[2])
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _UnreadableError from error
    behind = f"{parts.path}{parts.query}{parts.fragment}"
    if not separator or "@" in behind or any(sign.isspace() for sign in text) or (not port and scheme not in _PORTS):
        raise _UnreadableError
    return Address(host or _HERE, port or _PORTS[scheme])

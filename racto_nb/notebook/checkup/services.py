"""Whether the servers that a notebook may need answer: a connection is opened and closed, and nothing is sent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from racto_nb.exceptions import NetworkForbiddenError, UsageError
from racto_nb.notebook.checkup.addresses import (
    HERE,
    Address,
    UnreadableError,
    database_named,
    of_hosts,
    of_postgres,
    of_url,
    of_urls,
)
from racto_nb.notebook.checkup.finding import Finding

PATIENCE = 0.3
"""Seconds for each connection. All are tried at once."""
_GRACE = 0.2


@dataclass(frozen=True, slots=True)
class Service:
    """A server with its usual `port` on this machine, the `variables` that say where it is (the first that is set holds), and
    the `kind` of what stands in them: a `url`, a `store` of Celery, a list of `hosts`, one `host` in the forms of OLLAMA_HOST."""

    name: str
    port: int
    variables: tuple[str, ...]
    kind: str = "url"


SERVICES = (
    Service("Redis", 6379, ("REDIS_URL", "VALKEY_URL")),
    Service("broker of Celery", 5672, ("CELERY_BROKER_URL",), "store"),
    Service("results of Celery", 0, ("CELERY_RESULT_BACKEND",), "store"),
    Service("Kafka", 9092, ("KAFKA_BOOTSTRAP_SERVERS",), "hosts"),
    Service("Ollama", 11434, ("OLLAMA_HOST",), "host"),
    Service("PostgreSQL", 5432, ("DATABASE_URL", "PGHOST")),
)


def service_findings(environment: Mapping[str, str], services: Iterable[Service] = SERVICES) -> list[Finding]:
    """One finding an address: those that variables name, and for services without one the usual port of this machine.

    It takes half a second at most. Of an address only host and port are shown.
    """
    told: list[Finding] = []
    asked: list[tuple[Service, str, Address]] = []
    for service, variable in (_named(each, environment) for each in services):
        try:
            found = _addresses(service, variable, environment) if variable else _usual(service)
        except UnreadableError:
            advice = f"Correct {variable}. A password with @, /, # or ? in it must be percent-encoded."
            told.append(Finding(service.name, f"{variable} is set, but it is no address that can be read", advice, wrong=True))
            continue
        if variable and not found:
            told.append(Finding(service.name, f"{variable} is not looked at: it names no server, or one whose port is not known"))
        asked += [(service, variable, address) for address in found]
    answers = connected([address for _, _, address in asked])
    return [*(_finding(*each, answers.get(each[2], "no answer in time")) for each in asked), *told]


def _usual(service: Service) -> list[Address]:
    return [Address(HERE, service.port)] if service.port else []


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


def _named(service: Service, environment: Mapping[str, str]) -> tuple[Service, str]:
    """The service, and the variable that is set. DATABASE_URL may be of another kind of server than the usual one."""
    variable = next((name for name in service.variables if environment.get(name, "").strip()), "")
    if variable != "DATABASE_URL":
        return service, variable
    return replace(service, name=database_named(environment[variable].strip())), variable


def _addresses(service: Service, variable: str, environment: Mapping[str, str]) -> list[Address]:
    value = environment[variable].strip()
    if variable == "PGHOST":
        return of_postgres(value, environment.get("PGPORT", "").strip() or str(service.port))
    if service.kind == "hosts":
        return of_hosts(value, service.port)
    if service.kind == "host":
        return _of_ollama(value)
    return of_urls(value, words=service.kind == "store")


def _of_ollama(value: str) -> list[Address]:
    from racto_nb.providers.ollama.addresses import address_of

    try:
        return of_url(address_of(value, source="OLLAMA_HOST"))
    except UsageError as error:
        raise UnreadableError from error

"""The wires that a fake provider speaks: one JSON file each, found in the folder `wires`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from racto_nb.exceptions import UsageError
from racto_nb.testing.templates import Json

_KINDS = {"batch", "chat", "embeddings", "plain", "tuning"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method and path of a wire. `spec` is its entry in the file."""

    title: str
    method: str
    path: re.Pattern[str]
    spec: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class WireFile:
    """One provider's wire. `base` is what stands before the paths of all its endpoints."""

    name: str
    base: str
    spec: Mapping[str, Json]
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request belongs: its wire, its path there, its endpoint (None: unknown) and what the path names."""

    wire: WireFile
    path: str
    endpoint: Endpoint | None
    named: Mapping[str, str]


def load_wires() -> dict[str, WireFile]:
    """All wires that are shipped, by name: those that say they are `first`, then in order of their names."""
    found = [entry for entry in (files("racto_nb.testing") / "wires").iterdir() if entry.name.endswith(".json")]
    read = {entry.name.removesuffix(".json"): json.loads(entry.read_text(encoding="utf-8")) for entry in found}
    return {name: wire_from(name, read[name]) for name in sorted(read, key=lambda name: (not read[name].get("first"), name))}


def wire_from(name: str, spec: Mapping[str, Json]) -> WireFile:
    """A wire from the content of its file. UsageError for an endpoint of an unknown kind."""
    base: str = spec["base"]
    endpoints: list[Endpoint] = []
    for title, entry in spec["endpoints"].items():
        if entry["kind"] not in _KINDS:
            msg = (
                f"The endpoint {title!r} of the wire {name!r} is of the unknown kind {entry['kind']!r}. Known: {sorted(_KINDS)}."
            )
            raise UsageError(msg)
        method, _, path = title.partition(" ")
        endpoints.append(Endpoint(f"{method} {base}{path}", method, path_pattern(base + path), entry))
    return WireFile(name, base, spec, tuple(endpoints))


def path_pattern(path: str) -> re.Pattern[str]:
    """The pattern of a path in which `{name}` stands for anything up to the next slash, colon or question mark."""
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile("".join(f"(?P<{part}>[^/:?]+)" if number % 2 else re.escape(part) for number, part in enumerate(parts)))


def place_of(wires: Mapping[str, WireFile], method: str, path: str) -> Place:
    """Where `method` and `path` belong. The path may begin with the wire's name; else the first wire that knows it is meant."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first in wires:
        return _place_in(wires[first], method, f"/{rest}")
    places = [_place_in(wire, method, path) for wire in wires.values()]
    return next((place for place in places if place.endpoint), places[0])


def _place_in(wire: WireFile, method: str, path: str) -> Place:
    for endpoint in wire.endpoints:
        if endpoint.method == method and (match := endpoint.path.fullmatch(path)):
            return Place(wire, path, endpoint, match.groupdict())
    return Place(wire, path, None, {})

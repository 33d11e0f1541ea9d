"""Recorded interactions with real servers. They are read where they lie and never copied."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from wire.replaying import Recorded

OPENAI = ("openai__", "huggingface__", "ollama__")
KINDS = ("/chat/completions", "/responses", "/embeddings")
_FORWARDED = {"content-encoding", "content-type", "retry-after", "retry-after-ms", "x-should-retry"}


@dataclass(frozen=True)
class Interaction:
    """The reply to one request. `kind` is one of KINDS, or the whole path of anything else."""

    file: str
    place: int
    kind: str
    reply: Recorded

    @property
    def name(self) -> str:
        return f"{self.file}#{self.place}"

    @property
    def streamed(self) -> bool:
        return "event-stream" in self.reply.headers.get("content-type", "")


@functools.cache
def recorded_in(path: Path) -> list[dict[str, Any]]:
    """The interactions as they lie in a file. Several modules read the same ones when tests are named: each is parsed once, in C."""
    text = path.read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["interactions"]


def interactions(folder: Path, files: tuple[str, ...] = OPENAI, kinds: tuple[str, ...] = KINDS) -> list[Interaction]:
    """The interactions of the cassettes whose names begin so, in the order of their files; unless told, those of OpenAI's API."""
    found: list[Interaction] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name.startswith(files):
            found += [interaction_of(path.stem, place, one, kinds=kinds) for place, one in enumerate(recorded_in(path))]
    return found


def interaction_of(file: str, place: int, one: dict[str, Any], *, kinds: tuple[str, ...] = KINDS) -> Interaction:
    """An interaction as it was recorded; `kinds` are the ends of paths that name it."""
    request, response = one["request"], one["response"]
    path = urlsplit(request["uri"]).path
    kind = next((kind for kind in kinds if path.endswith(kind)), path)
    headers = {name.lower(): values[0] for name, values in response["headers"].items() if name.lower() in _FORWARDED}
    if (parsed := response.get("parsed_body")) is not None:
        body = json.dumps(parsed).encode()
        headers.pop("content-encoding", None)
    else:
        told = response["body"]["string"]
        body = told.encode() if isinstance(told, str) else told
        if isinstance(told, str):  # was decoded when it was recorded
            headers.pop("content-encoding", None)
    return Interaction(file, place, kind, Recorded(body, headers, response["status"]["code"]))

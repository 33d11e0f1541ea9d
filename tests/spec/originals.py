"""The documents' own code blocks, and how one of them is run with the package name replaced and nothing else.

They are read from the shared specification; without it there are none, and the tests on them are skipped.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import pydantic
import pytest
from shared_material import MISSING, shared_path

import racto_nb
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.batch import BatchProcessor
from racto_nb.exceptions import RetiredModelWarning
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig
from racto_nb.pipelines import SQLAnalystPipeline
from racto_nb.rag import RactoRAG
from racto_nb.rag.embedders import BaseEmbedder
from racto_nb.testing import FakeProvider, FakeRequest

KEY = "sk-proj-of-the-documents-0123456789"
RETIRED = {
    "gpt-4o": "gpt-6-luna",
    "gpt-4o-mini": "gpt-6-luna",
    "o3-mini": "gpt-5.6-sol",
    "gemini-2.0-flash": "gemini-3.8-flash",
    "text-embedding-004": "gemini-embedding-2",
}
"""Models of the documents that have ended or soon will, and what the warning about each recommends."""
_MAKES_A_KIT = re.compile(r'(?:Chat|LLMKit|BatchProcessor|RoutingTier|Embedder)\(\s*model="(?P<model>[^"]+)"')

# Names that the documents import once and use in later blocks.
KNOWN_NAMES: Mapping[str, Any] = {
    "gpt": racto_nb.openai_developer_kit,
    "gemini": racto_nb.google_developer_kit,
    "claude": racto_nb.anthropic_developer_kit,
    "local": racto_nb.ollama_developer_kit,
    "hf": racto_nb.huggingface_developer_kit,
    "RactoPrompt": racto_nb.RactoPrompt,
    "ChatConfig": ChatConfig,
    "BaseModel": pydantic.BaseModel,
}


@dataclass(frozen=True)
class Original:
    """A code block as the specification has it: `free` are the names it uses and does not make."""

    number: int
    code: str
    free: tuple[str, ...]


@dataclass(frozen=True)
class Ran:
    """What a block left: its names, the lines it printed, and what the server received from it."""

    names: dict[str, Any]
    printed: list[str]
    requests: list[FakeRequest]

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


@cache
def originals() -> dict[int, Original]:
    """All blocks by their number; skips the test where the specification is missing."""
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    blocks = json.loads((folder / "spec" / "snippets.json").read_text(encoding="utf-8"))
    return {block["id"]: Original(block["id"], block["code"], tuple(block["free_names"])) for block in blocks}


Closing = DeveloperKit | KitAdapter | BatchProcessor | RactoRAG | BaseEmbedder | SQLAnalystPipeline
"""What blocks make and leave open."""
Made = TypeVar("Made", bound=Closing)


class Runner:
    """Runs blocks against `server`, and closes the kits and processors they make. `with` ends it."""

    def __init__(self, server: FakeProvider) -> None:
        self.server = server
        self._kits: list[Closing] = []

    def keeps(self, made: Made) -> Made:
        """Close `made`, a kit or what holds one, with the others."""
        self._kits.append(made)
        return made

    def __call__(
        self,
        number: int,
        replies: Iterable[Any] = (),
        *,
        replaced: Mapping[str, str] | None = None,
        ends_before: str | None = None,
        **given: Any,
    ) -> Ran:
        """Run block `number` on a server that answers `replies`.

        A name that the block does not make is `given`, or one of KNOWN_NAMES. `replaced` are texts of the block that stand for
        something on the reader's machine (a path, a port); `ends_before` is the line before which a block is cut whose rest waits
        for a later part of the package. Warnings other than those about the models' ends are errors.
        """
        block = originals()[number]
        code = _prepared(block.code, replaced or {}, ends_before)
        before = len(self.server.requests)
        self.server._script.replies[:] = list(replies)
        names = {"__name__": "block", **{name: KNOWN_NAMES[name] for name in block.free if name in KNOWN_NAMES}, **given}
        printed = io.StringIO()
        with warnings.catch_warnings(record=True) as heard, redirect_stdout(printed):
            warnings.simplefilter("always")
            _run(code, number, names)
        self._kits += [value for value in names.values() if isinstance(value, Closing)]
        _check_the_warnings(code, heard)
        assert self.server._script.replies == [], "the block has not asked for all replies"
        return Ran(names, printed.getvalue().splitlines(), self.server.requests[before:])

    def close(self) -> None:
        """Close the kits, adapters and processors that the blocks left open, in both colours."""
        for kit in self._kits:
            kit.close()
            asyncio.run(kit.aclose())


def _run(code: str, number: int, names: dict[str, Any]) -> None:
    """As a cell runs it: with `await` at the top where the block has one."""
    compiled = compile(code, f"block {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(compiled, names))
    else:
        exec(compiled, names)


def _prepared(code: str, replaced: Mapping[str, str], ends_before: str | None) -> str:
    for old, new in replaced.items():
        assert old in code, f"the block does not contain {old!r}"
        code = code.replace(old, new)
    if ends_before is not None:
        assert ends_before in code, f"the block does not contain {ends_before!r}"
        code = code.partition(ends_before)[0]
    return code.replace("ractogateway", "racto_nb")


def _check_the_warnings(code: str, heard: list[warnings.WarningMessage]) -> None:
    """Each kit on a model that ends is warned about, with what to use instead, and nothing else is."""
    told = sorted(str(warning.message) for warning in heard if warning.category is RetiredModelWarning)
    # Celery's own worker, a thread of the test, asks its server in a way that the server's client calls old.
    others = [warning for warning in heard if warning.category is not RetiredModelWarning]
    other = [str(warning.message) for warning in others if "deprecated setex" not in str(warning.message)]
    assert other == [], other
    ending = sorted(model for model in _MAKES_A_KIT.findall(code) if model in RETIRED)
    assert len(told) == len(ending), told
    for message, model in zip(told, ending, strict=True):
        assert message.startswith(model), message
        assert f"Use {RETIRED[model]}" in message


def turns(request: FakeRequest) -> list[tuple[str, str]]:
    """The turns of a request on OpenAI's wire after the system text: who, and what."""
    return [(turn["role"], turn["content"]) for turn in request.json["messages"] if turn["role"] != "system"]

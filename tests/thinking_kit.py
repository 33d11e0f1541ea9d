"""A FakeKit whose model thinks aloud before, or while, it answers. `path` is where a kernel finds this file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from racto_nb.models.response import LLMResponse
from racto_nb.providers.wire import Draft
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.testing.scripted import FakeWire

LOAD = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom thinking_kit import ThinkingKit, Thinks, thoughtful"


class Thinks(str):
    """A piece of thinking among the pieces of a FakeReply."""

    __slots__ = ()


class ThinkingWire(FakeWire):
    """Pieces that are `Thinks` are thinking."""

    def advance(self, draft: Draft, event: str | LLMResponse) -> Draft:
        return draft.with_thinking(str(event)) if isinstance(event, Thinks) else super().advance(draft, event)


class ThinkingKit(FakeKit):
    """A FakeKit that streams thinking."""

    def __init__(self, replies: Any, **options: Any) -> None:
        super().__init__(replies, **options)
        self._provider = replace(self._provider, wire=ThinkingWire(64))


def thoughtful(thoughts: int, words: int, *, delay: float = 0.0, word: str = "so") -> FakeReply:
    """A reply of `thoughts` pieces of thinking and then `words` pieces of text."""
    pieces = [Thinks(f"{word}{number} ") for number in range(thoughts)]
    return FakeReply((*pieces, *(f"word{number} " for number in range(words))), delay=delay)

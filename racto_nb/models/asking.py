"""What a kit must be able to do to be asked by retrieval and pipelines: the six kits can, and so can an object of yours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol, runtime_checkable

from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk


@runtime_checkable
class AnsweringKit(Protocol):
    """Anything that answers a ChatConfig in both colours."""

    def chat(self, config: ChatConfig) -> LLMResponse: ...

    async def achat(self, config: ChatConfig) -> LLMResponse: ...


@runtime_checkable
class StreamingKit(AnsweringKit, Protocol):
    """One that also gives the answer in pieces, the last one final."""

    def stream(self, config: ChatConfig) -> Iterator[StreamChunk]: ...

    def astream(self, config: ChatConfig) -> AsyncIterator[StreamChunk]: ...

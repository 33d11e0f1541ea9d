"""The passages that a question of the chat is answered from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.sources import Retriever
from racto_nb.notebook.magics.answering import Answered
from racto_nb.notebook.magics.result import NOT_SENT, RactoResult
from racto_nb.rag.answering import UNASKED, Answerer, Ready, Wanted, prepared, responded
from racto_nb.rag.passages import NOT_IN_CONTEXT, TEMPLATE
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.retrieval import RetrievalOptions

TOP_K = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """A question with its passages: `ready.config` is what is sent."""

    question: str
    ready: Ready

    def told(self, result: RactoResult) -> RactoResult:
        """`result` with the passages that its text cites."""
        return replace(result, rag=responded(result.response, self.question, self.ready))

    def nothing(self, kit: DeveloperKit) -> Answered:
        """The answer where no passage was found: nobody is asked about nothing, since a model would answer from memory."""
        response = LLMResponse(content=NOT_IN_CONTEXT, origin=UNASKED)
        model = f"{kit.provider}:{kit.model}"
        return Answered(RactoResult(NOT_IN_CONTEXT, response, model, prompt_text="", cost=0.0, origin=NOT_SENT))


async def found(rag: Retriever, kit: DeveloperKit, config: ChatConfig) -> Seen:
    """Find the passages for the question of `config`, and put them into it; all else of it stays."""
    hits: Sequence[Any] = await rag.aretrieve(config.user_message, TOP_K)
    passages: Sequence[RetrievalResult] = hits
    own = getattr(rag, "answerer", None)
    answerer = Answerer(kit, config.prompt, TEMPLATE) if own is None else replace(own, kit=kit)
    wanted = Wanted(config.user_message, TOP_K, None, RetrievalOptions(), config.prompt, 0.0, config.max_tokens)
    ready = prepared(passages, answerer, wanted)
    asked = config.model_copy(update={"user_message": ready.config.user_message, "prompt": ready.config.prompt})
    return Seen(config.user_message, replace(ready, config=asked))

"""What documents that were ingested can be asked: passages, answers, streamed answers. Kind: flow."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import replace

from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.rag.answering import Answerer, Wanted, answering, refuse_nobody, streaming
from racto_nb.rag.filters import Filters
from racto_nb.rag.passages import context_of
from racto_nb.rag.results import RAGChunk, RAGResponse, RetrievalResult
from racto_nb.rag.retrieval import Mode, RetrievalOptions, Searched, retrieving
from racto_nb.tools.registry import tool


class Questions:
    """The questions of a RactoRAG: `searched` is looked through, `answerer` answers, `options` say how passages are found."""

    def __init__(self, searched: Searched, answerer: Answerer, options: RetrievalOptions | None) -> None:
        if answerer.kit is not None:
            refuse_nobody(answerer)
        if options is not None and not isinstance(options, RetrievalOptions):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"retrieval is a RetrievalOptions(mode=…), not {options!r:.80}."
            raise WrongTypeError(msg)
        self._searched, self._answerer = searched, answerer
        self._options = options or RetrievalOptions()

    @property
    def answerer(self) -> Answerer:
        """Who answers (its `kit`, None where it only finds passages), with which `prompt` and `template`."""
        return self._answerer

    def retrieve(
        self,
        query: str,
        top_k: int = 5,
        filters: Filters = None,
        *,
        mode: Mode | None = None,
        options: RetrievalOptions | None = None,
    ) -> list[RetrievalResult]:
        """The `top_k` chunks that fit `query` best among those that fit `filters`, best first: `hit.explain()` says why.

        `options` say how they are found (None: those of the RactoRAG); `mode` alone changes only that: "hybrid", "vector" for the
        search by meaning, "keyword" for that by words, "auto".

        Raises UsageError for a blank question, a wrong `top_k` or filter, before anything is embedded.
        """
        return SyncDriver().run(retrieving(self._searched, query, top_k, filters, self._chosen(mode, options)))

    async def aretrieve(
        self,
        query: str,
        top_k: int = 5,
        filters: Filters = None,
        *,
        mode: Mode | None = None,
        options: RetrievalOptions | None = None,
    ) -> list[RetrievalResult]:
        """The `top_k` chunks that fit `query` best among those that fit `filters`, best first: `hit.explain()` says why."""
        return await AsyncDriver().run(retrieving(self._searched, query, top_k, filters, self._chosen(mode, options)))

    def query(  # noqa: PLR0917  (the documents fix the order)
        self,
        question: str,
        top_k: int = 5,
        filters: Filters = None,
        prompt: RactoPrompt | None = None,
        temperature: float = 0.0,
        max_tokens: int = 2048,
        *,
        mode: Mode | None = None,
        options: RetrievalOptions | None = None,
    ) -> RAGResponse:
        """Find the passages for `question` and let the kit answer from them, naming them as [1], [2], ….

        The response has the `answer`, its `sources` and `citations`, and an `outcome`: "answered", "uncited", or
        "not_in_context". Where no passage is found no model is asked. `prompt` goes before `default_prompt`; the passages stand
        in the message, as data, and never in the prompt. `mode` and `options` are those of `retrieve`.

        Raises MissingKitError without an `llm_kit`, UsageError for a wrong question, and what embedder, store and kit raise.
        """
        wanted = Wanted(question, top_k, filters, self._chosen(mode, options), prompt, temperature, max_tokens)
        return SyncDriver().run(answering(self._searched, self._answerer, wanted))

    async def aquery(  # noqa: PLR0917  (the documents fix the order)
        self,
        question: str,
        top_k: int = 5,
        filters: Filters = None,
        prompt: RactoPrompt | None = None,
        temperature: float = 0.0,
        max_tokens: int = 2048,
        *,
        mode: Mode | None = None,
        options: RetrievalOptions | None = None,
    ) -> RAGResponse:
        """Find the passages for `question` and let the kit answer from them, naming them as [1], [2], …."""
        wanted = Wanted(question, top_k, filters, self._chosen(mode, options), prompt, temperature, max_tokens)
        return await AsyncDriver().run(answering(self._searched, self._answerer, wanted))

    def stream_query(  # noqa: PLR0917  (the documents fix the order)
        self,
        question: str,
        top_k: int = 5,
        filters: Filters = None,
        prompt: RactoPrompt | None = None,
        temperature: float = 0.0,
        max_tokens: int = 2048,
        *,
        mode: Mode | None = None,
        options: RetrievalOptions | None = None,
    ) -> Generator[RAGChunk, None, RAGResponse]:
        """As `query`, with the answer in pieces: `piece.text` is what is new.

        The first piece has the `sources` before the model says a word, the last one the whole `response`, which is the value of
        the generator too. A loop that is left early stops the model when the generator is closed or dropped.
        """
        refuse_nobody(self._answerer)  # now, and not when the first piece is asked for
        wanted = Wanted(question, top_k, filters, self._chosen(mode, options), prompt, temperature, max_tokens)
        return SyncDriver().iterate(streaming(self._searched, self._answerer, wanted))

    def astream_query(  # noqa: PLR0917  (the documents fix the order)
        self,
        question: str,
        top_k: int = 5,
        filters: Filters = None,
        prompt: RactoPrompt | None = None,
        temperature: float = 0.0,
        max_tokens: int = 2048,
        *,
        mode: Mode | None = None,
        options: RetrievalOptions | None = None,
    ) -> AsyncGenerator[RAGChunk, None]:
        """As `query`, with the answer in pieces: `piece.text` is what is new.

        The first piece has the `sources`, the last one the whole `response`. A loop that is left early stops the model when the
        generator is closed: `async with contextlib.aclosing(...) as pieces:`.
        """
        refuse_nobody(self._answerer)
        wanted = Wanted(question, top_k, filters, self._chosen(mode, options), prompt, temperature, max_tokens)
        return AsyncDriver().iterate(streaming(self._searched, self._answerer, wanted))

    def as_tool(
        self,
        name: str = "search_documents",
        description: str = "Find passages of the user's documents that have to do with a question.",
        *,
        top_k: int = 5,
        filters: Filters = None,
    ) -> Callable[[str], str]:
        """A function that a model may call to look for passages itself: `ChatConfig(tools=ToolRegistry([rag.as_tool()]), …)`.

        What it gives are the passages behind a boundary that they cannot contain, as in `query`.
        """

        @tool(name=name, description=description)
        def search_documents(question: str) -> str:
            return context_of(self.retrieve(question, top_k, filters))

        return search_documents

    def _chosen(self, mode: Mode | None, options: RetrievalOptions | None) -> RetrievalOptions:
        chosen = self._options if options is None else options
        return chosen if mode is None else replace(chosen, mode=mode)

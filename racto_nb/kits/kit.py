"""The shared kit: chat, stream and embed in both colours, over any provider. Kind: flow."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Self

from racto_nb.budgets.budget import Budget
from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits import flows
from racto_nb.kits.calling import Calling
from racto_nb.kits.conversing import refuse_async_tools
from racto_nb.kits.embedding_facts import EmbeddingFacts, embedding_facts
from racto_nb.kits.listing import with_tools_asked_for
from racto_nb.kits.measuring import count_tokens, estimate_among
from racto_nb.kits.middleware import Step
from racto_nb.kits.resolving import KitSettings, resolved
from racto_nb.kits.sharing import Share
from racto_nb.kits.specifying import kit_spec
from racto_nb.kits.surrounding import surroundings
from racto_nb.limiting.limiter import Limiter
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.abilities import refuse_unsupported
from racto_nb.providers.wire import ModelSpec, Provider


class DeveloperKit:
    """What all kits share. Users construct one of the six kits (`gpt.Chat`, `embedded.Chat`, …), not this class.

    A kit holds its provider's clients and may be used from several threads and event loops at once. Close it (`close`,
    `aclose`, or as a context manager) to give back what it holds; a kit that is only dropped gives it back too, later.
    """

    provider: ClassVar[str] = ""

    def __init__(self, provider: Provider, settings: KitSettings) -> None:
        if not settings.model.strip():
            msg = "model is the name of a model; it is empty. `racto-nb models` lists the embedded ones."
            raise UsageError(msg)
        self._provider = provider
        self._settings = settings

    def chat(self, config: ChatConfig) -> LLMResponse:
        """Ask once and wait for the whole answer.

        Raises UsageError or UnsupportedError before anything is sent, ResponseModelValidationError when a response model was
        given and no valid answer came, and the provider's errors as RactoGatewayError leaves.
        """
        refuse_async_tools(config)
        return SyncDriver().run(self.answering(config))

    async def achat(self, config: ChatConfig) -> LLMResponse:
        """Ask once and wait for the whole answer."""
        return await AsyncDriver().run(self.answering(config))

    def answering(self, config: ChatConfig) -> Flow[LLMResponse]:
        """The flow behind `chat` and `achat`, for flows that ask a kit on their way: `yield from kit.answering(config)`."""
        return flows.chat(self._provider, self._settings, config, surroundings())

    def stream(self, config: ChatConfig) -> Generator[StreamChunk, None, LLMResponse]:
        """Ask once and yield the answer in pieces, the last one final.

        A loop that is left early stops the model when the generator is closed or dropped. Close a generator that you keep under
        a name: `with contextlib.closing(kit.stream(config)) as pieces:`. Its return value is the whole answer, an LLMResponse.
        """
        refuse_async_tools(config)
        return SyncDriver().iterate(flows.stream(self._provider, self._settings, config, surroundings()))

    def astream(self, config: ChatConfig) -> AsyncGenerator[StreamChunk, None]:
        """Ask once and yield the answer in pieces, the last one final.

        A loop that is left early stops the model when the generator is closed: `async with contextlib.aclosing(...) as pieces:`.
        """
        return AsyncDriver().iterate(flows.stream(self._provider, self._settings, config, surroundings()))

    def embed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        """Turn texts into vectors, in as many requests as the provider needs.

        When one of them fails, a note of the error says how many texts had been embedded before it, and are paid for.
        """
        return SyncDriver().run(flows.embed(self._provider, self._settings, config, surroundings()))

    async def aembed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        """Turn texts into vectors, in as many requests as the provider needs.

        When one of them fails, a note of the error says how many texts had been embedded before it, and are paid for.
        """
        return await AsyncDriver().run(flows.embed(self._provider, self._settings, config, surroundings()))

    def count_tokens(self, config: ChatConfig) -> int:
        """The tokens of a question, as the provider counts them, without an answer and free of charge.

        With "auto" each model of the router counts, and the most is given. Raises UnsupportedError where the provider does not
        count; `estimate` then says between which ends they lie.
        """
        return SyncDriver().run(count_tokens(Calling(self._provider, self._settings, surroundings()), config))

    async def acount_tokens(self, config: ChatConfig) -> int:
        """The tokens of a question, as the provider counts them, without an answer and free of charge."""
        return await AsyncDriver().run(count_tokens(Calling(self._provider, self._settings, surroundings()), config))

    def estimate(self, config: ChatConfig) -> Estimate:
        """What one request with this question may use and cost: an interval, of "auto" over its models. Nothing is sent.

        Raises UsageError or UnsupportedError for a question that would not be sent. Loading the prices takes half a second, once.
        """
        resolved_config = resolved(with_tools_asked_for(config), self._settings)
        refuse_unsupported(resolved_config, self.spec)
        return estimate_among(self._provider, resolved_config, self._settings)

    @property
    def model(self) -> str:
        """The name of the chat model; "auto" where the router chooses one for each question."""
        return self._settings.model

    @property
    def identity(self) -> tuple[str, ...]:
        """What an answer depends on beside its question: provider, address, model, the models of a router, and settings.

        Kits of equal identity, in any process, give answers of the same kind; keys of caches are made of it.
        """
        provider, settings = self._provider, self._settings
        return provider.name, provider.address, settings.model, settings.steps.routes, provider.settings

    @property
    def default_prompt(self) -> RactoPrompt | None:
        """The prompt of calls whose ChatConfig has none."""
        return self._settings.default_prompt

    @property
    def timeout(self) -> float | None:
        """The longest a call may take, in seconds; None for no limit."""
        return self._settings.timeout

    @property
    def exact_cache(self) -> Step | None:
        """The cache of exact repetitions, None without one."""
        return self._settings.steps.exact_cache

    @property
    def semantic_cache(self) -> Step | None:
        """The cache of similar questions, None without one."""
        return self._settings.steps.semantic_cache

    @property
    def router(self) -> Step | None:
        """What chooses the model of each question, None without one."""
        return self._settings.steps.router

    @property
    def truncator(self) -> Step | None:
        """What shortens conversations that are too long, None without one."""
        return self._settings.steps.truncator

    @property
    def budget(self) -> Budget | None:
        """What all requests of the kit together may cost, None for no limit of its own."""
        return self._settings.budget

    @property
    def rate_limiter(self) -> Limiter | None:
        """What limits the tokens of the kit's user, None without one."""
        return None if self._settings.share is None else self._settings.share.limiter

    @property
    def spec(self) -> ModelSpec:
        """The chat model with its abilities. Of "auto", what all models of the router have in common."""
        return kit_spec(self._provider, self._settings)

    @property
    def embedding(self) -> EmbeddingFacts | None:
        """What is known of the model that `embed` asks when its config names none; None for a kit that offers no embeddings."""
        return embedding_facts(self._provider, self._settings)

    @property
    def specs(self) -> tuple[ModelSpec, ...]:
        """The models that may be asked: the kit's own, or all of its router."""
        return tuple(map(self._provider.specs.chat_spec, self._settings.models))

    def spec_of(self, response: LLMResponse) -> ModelSpec:
        """The model that was asked for `response`: the kit's own, or the one that its router chose."""
        return self.spec if response.route is None else self._provider.specs.chat_spec(response.route.model)

    def with_timeout(self, seconds: float | None) -> Self:
        """The same kit, on the same clients, with another timeout: more than 0 seconds, or None for no limit."""
        return self._with(timeout=seconds)

    def with_budget(self, budget: Budget | None) -> Self:
        """The same kit, on the same clients, whose requests together may not cost more than `budget`; None for no limit."""
        return self._with(budget=budget)

    def with_rate_limiter(self, limiter: Limiter | None, *, user_id: str = "default", wait_s: float = 0.0) -> Self:
        """The same kit, on the same clients, whose requests take the tokens of `user_id` from `limiter`; None for no limit.

        Before each request the most that it may take is set aside, and afterwards what it used is counted in its place. Where
        that does not fit, a request waits for up to `wait_s` seconds; then RateLimitExceededError is raised, and nothing is sent.
        What caches and recordings know takes nothing.
        """
        return self._with(share=None if limiter is None else Share(limiter, user_id, wait_s))

    def with_exact_cache(self, cache: Step | None) -> Self:
        """The same kit, on the same clients, with another cache of exact repetitions, or None."""
        return self._with(steps=replace(self._settings.steps, exact_cache=cache))

    def asking_anew(self) -> Self:
        """The same kit, on the same clients, whose questions no cache answers. What comes is kept in its caches all the same."""
        return self._with(fresh=True)

    def _with(self, **settings: Any) -> Self:
        other = copy(self)
        other._settings = replace(self._settings, **settings)  # noqa: SLF001  (a copy of itself)
        return other

    def close(self) -> None:
        """Give back what the kit holds. The kit opens it again when it is used again."""

    async def aclose(self) -> None:
        """Give back what the kit holds. The kit opens it again when it is used again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        made = getattr(self, "_settings", None)  # a traceback may show a kit that could not be made
        return f"{type(self).__name__}(model={made.model if made else None!r})"

"""Typical user code, checked by pyright and mypy, both strict, and never run: what users get is typed, without a cast."""

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Any, assert_type

from pydantic import BaseModel

import racto_nb
from racto_nb import Gateway, LLMResponse, RactoFile, RactoGatewayError, RactoPrompt, ToolRegistry, embedded_developer_kit
from racto_nb import anthropic_developer_kit as claude
from racto_nb import google_developer_kit as gemini
from racto_nb import huggingface_developer_kit as hf
from racto_nb import ollama_developer_kit as local
from racto_nb import openai_developer_kit as gpt
from racto_nb._validation import validate_and_retry, with_inferred_response_model
from racto_nb.adapters.anthropic_kit import AnthropicLLMKit
from racto_nb.adapters.base import BaseLLMAdapter, ChatTurn
from racto_nb.adapters.google_kit import GoogleLLMKit
from racto_nb.adapters.huggingface_kit import HuggingFaceLLMKit
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.adapters.ollama_kit import OllamaLLMKit
from racto_nb.adapters.openai_kit import OpenAILLMKit
from racto_nb.embedded_developer_kit import Chat, ChatConfig, EmbeddedDeveloperKit, EmbeddingConfig, FinishReason, StreamChunk
from racto_nb.exceptions import (
    ContextOverflowError,
    ContextTruncatedError,
    MissingExtraError,
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
    ResponseModelValidationError,
    StreamInterruptedError,
    TruncatedAnswerError,
    UnsupportedError,
)
from racto_nb.flow.effects import Flow, Stream, next_event, open_stream, send, together
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.opening import open_kit
from racto_nb.models import (
    EmbeddingResponse,
    EmbeddingVector,
    Message,
    MessageRole,
    ToolCallResult,
    ToolRun,
    ToolSource,
    ToolStop,
)
from racto_nb.providers.wire import Provider, Request
from racto_nb.routing import CostAwareRouter, Route, RoutingTier
from racto_nb.testing import FakeFault, FakeKit, FakeProvider, FakeReply, forbid_network
from racto_nb.tools import ParamSchema, ToolSchema
from racto_nb.truncation import SummarizingTruncator, TokenTruncator, Truncation, TruncationConfig


class City(BaseModel):
    """A city."""

    name: str


def chatting() -> str:
    kit = Chat("smollm2-135m", context=1024, timeout=30)
    assert_type(kit, EmbeddedDeveloperKit)
    prompt = RactoPrompt(role="You are a guide.", aim="Answer.", constraints=["Be brief."], tone="", output_format=City)
    config = ChatConfig(
        user_message="Capital of France?",
        prompt=prompt,
        history=[Message(role=MessageRole.USER, content="Hi")],
        attachments=[RactoFile.from_bytes(b"Paris", "text/plain", name="notes.txt")],
        response_model=City,
        extra={"seed": 7},
    )
    answer = kit.chat(config)
    assert_type(answer, LLMResponse)
    assert_type(answer.content, str | None)
    assert_type(answer.usage, dict[str, int])
    assert_type(answer.finish_reason, FinishReason)
    assert_type(answer.tool_calls, list[ToolCallResult])
    return answer.content or ""


def streaming(kit: DeveloperKit) -> None:
    chunks = kit.stream(ChatConfig(user_message="Hi"))
    assert_type(chunks, Generator[StreamChunk, None, LLMResponse])
    for chunk in chunks:
        assert_type(chunk.delta.text, str)
        assert_type(chunk.accumulated_text, str)
        assert_type(chunk.is_final, bool)


async def awaiting(kit: DeveloperKit) -> None:
    async with kit as same:
        assert_type(same, DeveloperKit)
        assert_type(await kit.achat(ChatConfig(user_message="Hi")), LLMResponse)
        chunks = kit.astream(ChatConfig(user_message="Hi"))
        assert_type(chunks, AsyncGenerator[StreamChunk, None])
        async for chunk in chunks:
            assert_type(chunk.finish_reason, FinishReason | None)


def embedding(kit: EmbeddedDeveloperKit) -> list[float]:
    with kit as same:
        assert_type(same, EmbeddedDeveloperKit)
        response = same.with_timeout(5).embed(EmbeddingConfig(texts=["a", "b"]))
    assert_type(response, EmbeddingResponse)
    return response.vectors[0].embedding


async def of_openai(prompt: RactoPrompt) -> None:
    with gpt.Chat("gpt-6-luna", api_key="...", base_url="http://localhost:8000/v1", default_prompt=prompt, api="chat") as kit:
        assert_type(kit, gpt.OpenAIDeveloperKit)
        config = gpt.ChatConfig(user_message="Hi", history=[gpt.Message(role=gpt.MessageRole.USER, content="Hello")])
        assert_type(kit.chat(config), gpt.LLMResponse)
        assert_type(kit.chat(config).finish_reason, gpt.FinishReason)
        assert_type(kit.embed(gpt.EmbeddingConfig(texts=["a"], dimensions=512)), gpt.EmbeddingResponse)
        assert_type([chunk.delta.text for chunk in kit.with_timeout(5).stream(config)], list[str])
    async with gpt.Chat(max_retries=0, timeout=30, embedding_model="text-embedding-3-large") as other:
        assert_type(await other.achat(config), gpt.LLMResponse)
        assert_type([chunk async for chunk in other.astream(config)], list[gpt.StreamChunk])


async def asking_claude(prompt: RactoPrompt) -> None:
    with claude.Chat("claude-opus-5-5", api_key="...", base_url="http://localhost:8000", default_prompt=prompt) as kit:
        assert_type(kit, claude.AnthropicDeveloperKit)
        config = claude.ChatConfig(user_message="Hi", native_thinking=True, extra={"stop": ["END"]})
        assert_type(kit.chat(config), claude.LLMResponse)
        assert_type(kit.chat(config).finish_reason, claude.FinishReason)
    async with claude.Chat(max_retries=0, timeout=30, require_prompt=True) as other:
        assert_type([chunk async for chunk in other.astream(config)], list[claude.StreamChunk])


async def of_google(prompt: RactoPrompt) -> None:
    with gemini.Chat("gemini-3.8-flash", api_key="...", default_prompt=prompt, api_version="v1beta") as kit:
        assert_type(kit, gemini.GoogleDeveloperKit)
        config = gemini.ChatConfig(user_message="Hi", history=[gemini.Message(role=gemini.MessageRole.USER, content="Hello")])
        assert_type(kit.chat(config), gemini.LLMResponse)
        assert_type(kit.embed(gemini.EmbeddingConfig(texts=["a"], dimensions=768)), gemini.EmbeddingResponse)
    async with gemini.Chat(max_retries=0, timeout=30, base_url="http://localhost:8000") as other:
        assert_type(await other.achat(config), gemini.LLMResponse)
        assert_type([chunk async for chunk in other.astream(config)], list[gemini.StreamChunk])


async def of_ollama() -> None:
    with local.Chat("llama3.2", base_url="localhost:11434", num_ctx=8192, on_truncation="warn") as kit:
        assert_type(kit, local.OllamaDeveloperKit)
        assert_type(kit.chat(local.ChatConfig(user_message="Hi")), local.LLMResponse)
        assert_type(await kit.aembed(local.EmbeddingConfig(texts=["a"])), local.EmbeddingResponse)
    with local.OllamaServerManager(port=11500) as server:
        assert_type(server, local.OllamaServerManager)
        assert_type(server.list_models(), list[str])


async def of_hugging_face() -> None:
    async with hf.Chat("owner/model:groq", api_key="...", base_url="http://localhost:8080", grammar="tgi") as kit:
        assert_type(kit, hf.HuggingFaceDeveloperKit)
        assert_type(await kit.achat(hf.ChatConfig(user_message="Hi")), hf.LLMResponse)
        assert_type([chunk async for chunk in kit.astream(hf.ChatConfig(user_message="Hi"))], list[hf.StreamChunk])


async def every_kit_in_both_colours() -> None:
    """The code of the documents is the same for all; Anthropic alone has no vectors, which the call says."""
    for kit in (gpt.Chat(), gemini.Chat(), claude.Chat(), local.Chat(), hf.Chat(), embedded_developer_kit.Chat()):
        config = ChatConfig(user_message="Hi", chain_of_thought=True, native_thinking=True, thinking_budget=2000)
        assert_type(kit.chat(config), LLMResponse)
        assert_type(await kit.achat(config), LLMResponse)
        assert_type(kit.stream(config), Generator[StreamChunk, None, LLMResponse])
        assert_type(kit.astream(config), AsyncGenerator[StreamChunk, None])
        vectors = kit.embed(EmbeddingConfig(texts=["a"])).vectors + (await kit.aembed(EmbeddingConfig(texts=["b"]))).vectors
        assert_type(vectors, list[EmbeddingVector])
        assert_type(vectors[0].vector, list[float])
        assert_type(kit.model, str)
        assert_type(kit.default_prompt, RactoPrompt | None)
        kit.close()
        await kit.aclose()


def calling_tools_in_a_loop(kit: DeveloperKit, registry: ToolRegistry) -> list[Message]:
    config = ChatConfig(user_message="Weather in Oslo?", tools=registry, auto_execute_tools=True, max_tool_turns=5)
    answer = kit.chat(config)
    assert_type(answer.tool_runs, list[ToolRun])
    assert_type(answer.tool_stop, ToolStop | None)
    assert_type(answer.messages, list[Message])
    assert_type([run.content for run in answer.tool_runs if run.error is None], list[str])
    for chunk in kit.stream(config):
        assert_type(chunk.tool_calls, list[ToolCallResult])
        assert_type(chunk.tool_runs, tuple[ToolRun, ...])
        assert_type(chunk.response, LLMResponse | None)
    assert_type(answer.tool_calls[0].arguments, dict[str, Any])
    question = Message(role=MessageRole.USER, content=config.user_message)
    return [question, *answer.messages, Message(role=MessageRole.TOOL, content="Sunny", tool_call_id="call_1")]


def shaping(kit: DeveloperKit) -> str:
    answer = kit.chat(ChatConfig(user_message="Capital of France?", response_model=City, max_validation_retries=1))
    assert_type(answer.parsed, dict[str, Any] | list[Any] | None)
    assert_type(answer.parsed_model, BaseModel | None)
    for chunk in kit.stream(ChatConfig(user_message="Capital of France?", response_model=City)):
        assert_type(chunk.parsed, dict[str, Any] | list[Any] | None)
    return answer.parsed_model.name if isinstance(answer.parsed_model, City) else ""


def serving() -> None:
    fault = FakeFault("Hello", status=429, retry_after=1.5)
    with FakeProvider([fault, FakeReply.of("Hello"), "Hello"], keys=["right"]) as server:
        kit = gpt.Chat(api_key="right", base_url=server.base_url("openai"))
        assert_type(kit.chat(ChatConfig(user_message="Hi")), LLMResponse)
        assert_type(server.requests[0].authorized_with("right"), bool)


def handling(kit: DeveloperKit) -> str:
    try:
        return kit.chat(ChatConfig(user_message="Hi")).content or ""
    except ResponseModelValidationError as error:
        assert_type(error.raw_response, str | None)
        return f"{error.attempts} attempts"
    except StreamInterruptedError as error:
        return error.partial
    except ContextOverflowError as error:
        return f"{error.tokens} of {error.window}"
    except ModelNotFoundError as error:
        return ", ".join(error.suggestions)
    except UnsupportedError as error:
        return error.wish
    except RactoGatewayError as error:
        return str(error)


def telling_calls_apart(error: RactoGatewayError) -> str:
    assert_type(error.provider, str | None)
    assert_type(error.model, str | None)
    assert_type(error.status_code, int | None)
    assert_type(error.request_id, str | None)
    assert_type(error.body, object)
    match error:
        case RactoGatewayRateLimitError():
            assert_type(error.retry_after, float | None)
            return f"come again in {error.retry_after} s"
        case RactoGatewayBadRequestError() | RactoGatewayAuthError() | MissingExtraError():
            return "do not come again"
        case RactoGatewayConnectionError() | RactoGatewayServerError() | RactoGatewayTimeoutError():
            return "come again later"
        case TruncatedAnswerError() | ContextTruncatedError():
            assert_type(error.response, object)
            return "cut"
        case RactoGatewayAPIError():
            return f"{error.status_code}"
        case _:
            return ""


async def with_tools() -> None:
    registry = ToolRegistry()

    @registry.register
    def get_weather(city: str, unit: str = "celsius") -> str:
        return f"Sunny in {city}, 22 {unit}"

    @racto_nb.tool(name="add_numbers", registry=registry)
    async def add(a: int, b: int) -> int:
        return a + b

    @racto_nb.tool
    def halve(number: int) -> float:
        return number / 2

    assert_type(get_weather("Oslo", unit="F"), str)
    assert_type(halve(3), float)
    assert_type(await add(1, 2), int)
    assert_type(registry.register(City), type[City])
    assert_type(registry.schemas, list[ToolSchema])
    assert_type(registry.get_schema("add"), ToolSchema | None)
    assert_type(registry.schemas[0].parameters, list[ParamSchema])
    assert_type(registry.validated("get_weather", {"city": "Oslo"}), dict[str, Any])
    source: ToolSource = ToolRegistry([get_weather, halve, City])
    assert_type(ChatConfig(user_message="Hi", tools=source).tools, ToolSource | None)


class Own(BaseLLMAdapter):
    """A user's own adapter, with the signature of the documents."""

    def run(
        self,
        prompt: RactoPrompt,
        user_message: str,
        *,
        history: list[ChatTurn] | None = None,
        tools: ToolSource | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        **kwargs: Any,
    ) -> LLMResponse:
        """Say it again."""
        return self._build_response(user_message, usage={"total_tokens": 1})

    async def arun(
        self,
        prompt: RactoPrompt,
        user_message: str,
        *,
        history: list[ChatTurn] | None = None,
        tools: ToolSource | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        **kwargs: Any,
    ) -> LLMResponse:
        """Say it again."""
        return self.run(prompt, user_message)

    def translate_tools(self, registry: ToolSource) -> list[dict[str, Any]]:
        """The tools."""
        return [tool.to_json_schema() for tool in registry.schemas]


async def through_a_gateway(prompt: RactoPrompt, registry: ToolRegistry) -> None:
    with OpenAILLMKit("gpt-6-luna", api_key="...", base_url="http://localhost:8000/v1", timeout=5) as adapter:
        assert_type(adapter, OpenAILLMKit)
        assert_type(adapter.run(None, "Hi", history=[{"role": "user", "content": "Hello"}], top_p=0.5), LLMResponse)
        assert_type(adapter.run(prompt, "Hi", history=[Message(role=MessageRole.USER, content="Hello")]), LLMResponse)
        assert_type(adapter.translate_tools(registry), list[dict[str, Any]])
    gateway = Gateway(AnthropicLLMKit(), tools=registry, default_prompt=prompt)
    assert_type(gateway.run(user_message="Hi", response_model=City, attachments=[]), LLMResponse)
    assert_type(await gateway.arun(prompt, "Hi", temperature=0.5, max_tokens=99), LLMResponse)
    assert_type(Gateway(Own("mine")).run(prompt, "Hi").parsed_model, BaseModel | None)
    assert_type(KitAdapter(FakeKit()).kit, DeveloperKit)
    assert_type(
        OllamaLLMKit("llama3.2", base_url="localhost:11434", num_ctx=8192).translate_tools(registry), list[dict[str, Any]]
    )
    assert_type(await GoogleLLMKit(api_key="...").arun(prompt, "Hi"), LLMResponse)
    assert_type(HuggingFaceLLMKit(api_key="...").run(prompt, "Hi", seed=7), LLMResponse)


def checking(response: LLMResponse, config: ChatConfig) -> None:
    assert_type(validate_and_retry(response, config, adapter_run=lambda correction: response), LLMResponse)
    assert_type(with_inferred_response_model(config, None), ChatConfig)


def testing() -> None:
    kit = FakeKit(["Paris", FakeReply.of("one two", delay=0.1), TimeoutError()], retry=RetryPolicy(retries=1))
    assert_type(kit, FakeKit)
    with forbid_network():
        assert_type(kit.chat(ChatConfig(user_message="Hi")), LLMResponse)


def words(text: str) -> int:
    return len(text.split())


async def judged(config: ChatConfig) -> float:
    return float(config.max_tokens > 100)


async def steps(config: ChatConfig) -> None:
    router = CostAwareRouter(
        tiers=[RoutingTier(model="gpt-6-luna", max_score=30), RoutingTier(model="gpt-6.1-sol")], scorer=words
    )
    truncator = TokenTruncator(TruncationConfig(keep_last_n=8, token_counter=words))
    kit = gpt.Chat(model="auto", router=router, truncator=truncator)
    claude.Chat(model="auto", router=CostAwareRouter(router.tiers, scorer=judged, reads="config", fallback=False))
    embedded_developer_kit.Chat(truncator=SummarizingTruncator(kit, summary_tokens=256))
    assert_type(router.score("Hi"), int)
    assert_type(router.route("Hi"), str)
    assert_type(router.tiers, tuple[RoutingTier, ...])
    assert_type(truncator.truncate(config, "gpt-6-luna"), ChatConfig)
    assert_type(truncator.report(config, "gpt-6-luna").left_out, tuple[int, ...])
    assert_type(truncator.config.resolve_limit("gpt-6-luna"), int)
    assert_type(await SummarizingTruncator(kit).atruncate(config, "gpt-6-luna"), ChatConfig)
    response = kit.chat(config)
    assert_type(response.route, Route | None)
    assert_type(response.truncation, Truncation | None)


def by_name() -> None:
    assert_type(open_kit("embedded:smollm2-135m"), DeveloperKit)
    assert_type(embedded_developer_kit.list_models()[0].ready, bool)
    assert_type(racto_nb.__version__, str)


def one(provider: Provider, request: Request) -> Flow[str]:
    """Flows are typed through `yield from`."""
    reply: str = yield from send(provider.chat_port, request)
    return reply


def several(provider: Provider, requests: Sequence[Request]) -> Stream[str, int]:
    answers = yield from together([one(provider, request) for request in requests], limit=2)
    assert_type(answers, list[str])
    stream = yield from open_stream(provider.chat_port, requests[0])
    yield from next_event(stream)
    return len(answers)

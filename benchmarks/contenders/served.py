"""The APIs that are served: our kit beside the vendor's SDK, each asked the same with the same limits.

The SDK is used as its documentation shows: one client, kept; typed replies; for streams the typed events. Its libraries are
imported when a client is made, so that one side can be measured without the other in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message

SYSTEM = "You are a careful assistant."
QUESTION = "Say hello to the world in a friendly way."
CONFIG = ChatConfig(user_message=QUESTION, history=[Message(role="system", content=SYSTEM)])
MOST = CONFIG.max_tokens
ASKED = [{"role": "user", "content": QUESTION}]
TURNS = [{"role": "system", "content": SYSTEM}, *ASKED]
GPT, CLAUDE, GEMINI, LLAMA, HUB = (
    "gpt-6-luna",
    "claude-opus-5-5",
    "gemini-3.8-flash",
    "llama3.2",
    "meta-llama/Llama-3.2-3B-Instruct",
)


@dataclass(frozen=True)
class Contender:
    """One API. `ask` and `stream` take a client of the SDK's; `said` is the text in one of its typed events.

    `aclose` closes an asynchronous client. `goal` is the most that a chunk of our stream may cost, as a ratio. `helper` reads a
    stream with what the SDK has to also keep the text so far and give the whole answer; None where it has nothing of the kind.
    """

    name: str
    kit: Callable[[str], Any]
    client: Callable[[str], Any]
    async_client: Callable[[str], Any]
    ask: Callable[[Any], Any]
    stream: Callable[[Any], Any]
    said: Callable[[Any], object]
    aclose: Callable[[Any], Awaitable[object]]
    goal: float
    helper: Callable[[Any], object] | None = None


def openai_kit(url: str, api: str) -> Any:
    from racto_nb import openai_developer_kit as gpt

    return gpt.Chat(GPT, api_key="k", base_url=f"{url}/v1", api=api)


def openai_client(url: str) -> Any:
    import openai

    return openai.OpenAI(api_key="k", base_url=f"{url}/v1")


def openai_async(url: str) -> Any:
    import openai

    return openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1")


def responses_ask(client: Any, **options: object) -> Any:
    return client.responses.create(
        model=GPT, instructions=SYSTEM, input=ASKED, max_output_tokens=MOST, store=False, **options
    )  # fmt: skip


def chat_ask(client: Any, **options: object) -> Any:
    return client.chat.completions.create(model=GPT, messages=TURNS, max_completion_tokens=MOST, **options)


def anthropic_kit(url: str) -> Any:
    from racto_nb import anthropic_developer_kit as claude

    return claude.Chat(CLAUDE, api_key="k", base_url=url)


def anthropic_client(url: str) -> Any:
    import anthropic

    return anthropic.Anthropic(api_key="k", base_url=url)


def anthropic_async(url: str) -> Any:
    import anthropic

    return anthropic.AsyncAnthropic(api_key="k", base_url=url)


def anthropic_ask(client: Any, **options: object) -> Any:
    return client.messages.create(model=CLAUDE, max_tokens=MOST, system=SYSTEM, messages=ASKED, **options)


def google_kit(url: str) -> Any:
    from racto_nb import google_developer_kit as gemini

    return gemini.Chat(GEMINI, api_key="k", base_url=url)


def google_client(url: str) -> Any:
    from google import genai

    return genai.Client(api_key="k", http_options={"base_url": url})


def google_async(url: str) -> Any:
    return google_client(url).aio


def google_said(event: Any) -> object:
    # Not `event.text`, which joins the parts once more: the field is there.
    return event.candidates[0].content.parts[0].text


def google_options() -> dict[str, object]:
    return {"system_instruction": SYSTEM, "max_output_tokens": MOST, "temperature": 0.0}


def ollama_kit(url: str) -> Any:
    from racto_nb import ollama_developer_kit as local

    return local.Chat(LLAMA, base_url=url)


def ollama_client(url: str) -> Any:
    import ollama

    return ollama.Client(url)


def ollama_async(url: str) -> Any:
    import ollama

    return ollama.AsyncClient(url)


def ollama_ask(client: Any, **options: object) -> Any:
    return client.chat(model=LLAMA, messages=TURNS, options={"num_predict": MOST, "temperature": 0.0}, **options)


def hub_kit(url: str) -> Any:
    from racto_nb import huggingface_developer_kit as hf

    return hf.Chat(HUB, api_key="k", base_url=f"{url}/v1")


def hub_client(url: str) -> Any:
    from huggingface_hub import InferenceClient

    return InferenceClient(base_url=f"{url}/v1", api_key="k")


def hub_async(url: str) -> Any:
    from huggingface_hub import AsyncInferenceClient

    return AsyncInferenceClient(base_url=f"{url}/v1", api_key="k")


def hub_ask(client: Any, **options: object) -> Any:
    return client.chat_completion(TURNS, model=HUB, max_tokens=MOST, temperature=0.0, **options)


def responses_helper(client: Any) -> object:
    with client.responses.stream(
        model=GPT, instructions=SYSTEM, input=ASKED, max_output_tokens=MOST, store=False
    ) as events:  # fmt: skip
        for _ in events:
            pass
        return events.get_final_response()


def chat_helper(client: Any) -> object:
    with client.chat.completions.stream(model=GPT, messages=TURNS, max_completion_tokens=MOST) as events:
        for _ in events:
            pass
        return events.get_final_completion()


def anthropic_helper(client: Any) -> object:
    with client.messages.stream(model=CLAUDE, max_tokens=MOST, system=SYSTEM, messages=ASKED) as events:
        for _ in events:
            pass
        return events.get_final_message()


def choice_said(event: Any) -> object:
    return event.choices and event.choices[0].delta.content


CONTENDERS = (
    Contender(
        name="OpenAI Responses",
        kit=lambda url: openai_kit(url, "responses"),
        client=openai_client,
        async_client=openai_async,
        ask=responses_ask,
        stream=lambda client: responses_ask(client, stream=True),
        said=lambda event: event.type == "response.output_text.delta",
        aclose=lambda client: client.close(),
        goal=0.35,
        helper=responses_helper,
    ),
    Contender(
        name="OpenAI Chat",
        kit=lambda url: openai_kit(url, "chat"),
        client=openai_client,
        async_client=openai_async,
        ask=chat_ask,
        stream=lambda client: chat_ask(client, stream=True, stream_options={"include_usage": True}),
        said=choice_said,
        aclose=lambda client: client.close(),
        goal=0.35,
        helper=chat_helper,
    ),
    Contender(
        name="Anthropic",
        kit=anthropic_kit,
        client=anthropic_client,
        async_client=anthropic_async,
        ask=anthropic_ask,
        stream=lambda client: anthropic_ask(client, stream=True),
        said=lambda event: event.type == "content_block_delta",
        aclose=lambda client: client.close(),
        goal=0.35,
        helper=anthropic_helper,
    ),
    Contender(
        name="Google",
        kit=google_kit,
        client=google_client,
        async_client=google_async,
        ask=lambda client: client.models.generate_content(model=GEMINI, contents=QUESTION, config=google_options()),
        stream=lambda client: client.models.generate_content_stream(model=GEMINI, contents=QUESTION, config=google_options()),
        said=google_said,
        aclose=lambda client: client.aclose(),
        goal=1.0,
    ),
    Contender(
        name="Ollama",
        kit=ollama_kit,
        client=ollama_client,
        async_client=ollama_async,
        ask=ollama_ask,
        stream=lambda client: ollama_ask(client, stream=True),
        said=lambda event: event.message.content,
        aclose=lambda client: client.close(),
        goal=1.0,
    ),
    Contender(
        name="Hugging Face",
        kit=hub_kit,
        client=hub_client,
        async_client=hub_async,
        ask=hub_ask,
        stream=lambda client: hub_ask(client, stream=True, stream_options={"include_usage": True}),
        said=choice_said,
        aclose=lambda client: client.close(),
        goal=1.0,
    ),
)

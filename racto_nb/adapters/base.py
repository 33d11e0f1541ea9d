"""What an adapter is: a model behind `run` and `arun`.

Subclass `BaseLLMAdapter` to put a model of your own behind a `Gateway`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Required, Self, TypedDict

from racto_nb.models.messages import Message, MessageRole
from racto_nb.models.response import FinishReason, LLMResponse, ToolCallResult, strip_markdown_fences, try_parse_json
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile

__all__ = [
    "BaseLLMAdapter",
    "ChatTurn",
    "FinishReason",
    "LLMResponse",
    "ToolCallResult",
    "strip_markdown_fences",
    "try_parse_json",
]


class ChatTurn(TypedDict, total=False):
    """One turn of a conversation as a dict; a `Message` says the same. `role` is "system", "user", "assistant" or "tool".

    >>> ChatTurn(role="user", content="What is Python?")
    {'role': 'user', 'content': 'What is Python?'}
    """

    role: Required[str]
    content: Required[str]
    attachments: list[RactoFile]
    tool_calls: list[ToolCallResult]
    tool_call_id: str
    name: str
    is_error: bool


class BaseLLMAdapter(ABC):
    """A model behind `run` and `arun`. A subclass writes both, and `translate_tools`; it may give back what it holds in `close`.

    `model` is its name. `api_key` and all other options are kept for the subclass and never shown. A `Gateway` in front of it
    validates what `run` answers, and asks again through `run` with the turns so far as `history`.

    >>> class Parrot(BaseLLMAdapter):
    ...     def run(self, prompt, user_message, *, history=None, tools=None, temperature=0.0, max_tokens=4096, **kwargs):
    ...         return self._build_response(user_message)
    ...     async def arun(self, prompt, user_message, **options):
    ...         return self.run(prompt, user_message, **options)
    ...     def translate_tools(self, registry):
    ...         return [{"name": tool.name, "parameters": tool.to_json_schema()} for tool in registry.schemas]
    >>> prompt = RactoPrompt(role="Parrot.", aim="Repeat.", constraints=[], tone="Loud", output_format="text")
    >>> Parrot("grey").run(prompt, "Hello").content
    'Hello'
    """

    model: str = ""

    def __init__(self, model: str, *, api_key: str | None = None, **kwargs: Any) -> None:
        self.model = model
        self.api_key = api_key
        self.options = kwargs

    @abstractmethod
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
        """Ask once and wait for the whole answer."""

    @abstractmethod
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
        """Ask once and wait for the whole answer."""

    @abstractmethod
    def translate_tools(self, registry: ToolSource) -> list[dict[str, Any]]:
        """The tools as the provider wants them described. Nothing is sent."""

    def close(self) -> None:  # noqa: B027  (most adapters hold nothing)
        """Give back what the adapter holds."""

    async def aclose(self) -> None:  # noqa: B027  (most adapters hold nothing)
        """Give back what the adapter holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={self.model!r})"

    def _build_response(
        self,
        content: str | None,
        *,
        tool_calls: Sequence[ToolCallResult] = (),
        finish_reason: FinishReason | None = None,
        usage: Mapping[str, int] | None = None,
        thinking: str | None = None,
        raw: object = None,
    ) -> LLMResponse:
        """An answer from its parts, for subclasses. `parsed` is the JSON that `content` is, `messages` the turn that goes on.

        Without a `finish_reason` it ended with STOP, or with TOOL_CALL where it calls tools.
        """
        calls = list(tool_calls)
        return LLMResponse(
            content=content,
            thinking=thinking,
            parsed=try_parse_json(content or ""),
            tool_calls=calls,
            finish_reason=finish_reason or (FinishReason.TOOL_CALL if calls else FinishReason.STOP),
            usage=dict(usage or {}),
            model=self.model or None,
            raw=raw,
            messages=[Message(role=MessageRole.ASSISTANT, content=content or "", tool_calls=calls)],
        )

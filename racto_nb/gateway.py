"""The thinnest way to a validated answer: a prompt, an adapter, and arguments instead of a ChatConfig.

from racto_nb import Gateway
from racto_nb.adapters.openai_kit import OpenAILLMKit

gateway = Gateway(OpenAILLMKit(), default_prompt=prompt)
print(gateway.run(user_message="Review: def div(a, b): return a / b").parsed)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel

from racto_nb.adapters.asking import Asked, config_of
from racto_nb.adapters.base import BaseLLMAdapter, ChatTurn, LLMResponse
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import check_default_prompt, implied_model
from racto_nb.kits.validating import until_valid
from racto_nb.models.chat import ChatConfig, OngoingChat
from racto_nb.models.messages import Message
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt

__all__ = ["Gateway"]

_RETRIES = 2


class Gateway:
    """A front for any adapter, ours or your own, with a prompt and tools that hold for all calls.

    What the model answers is validated where a class is asked for, by `response_model=` or by the prompt's `output_format`: the
    response has a validated instance (`parsed_model`, its dump in `parsed`), or ResponseModelValidationError is raised. An answer
    that does not fit is asked for again in the same conversation. One that calls tools is not the final one: it comes back as it
    is.

    Raises WrongTypeError here for what is no adapter, and for a default prompt that is none.
    """

    def __init__(
        self, adapter: BaseLLMAdapter, *, tools: ToolSource | None = None, default_prompt: RactoPrompt | None = None
    ) -> None:
        _check_adapter(adapter)
        check_default_prompt(default_prompt)
        self.adapter = adapter
        self.tools = tools
        self.default_prompt = default_prompt

    def run(
        self,
        prompt: RactoPrompt | None = None,
        user_message: str = "",
        *,
        tools: ToolSource | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        response_model: type[BaseModel] | None = None,
        max_validation_retries: int = _RETRIES,
        **kwargs: Any,
    ) -> LLMResponse:
        """Ask once and wait for the whole answer, validated where a class is asked for.

        `prompt` and `tools` take the place of the gateway's. `temperature` lies in 0 to 2, `max_tokens` is the most tokens of the
        answer, `max_validation_retries` (0 to 5) how often an answer that does not fit is asked for again. All other arguments go
        to the adapter, such as `history=`, `attachments=` and `auto_execute_tools=True`.

        Raises UsageError for arguments that make no question, before anything is sent, and what the adapter raises.
        """
        asked = Asked(prompt, user_message, tools, temperature, max_tokens, options=kwargs)
        wish = {"response_model": response_model, "max_validation_retries": max_validation_retries}
        return SyncDriver().run(self._answer(self.adapter.run, asked, wish, where="Gateway.run"))

    async def arun(
        self,
        prompt: RactoPrompt | None = None,
        user_message: str = "",
        *,
        tools: ToolSource | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        response_model: type[BaseModel] | None = None,
        max_validation_retries: int = _RETRIES,
        **kwargs: Any,
    ) -> LLMResponse:
        """Ask once and wait for the whole answer, validated where a class is asked for."""
        asked = Asked(prompt, user_message, tools, temperature, max_tokens, options=kwargs)
        wish = {"response_model": response_model, "max_validation_retries": max_validation_retries}
        return await AsyncDriver().run(self._answer(self.adapter.arun, asked, wish, where="Gateway.arun"))

    def _answer(self, run: Callable[..., Any], asked: Asked, wish: dict[str, Any], *, where: str) -> Flow[LLMResponse]:
        prompt = self.default_prompt if asked.prompt is None else asked.prompt
        tools = self.tools if asked.tools is None else asked.tools
        asked = replace(asked, prompt=prompt, tools=tools)
        config = _config(asked, wish, where=where)
        if isinstance(self.adapter, KitAdapter):
            asked = replace(asked, options={**asked.options, **_changed(wish)})
        else:
            asked = replace(asked, prompt=_with_class(config, self.adapter, where))
        return until_valid(config, lambda config: _one(run, asked, config))

    def __repr__(self) -> str:
        return f"Gateway({self.adapter!r})"


def _config(asked: Asked, wish: dict[str, Any], *, where: str) -> ChatConfig:
    """What to validate against, and from where to go on. Only the adapter knows what its own options mean."""
    config = config_of(replace(asked, history=asked.options.get("history"), options=_changed(wish)), where=where, extras=())
    return config.model_copy(update={"response_model": implied_model(config, asked.prompt)})


def _changed(wish: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wish.items() if value != ChatConfig.model_fields[name].default}


def _with_class(config: ChatConfig, adapter: object, where: str) -> RactoPrompt:
    """The prompt for an adapter that knows of no response model: the class is its output format, so that the model reads it."""
    prompt, model = config.prompt, config.response_model
    if prompt is None:
        mend = "Give prompt=, or the Gateway a default_prompt."
        raise UsageError(f"{where}: no prompt, and {type(adapter).__name__} is no adapter of a kit, which needs none. {mend}")
    return prompt if model in (None, prompt.output_model) else prompt.model_copy(update={"output_format": model})


def _one(run: Callable[..., Any], asked: Asked, config: ChatConfig) -> Flow[LLMResponse]:
    """One call of the adapter. Where `config` goes on, what was said so far is its history, and the last of it the question."""
    message, options = asked.user_message, dict(asked.options)
    if isinstance(config, OngoingChat):
        *said, last = config.transcript
        before: list[Any] = list(options.get("history") or [])
        options["history"] = [*before, ChatTurn(role="user", content=message), *map(_turn, said)]
        message = last.content
    options |= {"tools": asked.tools, "temperature": asked.temperature, "max_tokens": asked.max_tokens}
    response: object = yield from call(partial(run, asked.prompt, message), options)
    if not isinstance(response, LLMResponse):
        what = f"{type(response).__name__} instead of an LLMResponse"
        raise WrongTypeError(f"The adapter's run returned {what}. Return self._build_response(text) there.")
    return response


def _turn(message: Message) -> ChatTurn:
    more: Any = message.model_dump(include={"tool_calls", "tool_call_id", "name", "is_error"}, exclude_defaults=True)
    return ChatTurn(role=message.role.value, content=message.content, **more)


def _check_adapter(adapter: object) -> None:
    if isinstance(adapter, DeveloperKit):
        how = "A kit validates by itself: use its chat, or write Gateway(KitAdapter(kit)) (racto_nb.adapters.kit_adapter)."
        raise WrongTypeError(f"Gateway takes an adapter, not a kit. {how}")
    methods = (getattr(adapter, "run", None), getattr(adapter, "arun", None))
    if isinstance(adapter, type) or not all(map(callable, methods)):
        what = f"the class {adapter.__name__}" if isinstance(adapter, type) else type(adapter).__name__
        raise WrongTypeError(f"Gateway takes an adapter such as OpenAILLMKit(), an object with run and arun, not {what}.")

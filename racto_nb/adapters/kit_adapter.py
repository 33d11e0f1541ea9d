"""An adapter over a kit: the same wires, the same pooled client, without a ChatConfig to write."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from racto_nb.adapters.asking import Asked, Turns, config_of
from racto_nb.adapters.base import BaseLLMAdapter
from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.abilities import refuse_unsupported

Kit = TypeVar("Kit", bound=DeveloperKit)
Options = ParamSpec("Options")


class KitAdapter(BaseLLMAdapter):
    """An adapter over any kit, such as `KitAdapter(embedded.Chat())`. The kit is its `kit`; closing the adapter closes it.

    `run` and `arun` take every field of a ChatConfig as an argument, such as `attachments=` and `response_model=`, and every key
    of `extra` that the provider knows, such as `top_p=`. A prompt may be None: as with kits, the model then gets no system text
    but the output rules that a response model needs.
    """

    def __init__(self, kit: DeveloperKit) -> None:
        if not isinstance(kit, DeveloperKit):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongTypeError(f"KitAdapter takes a kit, such as gpt.Chat(), not {type(kit).__name__}.")
        super().__init__(kit.model)
        self.kit = kit

    def run(
        self,
        prompt: RactoPrompt | None,
        user_message: str,
        *,
        history: Turns | None = None,
        tools: ToolSource | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        **kwargs: Any,
    ) -> LLMResponse:
        """Ask once and wait for the whole answer.

        Raises UsageError for arguments that make no question, before anything is sent; then what the kit's `chat` raises.
        """
        asked = Asked(prompt, user_message, tools, temperature, max_tokens, history, kwargs)
        return self.kit.chat(self._config(asked, "run"))

    async def arun(
        self,
        prompt: RactoPrompt | None,
        user_message: str,
        *,
        history: Turns | None = None,
        tools: ToolSource | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        **kwargs: Any,
    ) -> LLMResponse:
        """Ask once and wait for the whole answer."""
        asked = Asked(prompt, user_message, tools, temperature, max_tokens, history, kwargs)
        return await self.kit.achat(self._config(asked, "arun"))

    def translate_tools(self, registry: ToolSource) -> list[dict[str, Any]]:
        """The tools exactly as a request describes them to the provider. Nothing is sent.

        Raises UnsupportedError for a model that is known to call no tools.
        """
        return _tools_as_sent(self.kit, registry)

    def close(self) -> None:
        """Close the kit's connections. Using the adapter again opens others."""
        self.kit.close()

    async def aclose(self) -> None:
        """Close the kit's connections. Using the adapter again opens others."""
        await self.kit.aclose()

    def _config(self, asked: Asked, method: str) -> ChatConfig:
        return config_of(asked, where=f"{type(self).__name__}.{method}", extras=self.kit.spec.abilities.extras)


def opened(kit_class: Callable[..., Kit], adapter: str, model: str, /, **options: Any) -> Kit:
    """A kit of `kit_class` for an adapter of that name. UsageError, with the nearest name, for an option that the kit has not."""
    known = inspect.signature(kit_class).parameters
    for name in options:
        if name not in known:
            raise UsageError(f"{adapter} has no argument {name!r}.{did_you_mean(name, known)}")
    return kit_class(model, **options)


def _tools_as_sent(kit: DeveloperKit, tools: ToolSource) -> list[dict[str, Any]]:
    """`tools` as the kit's wire puts them into a request: taken from one, so that both are always the same.

    A kit has no public wire, since nobody but the adapters needs one.
    """
    config, spec = ChatConfig(user_message="Which tools are there?", tools=tools), kit.spec
    refuse_unsupported(config, spec)
    request = kit._provider.wire.request_from(config, spec, stream=False)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return list(request.arguments.get("tools", ()))

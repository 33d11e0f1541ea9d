"""Check answers that you fetched yourself against a Pydantic class, and have them asked for again: what every kit does.

The rules are those of the kits (`racto_nb.kits.structuring`): nothing is repaired or filled in. Kits and the `Gateway` do all
this themselves; this module is for programs that talk to a model in their own way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from pydantic import ValidationError

from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.resolving import implied_model
from racto_nb.kits.structuring import checked, validation_failure
from racto_nb.kits.validating import until_valid
from racto_nb.models.chat import ChatConfig, OngoingChat
from racto_nb.models.response import LLMResponse
from racto_nb.prompts.engine import RactoPrompt

__all__ = ["async_validate_and_retry", "validate_and_retry", "validate_stream_final", "with_inferred_response_model"]


def with_inferred_response_model(config: ChatConfig, prompt: RactoPrompt | None) -> ChatConfig:
    """`config` with the class that `prompt` has as its output format as response model; `config` itself where it has one already.

    Raises UsageError for a root model whose instances `parsed` cannot hold.
    """
    model = implied_model(_checked_config(config), prompt)
    return config if model is config.response_model else config.model_copy(update={"response_model": model})


def validate_and_retry(response: LLMResponse, config: ChatConfig, *, adapter_run: Callable[[str], LLMResponse]) -> LLMResponse:
    """`response`, if it fits `config.response_model`, else the first answer of `adapter_run` that does.

    `adapter_run` is called up to `config.max_validation_retries` times, with a message that holds the question, the answer that
    did not fit and the reasons. `parsed` of what comes back is the dump of the instance, `parsed_model` the instance, `usage` the
    sum over all answers. Without a response model, and for an answer that calls tools, nothing is asked again.

    Raises ResponseModelValidationError, with the last answer, when none fits; at once for an answer that was cut or withheld.

    >>> from pydantic import BaseModel
    >>> class City(BaseModel):
    ...     name: str
    >>> config = ChatConfig(user_message="Where is the Eiffel tower?", response_model=City)
    >>> again = lambda message: LLMResponse(content='{"name": "Paris"}')
    >>> validate_and_retry(LLMResponse(content="In Paris."), config, adapter_run=again).parsed
    {'name': 'Paris'}
    """
    return SyncDriver().run(_validated(response, config, adapter_run))


async def async_validate_and_retry(
    response: LLMResponse, config: ChatConfig, *, adapter_arun: Callable[[str], Awaitable[LLMResponse]]
) -> LLMResponse:
    """`response`, if it fits `config.response_model`, else the first answer of `adapter_arun` that does."""
    return await AsyncDriver().run(_validated(response, config, adapter_arun))


def validate_stream_final(accumulated_text: str, config: ChatConfig) -> Any:
    """The dump of the instance that the whole text of a stream is; without a response model the JSON that it is, or None.

    Raises ResponseModelValidationError for a text that does not fit: what was streamed cannot be asked for again.

    >>> validate_stream_final('{"name": "Paris"}', ChatConfig(user_message="Where?"))
    {'name': 'Paris'}
    """
    response = LLMResponse(content=accumulated_text)
    try:
        return checked(response, _checked_config(config)).parsed
    except ValidationError as error:
        raise validation_failure(config, response, error, usages=[{}]) from error


def _validated(response: LLMResponse, config: ChatConfig, ask: Callable[[str], Any]) -> Flow[LLMResponse]:
    def answered(asked: ChatConfig) -> Flow[LLMResponse]:
        return call(partial(ask, _correction(asked))) if isinstance(asked, OngoingChat) else _at_hand(response)

    return until_valid(_checked_config(config), answered)


def _at_hand(response: LLMResponse) -> Flow[LLMResponse]:
    yield from ()
    return response


def _correction(asked: OngoingChat) -> str:
    """What to ask again, for somebody who may know nothing of the conversation."""
    *_, bad, reasons = asked.transcript
    return f"The question was:\n{asked.user_message}\n\nYour last answer was:\n{bad.content}\n\n{reasons.content}"


def _checked_config(config: ChatConfig) -> ChatConfig:
    if not isinstance(config, ChatConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"config is a ChatConfig, not {type(config).__name__}."
        raise WrongTypeError(msg)
    return config

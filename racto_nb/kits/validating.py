"""Ask until the answer fits its class, or say why not. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from racto_nb.exceptions import ContextOverflowError, ResponseModelValidationError
from racto_nb.flow.effects import Flow
from racto_nb.kits.structuring import asking_again, checked, ended_early, validation_failure, with_instance, without_room
from racto_nb.models.chat import ChatConfig, OngoingChat
from racto_nb.models.messages import ToolRun
from racto_nb.models.response import FinishReason, LLMResponse, try_parse_json
from racto_nb.models.usage import added


def until_valid(config: ChatConfig, answered: Callable[[ChatConfig], Flow[LLMResponse]]) -> Flow[LLMResponse]:
    """What `answered` gives for `config`; with a response model, asked again until it is valid.

    It is asked again up to `max_validation_retries` times, with an `OngoingChat` that knows the answers that did not fit. `usage`
    is the sum over all answers. An answer that was cut or withheld is not asked for again: the next one would end the same way.
    """
    asked = config
    usages: list[dict[str, int]] = []
    runs: list[ToolRun] = []
    failure: ResponseModelValidationError | None = None
    while True:
        try:
            response = yield from answered(asked)
        except ContextOverflowError as overflow:
            if failure is None:
                raise
            raise without_room(failure, overflow) from failure.last_error
        usages.append(response.usage)
        try:
            return _with_all_turns(judged(response, asked), config, asked, runs).model_copy(update={"usage": added(*usages)})
        except ValidationError as error:
            whole = _with_all_turns(response, config, asked, runs)
            failure = validation_failure(asked, whole, error, usages=usages)
            if ended_early(response) or len(usages) > config.max_validation_retries:
                raise failure from error
            asked = asking_again(asked, response, error)
            runs += response.tool_runs


def _with_all_turns(response: LLMResponse, config: ChatConfig, asked: ChatConfig, runs: list[ToolRun]) -> LLMResponse:
    """`response` with what was said, and which tools were called, since the question of `config` and not only since `asked`."""
    if not isinstance(asked, OngoingChat) or asked is config:
        return response
    known = len(config.transcript) if isinstance(config, OngoingChat) else 0
    messages = [*asked.transcript[known:], *response.messages]
    return response.model_copy(update={"messages": messages, "tool_runs": [*runs, *response.tool_runs]})


def judged(response: LLMResponse, config: ChatConfig) -> LLMResponse:
    """`response` checked against `config`. What was found in it before is not looked for again.

    An adapter that is not ours may have found the JSON itself: then `parsed` is validated, unless the text itself is JSON.
    """
    model, found = config.response_model, response.parsed
    if model is None:
        return response if found is not None else checked(response, config)
    if isinstance(response.parsed_model, model):
        return response
    is_call = response.finish_reason is FinishReason.TOOL_CALL
    if is_call or found is None or try_parse_json(response.content or "") is not None:
        return checked(response, config)
    return with_instance(response, model.model_validate(found))

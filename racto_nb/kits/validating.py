"""Ask until the answer fits its class, or say why not. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from racto_nb.exceptions import ContextOverflowError, ResponseModelValidationError
from racto_nb.flow.effects import Flow
from racto_nb.kits.structuring import asking_again, checked, ended_early, validation_failure, with_instance, without_room
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import FinishReason, LLMResponse, try_parse_json
from racto_nb.models.usage import added


def until_valid(config: ChatConfig, answered: Callable[[ChatConfig], Flow[LLMResponse]]) -> Flow[LLMResponse]:
    """What `answered` gives for `config`; with a response model, asked again until it is valid.

    It is asked again up to `max_validation_retries` times, with an `OngoingChat` that knows the answers that did not fit. `usage`
    is the sum over all answers. An answer that was cut or withheld is not asked for again: the next one would end the same way.
    """
    asked = config
    usages: list[dict[str, int]] = []
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
            return judged(response, asked).model_copy(update={"usage": added(*usages)})
        except ValidationError as error:
            failure = validation_failure(asked, response, error, usages=usages)
            if ended_early(response) or len(usages) > config.max_validation_retries:
                raise failure from error
            asked = asking_again(asked, response, error)


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

"""Check an answer against what was asked: JSON where JSON was asked for, a valid instance where a model was given. Pure.

Nothing is ever repaired or filled in: an answer is valid, is asked for again, or is an error that carries it.
"""

from __future__ import annotations

from pydantic import ValidationError

from racto_nb.exceptions import ResponseModelValidationError
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.response import FinishReason, LLMResponse, strip_markdown_fences, try_parse_json
from racto_nb.providers.conversation import wants_json


def checked(response: LLMResponse, config: ChatConfig) -> LLMResponse:
    """`response` with `parsed` filled in: the dump of the validated response model, or the JSON that the answer is.

    Raises pydantic's ValidationError when `config` has a response model and the answer does not fit it. An answer that calls
    tools is not checked: it is not the final one.
    """
    text = response.content or ""
    if config.response_model is None or response.finish_reason is FinishReason.TOOL_CALL:
        found = try_parse_json(text) if wants_json(config) or not text.lstrip().startswith("```") else None
        return response.model_copy(update={"parsed": found})
    value = config.response_model.model_validate_json(strip_markdown_fences(text).strip())
    return response.model_copy(update={"parsed": value.model_dump()})


def asking_again(config: ChatConfig, response: LLMResponse, error: ValidationError) -> ChatConfig:
    """The same conversation, with the answer that did not fit and the reasons as its next turn."""
    bad = Message(role=MessageRole.ASSISTANT, content=response.content or "(empty)")
    question = Message(role=MessageRole.USER, content=config.user_message)
    message = (
        "Your last answer does not fit the required schema:\n"
        f"{_reasons(error)}\n"
        "Answer the question again with the corrected JSON only."
    )
    return config.model_copy(update={"user_message": message, "history": [*config.history, question, bad]})


def validation_failure(config: ChatConfig, response: LLMResponse, error: ValidationError, *, attempts: int) -> Exception:
    """The error to raise when the answer still does not fit after `attempts` answers."""
    name = config.response_model.__name__ if config.response_model else "JSON"
    cut = ""
    if response.finish_reason is FinishReason.LENGTH:
        cut = f" The answer was cut at {response.usage.get('completion_tokens', '?')} tokens: raise max_tokens."
    message = (
        f"The answer is not a valid {name} after {attempts} attempt{'s' if attempts > 1 else ''}: {_reasons(error)}.{cut}"
        " The text is in .raw_response."
    )
    return ResponseModelValidationError(
        message, attempts=attempts, last_error=error, raw_response=response.content, response=response
    )


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'the answer'}: {item['msg']}"
        for item in error.errors(include_url=False, include_context=False)
    )

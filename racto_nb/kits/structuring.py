"""Check an answer against what was asked: JSON where JSON was asked for, a valid instance where a model was given. Pure.

Nothing is ever repaired or filled in: an answer is valid, is asked for again, or is an error that carries it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from textwrap import shorten
from typing import cast

from pydantic import BaseModel, ValidationError

from racto_nb.exceptions import AnswerError, ContextOverflowError, ResponseModelValidationError
from racto_nb.models.chat import ChatConfig, Message, MessageRole, OngoingChat
from racto_nb.models.messages import ToolStop
from racto_nb.models.response import FinishReason, LLMResponse, strip_markdown_fences, try_parse_json
from racto_nb.models.stream import joined_halves
from racto_nb.models.usage import added
from racto_nb.providers.conversation import wants_json


def checked(response: LLMResponse, config: ChatConfig) -> LLMResponse:
    """`response` with `parsed` filled in: the dump of the validated response model, or the JSON that the answer is.

    `parsed_model` is the validated instance.

    Raises Pydantic's ValidationError when `config` has a response model and the answer does not fit it. An answer that calls
    tools is not checked: it is not the final one.
    """
    text = response.content or ""
    if config.response_model is not None and response.tool_stop is ToolStop.TURN_LIMIT:
        message = (
            f"The {config.max_tool_turns} rounds of tool calls (max_tool_turns) were used up before an answer that could be a "
            f"{config.response_model.__name__}. What was called is in .response.tool_runs; allow more rounds, or ask for less."
        )
        raise AnswerError(message, response=response)
    if config.response_model is None or response.finish_reason is FinishReason.TOOL_CALL:
        found = try_parse_json(text) if wants_json(config) or not text.lstrip().startswith("```") else None
        return response if found is None and response.parsed is None else response.model_copy(update={"parsed": found})
    return with_instance(response, config.response_model.model_validate_json(strip_markdown_fences(text).strip()))


def with_instance(response: LLMResponse, instance: BaseModel) -> LLMResponse:
    """`response` with a validated `instance` as its `parsed_model`, and its dump as `parsed`."""
    dump: object = instance.model_dump()
    # A root model of a tuple or a set dumps as one; `parsed` promises a list.
    listed = list(cast("Collection[object]", dump)) if isinstance(dump, tuple | set | frozenset) else dump
    return response.model_copy(update={"parsed": listed, "parsed_model": instance})


def ended_early(response: LLMResponse) -> bool:
    """Whether `response` was cut or withheld, so that asking again would end the same way."""
    return response.finish_reason in {FinishReason.LENGTH, FinishReason.CONTENT_FILTER}


def asking_again(config: ChatConfig, response: LLMResponse, error: ValidationError) -> OngoingChat:
    """The same conversation, question, files and tools, with the answer that did not fit and the reasons as its next turns."""
    said = joined_halves(response.content or "") or "(empty)"  # half a surrogate pair cannot be sent back
    bad = Message(role=MessageRole.ASSISTANT, content=said)
    message = (
        "Your last answer does not fit the required schema:\n"
        f"{reasons_of(error, most=10)}\n"
        "Answer the question again with the corrected JSON only."
    )
    correction = Message(role=MessageRole.USER, content=message)
    return OngoingChat.after(config, [*response.messages[:-1], bad, correction])


def validation_failure(
    config: ChatConfig, response: LLMResponse, error: ValidationError, *, usages: Sequence[dict[str, int]]
) -> ResponseModelValidationError:
    """The error to raise when the answer still does not fit after as many answers as there are `usages`.

    Its `response` is the last answer, with the usage of all of them.
    """
    name, attempts = config.response_model.__name__ if config.response_model else "JSON", len(usages)
    match response.finish_reason:
        case FinishReason.LENGTH:
            end = _cut(response.usage.get("completion_tokens"), config.max_tokens)
        case FinishReason.CONTENT_FILTER:
            end = "The answer was withheld by the provider's content filter: change the question, or use another model."
        case _:
            end = ""
    wrong = f"not a valid {name} after {attempts} attempt{'s' if attempts > 1 else ''}: {reasons_of(error, most=3)}."
    # The end comes first where it is the reason: what the class misses in half an answer, or in a refusal, tells nothing.
    advice = "Ask again, simplify the class, or use a more able model."
    message = f"{end} What came is {wrong}" if end else f"The answer is {wrong} {advice}"
    message += " The text is in .raw_response."
    return ResponseModelValidationError(
        message,
        attempts=attempts,
        last_error=error,
        raw_response=response.content,
        response=response.model_copy(update={"usage": added(*usages)}),
    )


def _cut(tokens: int | None, most: int) -> str:
    """That an answer was cut, and what would help: more room for it does not where the window, or the model, ended it."""
    if tokens is None or tokens >= most:
        return f"The answer was cut at {tokens or '?'} tokens: raise max_tokens (now {most}), or shorten the prompt."
    return (
        f"The answer was cut at {tokens} tokens, before max_tokens ({most}): the model's window is full, or its own limit is "
        "reached. Shorten the prompt, ask for less, or use another model."
    )


def without_room(failure: ResponseModelValidationError, overflow: ContextOverflowError) -> ResponseModelValidationError:
    """`failure`, also saying that the conversation had no room for one more attempt."""
    message = f"{failure} Asking once more did not fit the model's window: {overflow}"
    return ResponseModelValidationError(
        message,
        attempts=failure.attempts,
        last_error=failure.last_error,
        raw_response=failure.raw_response,
        response=failure.response,
    )


def reasons_of(error: ValidationError, *, most: int) -> str:
    """The first `most` reasons of `error`, each on one line, and how many more there are."""
    items = error.errors(include_url=False, include_context=False, include_input=False)
    told = [_one_line(_reason(item["type"], item["loc"], item["msg"])) for item in items[:most]]
    return "; ".join(told) + (f"; and {len(items) - most} more" if len(items) > most else "")


def _reason(kind: str, place: tuple[int | str, ...], message: str) -> str:
    if kind == "json_invalid":
        return f"the answer is no JSON ({message.removeprefix('Invalid JSON: ')})"
    return f"{'.'.join(map(str, place)) or 'the answer'}: {message}"


def _one_line(text: str) -> str:
    return shorten(text, 200, placeholder=" …")

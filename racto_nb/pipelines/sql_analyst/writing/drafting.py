"""Ask a model once for a statement, and read what it wrote. Kind: flow.

The class of the answer is sent along, since small models write valid statements far more often that way. But an answer that does
not fit it is read all the same, and not asked for again by the kit: one question costs one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.exceptions import RefusedAnswerError, ResponseModelValidationError, TruncatedAnswerError
from racto_nb.flow.effects import Flow
from racto_nb.kits.asking import asked
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message
from racto_nb.models.response import FinishReason, LLMResponse, partial_json
from racto_nb.pipelines.asking import question
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.writing.prompting import writing_prompt
from racto_nb.pipelines.sql_analyst.writing.reading import read_answer, read_text
from racto_nb.pipelines.sql_analyst.writing.values import Reading, WrittenSQL
from racto_nb.prompts.engine import RactoPrompt


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: the `kit`, with the user's `prompt` (None: ours, which asks for a WrittenSQL), in the `dialect`."""

    kit: AnsweringKit
    dialect: Dialect
    prompt: RactoPrompt | None = None
    temperature: float = 0.0
    max_tokens: int = 1024
    history: tuple[Message, ...] = ()


def config_for(writer: Writer, message: str, turns: Sequence[Message] = ()) -> ChatConfig:
    """What is sent: `message` after the history and the `turns` of this question. Pure."""
    config = question(
        message,
        writer.prompt or writing_prompt(writer.dialect),
        temperature=writer.temperature,
        max_tokens=writer.max_tokens,
        history=[*writer.history, *turns],
        response_model=None if writer.prompt else WrittenSQL,
    )
    return config.model_copy(update={"max_validation_retries": 0})


def drafted(writer: Writer, message: str, turns: Sequence[Message] = ()) -> Flow[LLMResponse]:
    """The model's answer, whether it fits or not. What a kit raises of a connection, a key or a budget is raised."""
    try:
        return (yield from asked(writer.kit, config_for(writer, message, turns)))
    except ResponseModelValidationError as error:
        if isinstance(error.response, LLMResponse):
            return error.response
        return LLMResponse(content=error.raw_response)


def read_whole(response: LLMResponse, max_tokens: int) -> Reading:
    """What `response` says. Raises TruncatedAnswerError or RefusedAnswerError for one that is not whole.

    Half a statement may be a valid one that means something else.
    """
    if response.finish_reason is FinishReason.CONTENT_FILTER:
        msg = "The provider withheld the answer with the SQL: change the question, or use another model."
        raise RefusedAnswerError(msg, response=response)
    if response.finish_reason is not FinishReason.LENGTH:
        return read_answer(response)
    begun = partial_json(response.content or "")
    if isinstance(begun, dict) and list(begun)[:1] == ["sql"] and len(begun) > 1 and isinstance(begun["sql"], str):
        return read_text(begun["sql"])  # what follows the statement is cut, the statement is not
    msg = f"The answer with the SQL was cut at {max_tokens} tokens: raise sql_max_tokens, or ask for less."
    raise TruncatedAnswerError(msg, response=response)

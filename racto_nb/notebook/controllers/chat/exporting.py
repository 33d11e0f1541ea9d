"""A conversation in other forms: Markdown, cells that go on from one another, and an example to train on. Pure."""

from __future__ import annotations

import json

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.models.messages import Message
from racto_nb.notebook.controllers.chat.state import ChatState


def exported(state: ChatState, kind: str) -> str:
    """The conversation as "markdown", as "cells", or as an "example" in OpenAI's format; "" for nothing."""
    match kind:
        case "markdown":
            return as_markdown(state)
        case "cells":
            return "\n\n".join(as_cells(state))
        case "example":
            return json.dumps(as_example(state).to_openai_dict(), ensure_ascii=False, indent=1)
        case _:
            return ""


def said_in(state: ChatState) -> list[Message]:
    """What was said in the conversation that is read, and before it."""
    last = next(reversed(list(state.path())), None)
    return state.history(last.chosen) if last is not None else list(state.before)


def as_markdown(state: ChatState) -> str:
    """The conversation that is read: each question as a quotation, each answer below the model's name."""
    parts: list[str] = []
    for exchange in state.path():
        parts.append("\n".join(f"> {line}" for line in exchange.question.splitlines()))
        answer = exchange.answer(exchange.chosen)
        if answer is not None:
            parts += [f"**{answer.model}**", answer.text]
    return "\n\n".join(parts) + "\n" if parts else ""


def as_cells(state: ChatState, *, name: str = "chat") -> list[str]:
    """Each question as a cell of the conversation `name`, asked of the model whose answer is read."""
    cells: list[str] = []
    for exchange in state.path():
        answer = exchange.answer(exchange.chosen)
        model = "" if answer is None else f" --model {answer.model.partition(' #')[0]}"
        cells.append(f"%%racto{model} --history {name}\n{_without_braces(exchange.question)}")
    return cells


def _without_braces(text: str) -> str:
    r"""`text` as a cell that says it: `{{` would insert a value there.

    >>> _without_braces("a {{b}}")
    'a \\{{b}}'
    """
    return text.replace("{{", r"\{{")


def as_example(state: ChatState) -> RactoTrainingExample:
    """The conversation that is read as an example to train on, the system prompt before it."""
    first = [RactoTrainingMessage("system", state.system)] if state.system else []
    return RactoTrainingExample((*first, *map(_turn, said_in(state))))


def _turn(message: Message) -> RactoTrainingMessage:
    return RactoTrainingMessage(
        str(message.role.value),
        message.content,
        tuple(message.attachments),
        tuple(TrainingToolCall.of(call.name, call.arguments, id=call.id) for call in message.tool_calls),
        message.tool_call_id or None,
        message.name or None,
    )

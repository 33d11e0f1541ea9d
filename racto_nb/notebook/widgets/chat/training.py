"""A conversation as an example to train on."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.models.messages import Message
from racto_nb.prompts.engine import RactoPrompt


def example_of(messages: Sequence[Message], prompt: RactoPrompt | None) -> RactoTrainingExample:
    """`messages` as an example, the text of `prompt` before them."""
    first = [] if prompt is None else [RactoTrainingMessage("system", prompt.compile())]
    return RactoTrainingExample((*first, *map(_turn, messages)))


def _turn(message: Message) -> RactoTrainingMessage:
    return RactoTrainingMessage(
        str(message.role.value),
        message.content,
        tuple(message.attachments),
        tuple(TrainingToolCall.of(call.name, call.arguments, id=call.id) for call in message.tool_calls),
        message.tool_call_id or None,
        message.name or None,
    )

"""One turn of a conversation that a model shall learn from. Pure values."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import field
from msgspec.structs import force_setattr

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.formats.anthropic_words import anthropic_message
from racto_nb.finetune.formats.gemini_words import gemini_parts
from racto_nb.finetune.formats.openai_words import openai_message
from racto_nb.finetune.links import Attachment, FileLink, Part, tuple_given

__all__ = ["Attachment", "FileLink", "Part", "RactoTrainingMessage", "text_of"]

_NONE: tuple[()] = ()


class RactoTrainingMessage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One turn: `role` ("system", "user", "assistant"; "tool" for what a tool answered), its text, its files.

    `attachments` stand before the text, as the formats write them; where a file has them in another order, `parts` keeps it, and
    `content` is all text of it. `tool_calls` are what an assistant calls, `tool_call_id` the call that a tool answers, `name` who
    speaks. `weight` says how much of an assistant's turn is learnt: 0 not at all, 1 or None as usual. `extra` holds what a file
    says beside all this, so that nothing is lost; `validate` names it.

    Messages are values: they are compared by content and cannot be changed. `msgspec.structs.replace(message, content="...")`
    makes another one.

    >>> RactoTrainingMessage("user", "What is a list?").content
    'What is a list?'
    """

    role: str
    content: str = field(default_factory=str)  # a factory, so that an empty text is written: `omit_defaults` leaves "" out
    attachments: Sequence[Attachment] = ()
    tool_calls: Sequence[TrainingToolCall] = ()
    tool_call_id: str | None = None
    name: str | None = None
    weight: float | None = None
    parts: Sequence[Part] = ()
    extra: dict[str, object] | None = None

    def __post_init__(self) -> None:
        # Most messages have only a role and a text: () is what they get, and nothing is done. Files have a hundred thousand.
        if self.attachments is _NONE and self.tool_calls is _NONE and self.parts is _NONE:
            return
        items = {"attachments": "files", "tool_calls": "TrainingToolCall", "parts": "texts and files"}
        for name, kind in items.items():
            value = getattr(self, name)
            if type(value) is not tuple:
                force_setattr(self, name, tuple_given(value, name, kind))

    @classmethod
    def of_parts(cls, role: str, parts: Sequence[Part], **others: object) -> RactoTrainingMessage:
        """A message of texts and files in this order. `others` are the remaining fields."""
        texts = [part for part in parts if isinstance(part, str)]
        files = tuple(part for part in parts if not isinstance(part, str))
        usual = (*files, *texts) == tuple(parts) and len(texts) < 2  # noqa: PLR2004  (one text, or none)
        kept = () if usual else tuple(parts)
        return msgspec.structs.replace(cls(role, "".join(texts), files, parts=kept), **others)

    def in_order(self) -> tuple[Part, ...]:
        """Its texts and files in the order in which a model reads them."""
        return tuple(self.parts) or (*self.attachments, *((self.content,) if self.content else ()))

    def to_openai(self) -> dict[str, object]:
        """The message as OpenAI's chat format has it. Raises DatasetFormatError for what that cannot hold.

        >>> RactoTrainingMessage("user", "What is a list?").to_openai()
        {'role': 'user', 'content': 'What is a list?'}
        """
        return openai_message(self)

    def to_anthropic(self) -> dict[str, object]:
        """The message as Anthropic's Messages format has it. DatasetFormatError for what that cannot hold, such as a weight.

        What a tool answered is a message of the user there. A system message keeps its role: in a record it stands before all.

        >>> RactoTrainingMessage("assistant", "An ordered sequence.").to_anthropic()
        {'role': 'assistant', 'content': 'An ordered sequence.'}
        """
        return anthropic_message(self)

    def to_gemini_parts(self) -> list[object]:
        """The parts of the message as Gemini has them. Raises DatasetFormatError for what they cannot hold.

        >>> RactoTrainingMessage("user", "What is a list?").to_gemini_parts()
        [{'text': 'What is a list?'}]
        """
        return gemini_parts(self)


def text_of(message: object) -> str:
    """What is said in a message, to be quoted; empty where that is no text.

    Texts around a file stand apart: where they were joined, what is masked in each of them would not be found.
    """
    said: object = getattr(message, "content", "")
    parts: Sequence[object] = getattr(message, "parts", ())
    return " ".join([part for part in parts if isinstance(part, str)]) if parts else said if isinstance(said, str) else ""

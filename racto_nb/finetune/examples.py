"""One record to train on: a conversation, the tools it offers, and what is preferred or expected. Pure values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import force_setattr

from racto_nb.exceptions import WrongTypeError
from racto_nb.finetune.calls import TrainingTool
from racto_nb.finetune.formats.anthropic_words import anthropic_record
from racto_nb.finetune.formats.gemini_words import gemini_record
from racto_nb.finetune.formats.openai_words import openai_record
from racto_nb.finetune.links import text_given, tuple_given
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.prompts.files import RactoFile

_NONE: tuple[()] = ()


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where an example comes from: `source` ("ledger", "replay", "documents", "classifier", "file", ...), a `reference` in it.

    `model` is the model that wrote the answer, `made` when that was (ISO 8601, UTC), `note` anything else in words.
    """

    source: str
    reference: str = ""
    model: str = ""
    made: str = ""
    note: str = ""


class RactoTrainingExample(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A training record: `messages` in their order, and what else there is to learn.

    `tools` are those the conversation may call; `parallel_tool_calls` whether several at once. A preference pair (DPO) has the
    turns that are `preferred` and `rejected` after the messages. `reference` holds what graders of reinforcement read beside
    them, such as `{"answer": "42"}`. `tags` are your own words for it (label, group, language): `split` keeps groups together by
    them. `provenance` says where it comes from. `extra` is what else a file said. Tags and provenance are in no provider's
    format; racto_nb's own format ("racto") keeps them.

    >>> example = RactoTrainingExample.from_pair("What is a list?", "An ordered sequence.", system="Be brief.")
    >>> [message.role for message in example.messages]
    ['system', 'user', 'assistant']
    """

    messages: Sequence[RactoTrainingMessage]
    tools: Sequence[TrainingTool] = ()
    preferred: Sequence[RactoTrainingMessage] = ()
    rejected: Sequence[RactoTrainingMessage] = ()
    reference: dict[str, object] | None = None
    parallel_tool_calls: bool | None = None
    tags: dict[str, str] | None = None
    provenance: Provenance | None = None
    extra: dict[str, object] | None = None

    def __post_init__(self) -> None:
        others = self.tools is _NONE and self.preferred is _NONE and self.rejected is _NONE
        if others and type(self.messages) is tuple:
            return
        for field in ("messages", "tools", "preferred", "rejected"):
            value = getattr(self, field)
            if type(value) is not tuple:
                items = "TrainingTool" if field == "tools" else "RactoTrainingMessage"
                force_setattr(self, field, tuple_given(value, field, items))

    @classmethod
    def from_pair(
        cls, user: str, assistant: str, *, system: str = "", user_attachments: Sequence[RactoFile] | None = None
    ) -> RactoTrainingExample:
        """A question and its answer, after a `system` text where there is one. `user_attachments` go with the question.

        WrongTypeError for what is no text, such as the nan that a table has where a cell is empty.
        """
        given = text_given(system, "The system text")
        first = [RactoTrainingMessage("system", given)] if given else []
        question = RactoTrainingMessage("user", text_given(user, "The question"), tuple(user_attachments or ()))
        return cls((*first, question, RactoTrainingMessage("assistant", text_given(assistant, "The answer"))))

    @classmethod
    def from_conversation(cls, turns: Sequence[tuple[str, str]]) -> RactoTrainingExample:
        """A conversation of `(role, text)` turns. WrongTypeError for a turn that is no such pair."""
        messages: list[RactoTrainingMessage] = []
        for number, turn in enumerate(turns):
            match turn:
                case (str(role), text):
                    messages.append(RactoTrainingMessage(role, text_given(text, f"The text of turn {number}")))
                case _:
                    from racto_nb.finetune.privacy.quoting import quoted

                    msg = f'Turn {number} of a conversation is ("role", "text"), not {quoted(turn)}.'
                    raise WrongTypeError(msg)
        return cls(tuple(messages))

    def turns(self) -> Iterator[RactoTrainingMessage]:
        """Every message of it, preferred and rejected ones after the others."""
        yield from self.messages
        yield from self.preferred
        yield from self.rejected

    def tagged(self, tags: Mapping[str, str]) -> RactoTrainingExample:
        """The same example with `tags` added to its own."""
        return msgspec.structs.replace(self, tags={**(self.tags or {}), **tags})

    def to_openai_dict(self) -> dict[str, object]:
        """The record for OpenAI's supervised tuning. DatasetFormatError for what that cannot hold, such as a preference pair.

        >>> RactoTrainingExample.from_pair("Hi", "Hello").to_openai_dict()
        {'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello'}]}
        """
        return openai_record(self)

    def to_anthropic_dict(self) -> dict[str, object]:
        """The record in Anthropic's Messages format, several system texts as one. DatasetFormatError for what that cannot hold.

        >>> RactoTrainingExample.from_pair("Hi", "Hello", system="Be brief.").to_anthropic_dict()["system"]
        'Be brief.'
        """
        return anthropic_record(self)

    def to_gemini_dict(self) -> dict[str, object]:
        """The record for Gemini: a plain pair as `text_input` and `output`, anything else as `contents`, the system text with it.

        Raises DatasetFormatError for what that cannot hold.

        >>> RactoTrainingExample.from_pair("Hi", "Hello").to_gemini_dict()
        {'text_input': 'Hi', 'output': 'Hello'}
        """
        return gemini_record(self)

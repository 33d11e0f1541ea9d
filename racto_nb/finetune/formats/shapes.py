"""What the formats need of messages and examples, and how they say what does not fit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.links import Attachment, Part


class Turn(Protocol):
    """A message, as far as it is written down."""

    @property
    def role(self) -> str: ...
    @property
    def content(self) -> str: ...
    @property
    def attachments(self) -> Sequence[Attachment]: ...
    @property
    def tool_calls(self) -> Sequence[TrainingToolCall]: ...
    @property
    def tool_call_id(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def weight(self) -> float | None: ...
    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def extra(self) -> Mapping[str, object] | None: ...


class Conversation(Protocol):
    """An example, as far as a provider's format holds it."""

    @property
    def messages(self) -> Sequence[Turn]: ...
    @property
    def tools(self) -> Sequence[TrainingTool]: ...
    @property
    def preferred(self) -> Sequence[Turn]: ...
    @property
    def rejected(self) -> Sequence[Turn]: ...
    @property
    def reference(self) -> Mapping[str, object] | None: ...
    @property
    def parallel_tool_calls(self) -> bool | None: ...
    @property
    def extra(self) -> Mapping[str, object] | None: ...


def unheld(form: str, where: str, what: str, instead: str) -> DatasetFormatError:
    """The error for an example that the format cannot hold: `where` has `what`; `instead` says what to do."""
    return _error(f"{where} has {what}, for which the format {form!r} has no place. {instead}", form)


def lacking(form: str, where: str, what: str, instead: str) -> DatasetFormatError:
    """The error for an example without `what` the format needs; `instead` says what to do."""
    return _error(f"{where} has no {what}, which the format {form!r} needs. {instead}", form)


def misread(form: str, where: str, what: str) -> DatasetFormatError:
    """The error for a record that is not of its format: `where` is its path, `what` says what is wrong there."""
    return _error(f"This is no record of the format {form!r}: {where or 'it'} {what}.", form)


def _error(message: str, form: str) -> DatasetFormatError:
    """The error, without the secrets that may stand in what it quotes: roles, types and keys."""
    from racto_nb.finetune.privacy.quoting import hidden

    return DatasetFormatError(hidden(message), format=form)


def ordered(turn: Turn, where: str, form: str) -> Sequence[Part]:
    """The texts and files of a message in their order; none for an empty text.

    Raises DatasetFormatError where `parts` say something else than `content` and `attachments`: after one was replaced and the
    other forgotten, nobody knows which is meant.
    """
    if not turn.parts:
        return (*turn.attachments, turn.content) if turn.content else turn.attachments
    texts = [part for part in turn.parts if isinstance(part, str)]
    files = [part for part in turn.parts if not isinstance(part, str)]
    if "".join(texts) == turn.content and files == list(turn.attachments):
        return turn.parts
    msg = (
        f"{where} says one thing in `parts` and another in `content` and `attachments`. Replace all three, or make the "
        "message with RactoTrainingMessage.of_parts(role, parts)."
    )
    raise DatasetFormatError(msg, format=form)

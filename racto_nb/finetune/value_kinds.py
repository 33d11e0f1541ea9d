"""Whether the fields of an example hold the kinds of values that they say, and such as a file can hold. Pure functions.

Nothing checks the fields of a value when it is made: that would cost more than the making. What is checked here is what
`validate` tells of, and what no file is written with, since none would read it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import NamedTuple, cast

from racto_nb.exceptions import DatasetFormatError, WrongTypeError
from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import Provenance, RactoTrainingExample
from racto_nb.finetune.messages import FileLink, RactoTrainingMessage
from racto_nb.finetune.privacy.quoting import quoted
from racto_nb.prompts.files import RactoFile

_FIELDS: tuple[tuple[str, type | UnionType], ...] = (
    ("role", str),
    ("content", str),
    ("weight", int | float | None),
    ("tool_call_id", str | None),
    ("name", str | None),
)
_OF_TEXTS: tuple[tuple[str, type | UnionType, tuple[str, ...], str], ...] = (
    ("tool_calls", TrainingToolCall, ("name", "arguments", "id"), "are no TrainingToolCall of texts"),
    ("attachments", RactoFile | FileLink, ("mime_type",), "are no RactoFile or FileLink"),
    ("parts", str | RactoFile | FileLink, (), "are no texts and files"),
)


class Misfit(NamedTuple):
    """A value of the wrong kind: what is wrong, in which message (None: in the example), and what to do."""

    says: str
    message: int | None = None
    fix: str = ""


def misfits_of(example: RactoTrainingExample) -> Iterator[Misfit]:
    """What in an example is of another kind than it says, or cannot stand in a file.

    >>> [misfit.says for misfit in misfits_of(RactoTrainingExample((RactoTrainingMessage("user", "Hi", name=7),)))]
    ['Its name is int, not text.']
    """
    for number, message in enumerate((*example.messages, *example.preferred, *example.rejected)):
        if not _is_plain(message) and (said := _wrong(message)):
            fix = "An empty text is ''." if said.startswith(("Its content", "Its role")) else ""
            yield Misfit(said, number, fix)
    if any(getattr(example, name) for name in ("tools", "tags", "provenance")) or not _has_nothing_else(example):
        for said in _wrong_example(example):
            yield Misfit(said)


def refuse_misfits(example: RactoTrainingExample) -> None:
    """Raise DatasetFormatError where a value is of another kind than it says: what is written would not be read again."""
    for misfit in misfits_of(example):
        where = "" if misfit.message is None else f"In message {misfit.message}: "
        raise DatasetFormatError(f"{where}{misfit.says} {misfit.fix}".rstrip())


def _has_nothing_else(example: RactoTrainingExample) -> bool:
    return example.reference is None and example.extra is None and example.parallel_tool_calls is None and example.tags is None


def _is_plain(message: RactoTrainingMessage) -> bool:
    """Whether it has a role and a text and nothing else, as most have: the quick way."""
    if type(message) is not RactoTrainingMessage or type(message.role) is not str or type(message.content) is not str:
        return False
    if message.tool_calls or message.attachments or message.parts or message.extra is not None:
        return False
    return message.weight is None and message.name is None and message.tool_call_id is None and _is_whole(message.content)


def _is_whole(text: str) -> bool:
    """Whether a text has no half of a letter in it: half of a pair of surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(message: object) -> str:
    """What is no value of its kind in a message; empty for nothing."""
    if not isinstance(message, RactoTrainingMessage):
        return f"A message is a RactoTrainingMessage, not {type(message).__name__}."
    for field, kind in _FIELDS:
        value: object = getattr(message, field)
        if not isinstance(value, kind) or (field == "weight" and isinstance(value, bool)):
            return f"Its {field} is {type(value).__name__}, not {'a number' if field == 'weight' else 'text'}."
        if isinstance(value, str) and not _is_whole(value):
            return f"Its {field} has half of a letter in it, which is no text."
    for field, kind, texts, told in _OF_TEXTS:
        if (items := getattr(message, field)) and not _all_of(items, kind, *texts):
            return f"Its {field} {told}."
    return _wrong_dict("extra", message.extra)


def _wrong_example(example: RactoTrainingExample) -> Iterator[str]:
    if example.tools and not _all_of(example.tools, TrainingTool, "name", "description"):
        yield "Its tools are no TrainingTool of texts."
    elif said := _wrong_parameters(example.tools):
        yield said
    for name in ("reference", "extra"):
        if said := _wrong_dict(name, getattr(example, name)):
            yield said
    if not isinstance(cast("object", example.parallel_tool_calls), bool | None):
        yield f"Its parallel_tool_calls is {type(example.parallel_tool_calls).__name__}, not True or False."
    if said := _wrong_tags(example.tags):
        yield said
    fields = Provenance.__struct_fields__
    if example.provenance is not None and not _all_of((example.provenance,), Provenance, *fields):
        yield "Its provenance is no Provenance of texts."


def _wrong_parameters(tools: Sequence[TrainingTool]) -> str:
    return next((said for tool in tools if (said := _wrong_dict("parameters of a tool", tool.parameters))), "")


def _wrong_dict(name: str, value: object) -> str:
    if value is not None and not isinstance(value, dict):
        return f"Its {name} is {type(value).__name__}, not a dict."
    return _unheld(name, cast("object", value))


def _wrong_tags(tags: object) -> str:
    if tags is None:
        return ""
    if not isinstance(tags, dict):
        return f"Its tags are {type(tags).__name__}, not a dict."
    for name, value in cast("dict[object, object]", tags).items():
        if not isinstance(name, str) or not isinstance(value, str):
            return f"Its tag {quoted(name, 60)} is {type(value).__name__}, not text."
    return _unheld("tags", cast("object", tags))


def _unheld(name: str, value: object) -> str:
    """Why a value cannot stand in a file; empty where it can, and for None."""
    if value is None:
        return ""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return f"Its {name} has half of a letter in it, which is no text."
    except (TypeError, ValueError, RecursionError) as error:
        return f"Its {name} holds what JSON cannot: {error}."
    return ""


def _all_of(values: Sequence[object], kind: type | UnionType, *texts: str) -> bool:
    """Whether all are of a kind, and have whole texts in these fields."""
    return all(isinstance(value, kind) and all(_is_text(getattr(value, text)) for text in texts) for value in values)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and _is_whole(value)


def pair_of(place: int, pair: object, system: str) -> RactoTrainingExample:
    """The example of a question and its answer. WrongTypeError, with the place of the pair, for anything else."""
    found, kind = tuple[str, ...](), type(pair).__name__
    if not isinstance(pair, str | bytes) and isinstance(pair, Iterable):
        found = tuple(cast("Iterable[str]", pair))
    if len(found) != 2:  # noqa: PLR2004  (and two letters are none)
        msg = f"Pair {place} is (question, answer), not {kind} of another form."
        raise WrongTypeError(msg)
    user, assistant = found
    try:
        return RactoTrainingExample.from_pair(user, assistant, system=system)
    except WrongTypeError as error:
        msg = f"Pair {place}: {error}"
        raise WrongTypeError(msg) from error

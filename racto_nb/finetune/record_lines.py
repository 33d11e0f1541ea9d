"""Lines of JSON into examples, and examples into lines. Pure.

Nearly all training data are conversations of plain texts. Lines and examples of that kind go through msgspec in one step, many at
a time; everything else, and everything that is wrong, goes through the format, one by one. Both ways give the same.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NoReturn, cast

import msgspec

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.format import USUAL, Format, detected, format_named
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.finetune.value_kinds import refuse_misfits

PLAIN_FORMATS = frozenset({USUAL, "auto"})
"""The formats in which a plain conversation is `{"messages": [{"role": ..., "content": ...}]}`."""
_TOGETHER = 256
"""Examples that are written at once."""
_OPENING, _CLOSING = b"{}"
_SHOWN, _LITTLE = 120, 40
_LOOKED_AT = 160_000
_LETTER = re.compile(r"\\u00[2-7]")
"""An escape of a letter that needs none: what it is a part of would not be known for what it is."""


class _Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["system", "user", "assistant"]  # a Literal, so that all messages share three texts
    content: str


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: tuple[_Turn, ...]


_decoder = msgspec.json.Decoder(_Line)
_encoder = msgspec.json.Encoder()


def plain_examples(data: bytes) -> list[RactoTrainingExample] | None:
    """The examples in `data`, whole lines; None where not every line is a plain conversation, written in the usual way.

    msgspec takes the last of two equal keys and sees no lines, so that both are looked after here: nothing may go lost.

    >>> plain_examples(b'{"messages": [{"role": "user", "content": "Hi"}]}\\n')[0].messages[0].content
    'Hi'
    """
    try:
        lines = _decoder.decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    examples = [
        RactoTrainingExample(tuple([RactoTrainingMessage(turn.role, turn.content) for turn in line.messages])) for line in lines
    ]
    turns = sum([len(line.messages) for line in lines])
    # Each message has four strings, two keys and two values, and each record the key of its messages.
    return examples if _one_a_line(data, len(lines)) and _strings(data) == len(lines) + 4 * turns else None


def _one_a_line(data: bytes, count: int) -> bool:
    """Whether `data` has `count` lines, each a record from its first letter to its last."""
    if len(data) - len(data.replace(b"\n", b"")) != count:  # faster than bytes.count
        return False
    start = 0
    for _ in range(count):
        end = data.find(b"\n", start)
        if data[start] != _OPENING or data[end - 1] != _CLOSING:
            return False
        start = end + 1
    return True


def _strings(data: bytes) -> int:
    """The number of strings in JSON, keys among them."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return (len(data) - len(data.replace(b'"', b""))) // 2


def read_line(line: bytes, provider: str) -> RactoTrainingExample:
    """The example in a line, in the format `provider`; "auto" is the format that the record looks like.

    Raises DatasetFormatError, which says what is wrong with it.
    """
    if provider in PLAIN_FORMATS and (found := plain_examples(line.strip() + b"\n")):
        return found[0]
    return example_in(record_in(line), provider)


def record_in(line: bytes) -> dict[str, object]:
    """The JSON object in a line. Raises DatasetFormatError where there is none, or one that cannot be kept as it is."""
    found = json_in(line)
    if not isinstance(found, dict):
        msg = f"This is JSON, but a {_kind(found)} and no object."
        raise DatasetFormatError(msg)
    return cast("dict[str, object]", found)


def json_in(data: bytes) -> object:
    """What JSON says. Raises DatasetFormatError for what is none, and for what would be changed or lost."""
    try:
        found: object = _strict.decode(data.decode())
        if b"\\u" in data:
            json.dumps(found, ensure_ascii=False).encode()  # half of a pair of surrogates is no text
    except DatasetFormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise DatasetFormatError(_why(error)) from error
    return found


def _why(error: ValueError | RecursionError) -> str:
    match error:
        case UnicodeDecodeError():
            return f"Byte {error.start + 1} of it ({error.object[error.start]:#04x}) is not UTF-8. Save the file in UTF-8."
        case UnicodeEncodeError():
            return "It has half of a letter in it: an escape from \\ud800 to \\udfff without the other one of its pair."
        case json.JSONDecodeError() if not error.doc.strip("{[ \t\r\n"):
            return "It ends where it begins. A record stands on one line: write it so, with json.dumps without an indent."
        case json.JSONDecodeError():
            return f"This is no JSON: {error.msg.removesuffix(' at')} at letter {error.pos + 1} of {len(error.doc)}."
        case RecursionError():
            return "Its lists and objects are nested too deeply."
        case _:  # an integer with thousands of digits
            return f"It cannot be kept as it is: {error}."


def example_in(record: Mapping[str, object], provider: str) -> RactoTrainingExample:
    """The example in a record. Raises DatasetFormatError, which says which other format it looks like."""
    likely = detected(record)
    if provider != "auto":
        return _in_format(record, provider, likely)
    if likely is None:
        keys = _hidden(", ".join(map(repr, list(record)[:8]))) or "no keys"
        msg = f"This record is of no known format: it has {keys}. {_pair_advice(record) or 'Name the format: provider=... .'}"
        raise DatasetFormatError(msg)
    return format_named(likely).example(record)


_PAIRS = (("prompt", "completion"), ("prompt", "response"), ("prompt", "chosen"), ("question", "answer"), ("input", "output"))
"""Keys of questions and answers in files that are of no format, but tables."""


def _pair_advice(record: Mapping[str, object]) -> str:
    """How a record that is a row of questions and answers is read; empty for another one."""
    found = next(((user, assistant) for user, assistant in _PAIRS if {user, assistant} <= record.keys()), None)
    if found is None:
        return ""
    read = (
        f"It is a row of a table: RactoDataset.from_frame(rows, user={found[0]!r}, assistant={found[1]!r}) reads a list of them."
    )
    more = " It leaves 'rejected' out; a pair is RactoTrainingExample(messages, preferred=..., rejected=...)."
    return read + (more if found[1] == "chosen" else "")


def _in_format(record: Mapping[str, object], provider: str, likely: str | None) -> RactoTrainingExample:
    form = format_named(provider)
    try:
        return form.example(record)
    except DatasetFormatError as error:
        if likely == form.name or (likely is None and not _pair_advice(record)):
            raise
        if likely is None:
            msg = f"{error} {_pair_advice(record)}"
            raise DatasetFormatError(msg, format=form.name) from error
        msg = f"{error} It looks like {likely!r}: give provider={likely!r}, or 'auto'."
        raise DatasetFormatError(msg, format=form.name) from error


def lines_of(examples: Sequence[RactoTrainingExample], form: Format) -> Iterator[bytes]:
    """The lines of `examples` in their format, many at a time. Raises DatasetFormatError with the place of the example."""
    for start in range(0, len(examples), _TOGETHER):
        some = examples[start : start + _TOGETHER]
        if form.name == USUAL and _are_plain(some):
            try:
                yield _encoder.encode_lines(some)
                continue
            except UnicodeEncodeError:  # one of them: it is looked for below
                pass
        yield b"".join([_line(example, place, form) for place, example in enumerate(some, start)])


def _line(example: RactoTrainingExample, place: int, form: Format) -> bytes:
    try:
        refuse_misfits(example)
        record = form.record(example)
        return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError as error:
        told = f"It has half of a letter in it ({error.object[error.start]!r}), which is no text."
    except DatasetFormatError as error:
        told = str(error)
    except (TypeError, ValueError, RecursionError) as error:
        told = f"It holds what JSON cannot: {error}."
    msg = f"Example {place} cannot be written: {_hidden(told)}"
    raise DatasetFormatError(msg, example=place, format=form.name)


def _are_plain(examples: Sequence[RactoTrainingExample]) -> bool:
    """Whether all there is to say of them are roles and texts. In one piece: calls would cost as much as what they do."""
    for item in examples:
        if item.tools or item.preferred or item.rejected or item.reference is not None or item.extra is not None:
            return False
        if item.parallel_tool_calls is not None or item.tags is not None or item.provenance is not None:
            return False
        for turn in item.messages:
            if turn.attachments or turn.tool_calls or turn.parts or turn.extra is not None or turn.tool_call_id is not None:
                return False
            if turn.name is not None or turn.weight is not None or type(turn.role) is not str or type(turn.content) is not str:
                return False
    return True


def shortened(data: bytes, error: DatasetFormatError | None = None) -> str:
    """A line as errors show it: its first letters without secrets, and none that could move the cursor of a terminal.

    Of a line that is no JSON, which `error` says, little is shown: nothing tells what stands in it.
    """
    from racto_nb.finetune.privacy.quoting import quoted

    text = _LETTER.split(data[:_LOOKED_AT].decode(errors="replace").strip(), maxsplit=1)[0]
    return quoted(text, _LITTLE if error and isinstance(error.__cause__, json.JSONDecodeError) else _SHOWN)


def _hidden(text: str) -> str:
    from racto_nb.finetune.privacy.quoting import hidden

    return hidden(text)


def _kind(value: object) -> str:
    names = {"list": "list", "str": "text", "bool": "truth value", "NoneType": "null"}
    return names.get(type(value).__name__, "number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"The key {_hidden(repr(twice))} is there twice in one object, and only one of the two could be kept."
        raise DatasetFormatError(msg)
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def _no_number(word: str) -> NoReturn:
    msg = f"{word} is no number that JSON, or a computer, can keep."
    raise DatasetFormatError(msg)


_strict = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_number)

"""A chunk as what a database can hold: all of it as one JSON text, and its plain fields beside it, to filter by. Pure.

The text is what a chunk is read from again: nothing is lost, whatever the database does to numbers, names or long texts. The
fields are for filters that the database evaluates itself: those that it understands in the same way as `matching.matches`. Names
and values that databases disagree about stay out of them, so a filter on those is evaluated here (`widening.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast
from uuid import UUID

from racto_nb.exceptions import StoreError, WrongTypeError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Plain
from racto_nb.rag.identity import hashed_id
from racto_nb.rag.matching import OWN_FIELDS, value_of

FieldValue = str | int | float | bool
"""A value that a database is given to filter by."""

LONGEST_VALUE = 500
"""How many characters a text may have that is a field: databases limit what they index."""

SURE_NUMBER = 2**53
"""Below it every database compares whole numbers as Python does, whether it keeps them as integers or as floats."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_LARGEST = 1.7e308


def written(chunk: Chunk) -> str:
    """`chunk` as JSON, without its vector. Dates become ISO texts, tuples and sets lists.

    Raises WrongTypeError for a value in `metadata.extra` that JSON has no word for.
    """
    data = chunk.model_dump(exclude={"embedding", "metadata"})
    place = {name: getattr(chunk.metadata, name) for name in OWN_FIELDS}
    data["metadata"] = place | {"extra": _jsonable(chunk.metadata.extra, f"metadata.extra of chunk {chunk.chunk_id!r}")}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text if _is_text(text) else json.dumps(data, separators=(",", ":"))


def read_from(body: object, place: str, embedding: Iterable[float] | None = None) -> Chunk:
    """The chunk that `written` made `body` of. StoreError for anything else, naming the `place`."""
    try:
        chunk = Chunk.model_validate(json.loads(cast("str", body)))
    except (TypeError, ValueError) as error:
        msg = f"{place} holds a row that racto_nb did not write: {body!r:.80}. Use a collection of its own for racto_nb."
        raise StoreError(msg, place=place) from error
    chunk.embedding = None if embedding is None else [float(number) for number in embedding]
    return chunk


def key_of(chunk_id: str) -> str:
    """A UUID for a chunk, where a database wants one: the chunk's own id where it is one, else one that follows from it.

    >>> key_of("a chunk")
    'edbc9aa2-4233-8ec0-8ddf-4505ca11dac0'
    """
    try:
        own = str(UUID(chunk_id)) == chunk_id
    except ValueError:
        own = False
    return chunk_id if own else hashed_id(chunk_id)


def fields_of(chunk: Chunk) -> dict[str, FieldValue]:
    """What a database is given of `chunk` to filter by: its own fields and those of `metadata.extra`, by the names in filters."""
    found = {name: field_value(value_of(chunk, name)) for name in (*OWN_FIELDS, "chunk_id", *chunk.metadata.extra)}
    return {name: value for name, value in found.items() if value is not None and is_field_name(name)}


def is_field_name(name: str) -> bool:
    """Whether `name` is one that every database takes. "content" is not among the fields: texts are long."""
    return _NAME.fullmatch(name) is not None and name != "content"


def field_value(value: object) -> FieldValue | None:
    """`value` as a field, or None for what is none: lists, objects, long texts. Numbers beyond the sure ones lose digits."""
    if isinstance(value, date):
        return value.isoformat()
    if callable(item := getattr(value, "item", None)):  # a number of numpy
        value = item()
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if is_field_text(value) else None
    if isinstance(value, int | float):
        return _number(value)
    return None


def is_field_text(text: str) -> bool:
    """Whether `text` is a field as it is: not long, and of characters that every database holds."""
    return len(text) <= LONGEST_VALUE and "\x00" not in text and _is_text(text)


def is_sure(name: str, value: Plain) -> bool:
    """Whether a chunk whose field `name` is `value` has exactly that among `fields_of`, and no other chunk has."""
    if not is_field_name(name) or value is None:
        return False
    if isinstance(value, bool):
        return True
    return is_field_text(value) if isinstance(value, str) else abs(value) < SURE_NUMBER


def _number(value: float) -> FieldValue | None:
    if value != value:  # noqa: PLR0124  (NaN: neither equal to anything nor in any range)
        return None
    if abs(value) < SURE_NUMBER:
        return value
    return float(min(max(value, -_LARGEST), _LARGEST))


def _is_text(text: str) -> bool:
    """Whether `text` can be encoded: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _jsonable(value: object, where: str) -> object:
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_key(key, where): _jsonable(item, f"{where}[{key!r}]") for key, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(item, where) for item in cast("Iterable[object]", value)]
    if isinstance(value, date):
        return value.isoformat()
    if callable(item := getattr(value, "item", None)):  # a number of numpy
        value = item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    msg = f"{where} holds a {type(value).__name__}: {value!r:.80}. Stores keep what JSON can say; make it a text or a number."
    raise WrongTypeError(msg)


def _key(key: object, where: str) -> str:
    if isinstance(key, str):
        return key
    msg = f"{where} has the key {key!r:.80}. The keys of metadata are texts."
    raise WrongTypeError(msg)

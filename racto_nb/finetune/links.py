"""Files that are somewhere else, and the pieces that a message is made of. Pure values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

import msgspec

from racto_nb.exceptions import WrongTypeError
from racto_nb.prompts.files import RactoFile


class FileLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is somewhere else: its address (`https://`, `gs://`, or the id of an uploaded file) and MIME type.

    `detail` is how closely a model looks at a picture ("low", "high", "auto"); None where nothing is said.

    >>> FileLink("https://example.org/chart.png", "image/png").uri
    'https://example.org/chart.png'
    """

    uri: str
    mime_type: str = ""
    detail: str | None = None


Attachment: TypeAlias = RactoFile | FileLink
Part: TypeAlias = str | RactoFile | FileLink
"""A piece of a message: text, a file, or the address of one."""


def text_given(value: str, what: str) -> str:
    """`value`, which is a text. WrongTypeError says which one is none; what it is instead is told by its kind alone."""
    if isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        return value
    gap = value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in {"NAType", "NaTType"}
    found = f"{'None' if value is None else 'nan'}, a gap" if gap else type(value).__name__
    advice = " Leave such rows out, with dropna() of a table, or write ''." if gap else ""
    msg = f"{what} is {found}, not text.{advice}"
    raise WrongTypeError(msg)


def tuple_given(value: object, field: str, items: str) -> tuple[object, ...]:
    """`value`, a list of `items`, as a tuple. WrongTypeError for what is none, and for a text, whose letters they would be."""
    kind = type(value).__name__
    if not isinstance(value, str | bytes | Mapping) and isinstance(value, Iterable):
        return tuple(cast("Iterable[object]", value))
    msg = f"{field} is a list or tuple of {items}, not {kind}."
    raise WrongTypeError(msg)

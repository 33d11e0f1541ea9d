"""Refuse misspelt fields of a model, naming the nearest known ones.

A misspelt field that is silently ignored changes what is asked without a trace; `extra="forbid"` alone refuses it without
saying which name was meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from racto_nb.exceptions import did_you_mean


def refuse_unknown_fields(model: type[BaseModel], data: object) -> object:
    """Raise a ValueError that names the nearest field for the first unknown key of `data`; otherwise return `data`.

    For a `model_validator(mode="before")`. What is no mapping is returned as it is: Pydantic judges it.

    >>> class Point(BaseModel):
    ...     width: int
    >>> refuse_unknown_fields(Point, {"widht": 1})
    Traceback (most recent call last):
    ...
    ValueError: Point has no field 'widht'. Did you mean 'width'?
    """
    if isinstance(data, Mapping):
        for key in cast("Mapping[object, object]", data):
            if key not in model.model_fields:
                msg = f"{model.__name__} has no field {key!r}.{did_you_mean(str(key), model.model_fields)}"
                raise ValueError(msg)
    return cast("object", data)


def refuse_half_characters(text: str, called: str) -> str:
    """`text` itself; a ValueError when it holds half of a surrogate pair, which no encoding can carry to a model.

    >>> refuse_half_characters("a" + chr(0xD83D), "tone")
    Traceback (most recent call last):
    ...
    ValueError: tone holds half a character ('\\ud83d' at place 1), which cannot be sent. Read the text with the right encoding, \
or drop it with text.encode('utf-8', 'ignore').decode().
    """
    if found := _HALF.search(text):
        msg = (
            f"{called} holds half a character ({found[0]!a} at place {found.start()}), which cannot be sent. "
            "Read the text with the right encoding, or drop it with text.encode('utf-8', 'ignore').decode()."
        )
        raise ValueError(msg)
    return text


_HALF = re.compile("[\ud800-\udfff]")

"""What a call of a tool gave, and how a value becomes that. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Self, cast

from pydantic import BaseModel, Field
from pydantic_core import to_json

from racto_nb.kits.running import result_text
from racto_nb.mcp.plain import Plain, as_told
from racto_nb.prompts.files import RactoFile


class MCPToolResult(BaseModel):
    """What a tool gave: `content` is all of its text, `is_error` whether it failed (then `content` is the reason).

    `structured` is its result as JSON, where it has one. `images` are its pictures, which `RactoFile` can attach to a question
    (`attachments=result.images`), and `files` other bytes, such as sound. `links` are addresses that it names; none is fetched.
    All of it is data of a program that others may have written: it is shown and told to models, and never run.

    >>> MCPToolResult(content="42").is_error
    False
    """

    content: str
    is_error: bool = False
    structured: Any = Field(default=None)
    images: list[RactoFile] = Field(default_factory=list[RactoFile])
    files: list[RactoFile] = Field(default_factory=list[RactoFile])
    links: list[str] = Field(default_factory=list[str])

    @property
    def told(self) -> str:
        """What a model is told: the text, else the structured result as JSON; then what there is beside it, in a line each."""
        text = self.content
        if not text and self.structured is not None:
            text = to_json(self.structured).decode()
        beside = [f"[{each.mime_type}, {len(each.data):,} bytes, not shown here]" for each in [*self.images, *self.files]]
        return "\n".join(part for part in (text, *beside, *(f"[link: {link}]" for link in self.links)) if part)

    @classmethod
    def of(cls, value: object) -> Self:
        """The result that stands for `value`, as a server tells it.

        A text stays a text. A Pydantic object, a dataclass, a dict or a list is told twice: as JSON text and as a JSON object. A
        RactoFile, or an object that can draw itself as PNG, is an image; a list may hold several. Raises for what cannot be told.

        >>> MCPToolResult.of({"celsius": 21}).structured
        {'celsius': 21}
        """
        if isinstance(value, MCPToolResult):
            plain = None if value.structured is None else as_told(value.structured)
            kept = value.model_copy(update={"structured": None if plain is None else plain.value})
            return cls.model_validate(kept, from_attributes=True)
        if isinstance(value, list | tuple):
            parts = [*cast("list[object]", value)]
            found = [_file(each) for each in parts]
            return cls._of_parts(parts, found) if any(found) else cls._of_one(cast("object", value))
        if (file := _file(value)) is not None:
            return cls._of_parts([value], [file])
        return cls._of_one(value)

    @classmethod
    def _of_one(cls, value: object) -> Self:
        if value is None:
            return cls(content="")
        plain = _plain(value)
        return cls(content=_text(value, plain), structured=None if plain is None else _object(plain.value))

    @classmethod
    def _of_parts(cls, values: list[object], files: list[RactoFile | None]) -> Self:
        texts = [_text(value, _plain(value)) for value, file in zip(values, files, strict=True) if file is None]
        kept = [file for file in files if file is not None]
        pictures = [file for file in kept if file.media_type.startswith("image/")]
        others = [file for file in kept if not file.media_type.startswith("image/")]
        return cls(content="\n".join(texts), images=pictures, files=others)


def _file(value: object) -> RactoFile | None:
    if isinstance(value, RactoFile):
        return value
    drawn: object = getattr(value, "_repr_png_", None)
    if isinstance(value, type) or not callable(drawn):
        return None
    data = cast("Callable[[], object]", drawn)()
    return RactoFile(data, "image/png") if isinstance(data, bytes) else None


def _text(value: object, plain: Plain | None) -> str:
    return result_text(value if plain is None else plain.text)


def _plain(value: object) -> Plain | None:
    """`value` as JSON; None where a text says all of it, and where it has none."""
    if isinstance(value, Mapping):
        return as_told(dict(cast("Mapping[object, object]", value)))
    return as_told(value) if _has_parts(value) else None


def _has_parts(value: object) -> bool:
    """Whether `value` is told as JSON too, and not as a text alone."""
    return isinstance(value, BaseModel | list | tuple) or (dataclasses.is_dataclass(value) and not isinstance(value, type))


def _object(value: Any) -> Any:
    """`value` as a JSON object. A list stands in one, since older clients take no other."""
    return cast("Any", value) if value is None or isinstance(value, dict) else {"result": value}

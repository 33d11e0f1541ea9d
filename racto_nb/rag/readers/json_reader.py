"""JSON, and lines of JSON, by the standard library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

from racto_nb.rag.readers.composing import Composed, Composer
from racto_nb.rag.readers.decoding import decoded
from racto_nb.rag.readers.file_reader import FileReader, broken
from racto_nb.rag.readers.opening import FileBytes
from racto_nb.rag.readers.tables import in_words

_LINES = frozenset({".jsonl", ".ndjson"})


class JsonReader(FileReader):
    """Reads JSON as lines that can be understood alone: "user.name: Ada", with an empty line between the values of a list.

    In .jsonl and .ndjson each line is a value, a paragraph of its own. Lists of plain values stand on one line ("tags: a, b").
    Values that are null or empty are left out. The metadata say `encoding` and, for a list or lines, `records`.

    >>> JsonReader().read(b'{"user": {"name": "Ada", "tags": ["a", "b"]}}').content
    'user.name: Ada\\nuser.tags: a, b'
    """

    endings = frozenset({".json", *_LINES})
    wordless = "its values are all empty."

    def _parsed(self, file: FileBytes) -> Composed:
        read = decoded(file.data, "utf-8", source=file.source)
        values = list(_values(read.text, file))
        composer = Composer()
        for value in values:
            if lines := list(_lines(value)):
                composer.separate()
                composer.add("\n".join(lines))
        return composer.composed(
            encoding=read.encoding, encoding_guessed=read.guessed or None, records=len(values) if len(values) > 1 else None
        )


def _values(text: str, file: FileBytes) -> Iterator[object]:
    if file.suffix in _LINES:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _loaded(line, file, f"line {number}: ")
        return
    whole = _loaded(text, file, "")
    if isinstance(whole, list) and any(isinstance(each, dict | list) for each in cast("list[object]", whole)):
        yield from cast("list[object]", whole)
    else:
        yield whole


def _loaded(text: str, file: FileBytes, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "its values are nested too deep" if isinstance(error, RecursionError) else error
        raise broken(file, f"{where}{why}") from error


def _lines(value: object) -> Iterator[str]:
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, here = waiting.pop()
        match here:
            case dict():
                inner = cast("dict[str, object]", here)
                waiting.extend((f"{path}.{key}" if path else key, inner[key]) for key in reversed(inner))
            case list() if any(isinstance(each, dict | list) for each in cast("list[object]", here)):
                inside = cast("list[object]", here)
                waiting.extend((f"{path}[{place}]", inside[place]) for place in range(len(inside) - 1, -1, -1))
            case list():
                words = ", ".join(filter(None, map(in_words, cast("list[object]", here))))
                yield from [_named(path, words)] if words else []
            case _:
                words = in_words(here)
                yield from [_named(path, words)] if words else []


def _named(path: str, words: str) -> str:
    return f"{path}: {words}" if path else words

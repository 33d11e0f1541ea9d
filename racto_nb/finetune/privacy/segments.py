"""The pieces of a text that are searched by themselves: the text as a whole, or the values of the JSON that it is. Pure.

JSON is taken value by value, so that what is put in the place of a find leaves JSON that can be read, and all other letters of it
as they are. The name before a value says what it is: `"password": "..."`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from racto_nb.finetune.privacy.found import Found
from racto_nb.finetune.privacy.scanning import Search, scan

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?', re.DOTALL)
_COLON = re.compile(r"\s*:")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text: where it stands, what it says, in which form, and the `name` that JSON gives it."""

    start: int
    end: int
    says: str
    form: Literal["text", "string", "number"]
    name: str = ""

    def finds(self, search: Search) -> list[Found]:
        """What it holds. Places are those in `says`."""
        if self.form == "text" or not self.name or len(self.name) > _LONGEST_NAME:
            found = scan(self.says, search)
        else:
            before = len(self.name) + 2
            named = scan(f"{self.name}: {self.says}", search)
            found = [replace(one, start=one.start - before, end=one.end - before) for one in named if one.start >= before]
        return [one for one in found if one.end - one.start == len(self.says)] if self.form == "number" else found

    def written(self, said: str, *, ascii_only: bool) -> str:
        """`said` as it stands in the place of this piece."""
        return said if self.form == "text" else json.dumps(said, ensure_ascii=ascii_only)


def segments(text: str, search: Search) -> Sequence[Segment]:
    """The pieces of `text` that `search` may find something in."""
    if not search.may_find(text) and "\\" not in text:
        return ()
    if not _is_json(text):
        return (Segment(0, len(text), text, "text"),)
    pieces: list[Segment] = []
    name = ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if not token.startswith('"'):
            pieces.append(Segment(*match.span(), token, "number", name))
            continue
        says = json.loads(token)
        is_name = _COLON.match(text, match.end()) is not None
        pieces.append(Segment(*match.span(), says, "string", "" if is_name else name))
        name = says if is_name else name
    return pieces


def changed(text: str, search: Search, placeholder: Callable[[str, str], str]) -> str:
    """`text` with `placeholder(kind, piece)` in the place of each find; the very same text where there is none."""
    done: list[str] = []
    end = 0
    for segment in segments(text, search):
        if not (found := segment.finds(search)):
            continue
        said = _replaced(segment.says, found, placeholder)
        raw = text[segment.start : segment.end]
        done += [text[end : segment.start], segment.written(said, ascii_only=raw.isascii())]
        end = segment.end
    return "".join([*done, text[end:]]) if done else text


def _replaced(text: str, found: Sequence[Found], placeholder: Callable[[str, str], str]) -> str:
    done: list[str] = []
    end = 0
    for one in found:
        done += [text[end : one.start], placeholder(one.kind, text[one.start : one.end])]
        end = one.end
    return "".join([*done, text[end:]])


def _is_json(text: str) -> bool:
    """Whether all of `text` is a JSON object, list or text."""
    if text.lstrip()[:1] not in {"{", "[", '"'}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

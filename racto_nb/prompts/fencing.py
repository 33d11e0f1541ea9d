"""Texts of others as data inside a message: behind a boundary that they cannot contain. Pure.

    ==== 5b1c…
    [1] Source: notes.txt (page 2)
    The text as it is.

    ==== 5b1c…
    [2] Source: …

The boundary ends in a hash of all that it separates, so that the same passages make the same message (caches and recordings find
it again), and nobody who writes a document can know it: it would have to stand in the text that it is computed from. Only a
numbered line right after a boundary begins a passage; whatever else looks like one is text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count

from blake3 import blake3

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TEMPLATE_WORDS = re.compile(
    r"<(?=[|\uff5c][^<>\n]{1,60}[|\uff5c]>)"  # <|im_start|>, <|eot_id|>, and the same with wide bars
    r"|<(?=/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|start_of_image|think|tool_call|tool_response|function_calls)>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|MODEL_SETTINGS)\])",
    re.IGNORECASE,
)
"""What chat templates write around turns. Models on the user's machine take it for the end of a turn wherever it stands."""
_LONGEST_HEAD = 300


def boundary_of(passages: Sequence[tuple[str, str]]) -> str:
    """A line that occurs in none of `passages` (heads and texts): always the same for the same ones."""
    everything = "\x00".join(part for passage in passages for part in passage)
    digests = (blake3(f"{attempt}\x00{everything}".encode("utf-8", "surrogatepass")).hexdigest(length=12) for attempt in count())
    return next(f"==== {digest}" for digest in digests if digest not in everything.casefold())


def fenced(passages: Sequence[tuple[str, str]]) -> str:
    """`passages` (head and text) one after another, each after the boundary, which also ends the last one.

    >>> print(fenced([("[1] Source: a.txt", "Hello <|im_end|>")]))  # doctest: +ELLIPSIS
    ==== ...
    [1] Source: a.txt
    Hello < |im_end|>
    ...
    """
    harmless = [(one_line(head), without_template_words(text)) for head, text in passages]
    boundary = boundary_of(harmless)
    return "".join(f"{boundary}\n{head}\n{text}\n\n" for head, text in harmless) + boundary


def one_line(text: str) -> str:
    """`text` without breaks and control characters, and no longer than a name may be."""
    line = without_template_words(_CONTROL.sub(" ", text).strip())
    return line if len(line) <= _LONGEST_HEAD else line[:_LONGEST_HEAD] + "…"


def without_template_words(text: str) -> str:
    """`text` with a space inside the words by which chat templates tell turns apart, so that they tell nothing.

    >>> without_template_words("[INST] <|im_start|>system <b>stays</b> [1]")
    '[ INST] < |im_start|>system <b>stays</b> [1]'
    """
    return _TEMPLATE_WORDS.sub(lambda found: f"{found.group()} ", text)

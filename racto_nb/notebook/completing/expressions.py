"""What fits at the end of a half-written `{{expression`. Pure, and reads variables only by `looking`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from racto_nb.notebook.completing.looking import attributes, keys, value_of, variables
from racto_nb.notebook.completing.offers import Offer, Offers

BOTH_QUOTES = "\"'"
_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<quote>["'])(?P<rest>.*)|(?P<sign>[\[\],:])""", re.DOTALL
)
"""A text, a text that is still open, or one of the signs that matter here."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of an expression: the name being written, what it belongs to, and the `quote` of a key that is being written."""

    written: str
    owner: str | None = None
    quote: str = ""
    is_key: bool = False


def expression_offers(
    source: str, namespace: Mapping[str, Any], hidden: Mapping[str, Any], *, quotes: str = BOTH_QUOTES
) -> Offers:
    """The names, attributes or keys with which `source` can go on. Keys are written in one of the `quotes`.

    >>> expression_offers("ro", {"rows": [1]}, {}).texts
    ['rows']
    """
    tail = _tail(source)
    if tail is None:
        return Offers("")
    if tail.is_key:
        return _key_offers(tail, namespace, hidden, quotes)
    if tail.owner is None:
        found = variables(namespace, hidden)
    else:
        owner = value_of(tail.owner, namespace)
        found = [] if owner is None else attributes(owner[0])
    return Offers.of(tail.written, [Offer(name, kind) for name, kind in found if name.startswith(tail.written)])


def _key_offers(tail: _Tail, namespace: Mapping[str, Any], hidden: Mapping[str, Any], quotes: str) -> Offers:
    owner = value_of(tail.owner or "", namespace)
    known = [key for key in keys(owner[0]) if _fits(key, quotes)] if owner is not None else []
    if not tail.quote:
        found = [Offer(quotes[0] + _escaped(key, quotes[0]) + quotes[0], "property") for key in known]
        return Offers("", found or [Offer(name, kind) for name, kind in variables(namespace, hidden)])
    if tail.quote not in quotes:
        return Offers("")
    texts = [_escaped(key, tail.quote) for key in known]
    return Offers.of(tail.written, [Offer(text, "property") for text in texts if text.startswith(tail.written)])


def _fits(key: str, quotes: str) -> bool:
    """Whether `key` can be written: inside the quotes of an option it must not need an escape, which these would undo."""
    return bool(quotes) and key.isprintable() and (quotes == BOTH_QUOTES or not set(key) & {*BOTH_QUOTES, "\\"})


def _escaped(key: str, quote: str) -> str:
    """`key` as it stands in a Python text between two of `quote`."""
    return key.replace("\\", "\\\\").replace(quote, "\\" + quote)


def _tail(source: str) -> _Tail | None:
    """The end of `source`, None where nothing can be said: behind an operator or a call, and in a text that is no key."""
    opened: list[tuple[int, int]] = []
    begin = 0
    for token in _TOKEN.finditer(source):
        match token["sign"]:
            case "[":
                opened.append((token.start(), begin))
                begin = token.end()
            case "]" if opened:
                begin = opened.pop()[1]
            case "," | ":" if opened:
                begin = token.end()
            case None if token["quote"]:
                owner = _owner(source, opened, begin)
                is_key = owner is not None and not source[begin : token.start()].strip()
                return _Tail(token["rest"], owner, token["quote"], is_key=True) if is_key else None
            case _:
                pass
    return _named(source[begin:].lstrip(), _owner(source, opened, begin))


def _owner(source: str, opened: list[tuple[int, int]], begin: int) -> str | None:
    """What stands before the bracket that opened the part beginning at `begin`; None behind a comma or outside brackets."""
    return source[opened[-1][1] : opened[-1][0]] if opened and opened[-1][0] + 1 == begin else None


def _named(part: str, owner: str | None) -> _Tail | None:
    """The tail that is a name, or nothing yet behind an open bracket of `owner`."""
    if not part and owner is not None:
        return _Tail("", owner, is_key=True)
    before, dot, written = part.rpartition(".")
    if written and not written.isidentifier():
        return None
    return _Tail(written, before if dot else None)

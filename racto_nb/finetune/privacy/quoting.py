"""What messages may quote of a text: personal data and secrets are masked in it, and only then it is cut. Pure.

It knows no examples, so that what examples are made of may use it.
"""

from __future__ import annotations

import re

from racto_nb.finetune.privacy.scanning import scan, search_for

ALL = search_for(["personal", "secrets", "token"])
"""All that is not quoted."""
_READ = 4_000
"""Characters that are looked at before a text is cut: more than the longest private key has, so that it is known as a whole."""
_FURTHEST = 40_000
_SPACE = re.compile(r"\s")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)


def hidden(text: str) -> str:
    r"""`text` with its personal data and secrets masked, those behind an escape of JSON or Python too.

    >>> hidden("Ask at ann@example.org today.")
    'Ask at ann… (email, 15 characters) today.'
    >>> hidden(r'{"content": "It is:\nsk-ant-api03-abcdefghijklmnop"}')
    '{"content": "It is:\\nsk-… (anthropic_key, 29 characters)"}'
    """
    text = _masked(text, text)
    return _masked(text, _ESCAPE.sub(lambda escape: " " * len(escape.group()), text)) if "\\" in text else text


def beginning(text: str) -> str:
    """The first characters of `text` up to the end of a word: what begins in the first few is in them as a whole."""
    if len(text) <= _READ:
        return text
    end = _SPACE.search(text, _READ, _FURTHEST)
    return text[: end.start() if end else _FURTHEST]


def cut(text: str, most: int) -> str:
    """The first `most` characters of `text`, its personal data and secrets masked before."""
    shown = hidden(beginning(text))
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def quoted(value: object, most: int = 80) -> str:
    """`value` as a message quotes it: a text in quotes, and anything else as its repr, masked and then cut.

    >>> quoted("Write to ann@example.org."), quoted(("user", 7)), quoted("word " * 100, 12)
    ("'Write to ann… (email, 15 characters).'", "('user', 7)", "'word word w…'")
    """
    return repr(cut(value, most)) if isinstance(value, str) else cut(repr(value), most)


def _masked(text: str, read: str) -> str:
    """`text` with what is found in `read` masked, which has as many characters."""
    for found in reversed(scan(read, ALL)):
        text = text[: found.start] + found.shown(text) + text[found.end :]
    return text

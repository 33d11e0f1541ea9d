"""The secrets of an environment, found in texts and taken out of them: they shall neither be shown nor written down. Pure.

A secret is known as it is, and as addresses (`%2F`) and JSON (`\\/`, `\\u002f`) write its signs, also more than once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from string import hexdigits
from typing import Any, Self
from urllib.parse import unquote

from racto_nb._escapes import Plain

_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS|PAT)(?:_?\d+)?$", re.IGNORECASE)
PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SHORTEST = 8
_LONG = 20
_END = 6
"""Characters of an end of a secret that are not shown where a text was cut."""
_HEAD = 24
"""Characters of a text, for each of a secret, that may hold its end: what is escaped twice for JSON is 13."""

Secret = tuple[str, str, str]
"""The name of a secret, the secret, and how it is read where its signs may be escaped."""
Span = tuple[int, int, str]
"""Where a text holds a secret, and its name."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of an environment, to find them in texts and to take them out. Their values are in no repr."""

    _named: tuple[Secret, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str], *, also: Iterable[tuple[str, str]] = ()) -> Self:
        """Those of `environment`: the values of variables such as OPENAI_API_KEY, and the passwords in addresses.

        `also` are others with their names, which are secrets whatever they look like.
        """
        return cls(tuple(_known(name, secret) for name, secret in _secrets(environment, also)))

    def held_by(self, text: str) -> str | None:
        """The variable whose value `text` holds; None when it holds none."""
        return next((name for _, _, name in _found(text, Plain(text), self._named)), None) if self._named else None

    def cleaned(self, text: str) -> str:
        """`text` with every secret replaced by the name of its variable."""
        return _put(text, _found(text, Plain(text), self._named), _named) if self._named else text

    def covered(self, text: str) -> str:
        """`text` with every secret covered by as many characters, so that what is known by its place stays where it is.

        >>> Secrets.of({"OPENAI_API_KEY": "sk-12345678"}).covered("the key sk-12345678 is good")
        'the key [OPENAI_API is good'
        """
        return _put(text, _found(text, Plain(text), self._named), _cover) if self._named else text

    def covered_ends(self, text: str) -> str:
        """`text`, which was cut out of a longer one, with secrets covered, and what is left of one that was cut in two.

        Of the two ends of a secret, one is at least half of it; so many characters of one are not shown, or six.
        """
        if not self._named:
            return text
        plain = Plain(text)
        spans = _found(text, plain, self._named)
        heads = _heads(text, max(len(secret) for _, secret, _ in self._named))
        for name, secret, form in self._named:
            least = max(1, min(_END, len(form) // 2))
            if size := _begun(text, plain, secret, form, least):
                spans.append((len(text) - size, len(text), name))
            if size := _left(text, heads, secret, form, least):
                spans.append((0, size, name))
        return _put(text, _merged(spans), _cover)

    def settled(self, text: str) -> tuple[str, str]:
        """The text that is being written in two parts: what can be shown, cleaned, and its end that may become a secret.

        >>> Secrets.of({"OPENAI_API_KEY": "sk-12345678"}).settled("the key is sk-123")
        ('the key is ', 'sk-123')
        """
        if not self._named:
            return text, ""
        plain = Plain(text)
        spans = _found(text, plain, self._named)
        cut = len(text) - max(_begun(text, plain, secret[:-1], form[:-1]) for _, secret, form in self._named)
        while spans and spans[-1][1] > cut:  # a shorter secret may be the beginning of a longer one
            cut = min(cut, spans.pop()[0])
        return _put(text[:cut], spans, _named), text[cut:]

    def cleaned_value(self, value: Any) -> Any:
        """A JSON value with all texts in it cleaned, keys of objects too."""
        match value:
            case str():
                return self.cleaned(value)
            case list():
                return [self.cleaned_value(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
            case dict():
                return {self.cleaned_value(name): self.cleaned_value(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
            case _:
                return value


def without_secret(text: str, secret: str, instead: str) -> str:
    """`text` with `instead` in the place of `secret`, also where its signs are escaped.

    >>> without_secret("GET /?key=a%2Fb&more=a/b", "a/b", "[key]")
    'GET /?key=[key]&more=[key]'
    """
    return _put(text, _found(text, Plain(text), [_known(instead, secret)]), _as_it_is) if secret else text


def without_words(text: str, secret: str, instead: str) -> str:
    """`without_secret` where what is found is a word, or several: so short a secret may be a part of others.

    >>> without_words("an error of ann", "an", "[name]")
    '[name] error of ann'
    """
    spans = _found(text, Plain(text), [_known(instead, secret)]) if secret else []
    return _put(text, [span for span in spans if _is_word(text, *span[:2])], _as_it_is)


def without_beginnings(text: str, secret: str, least: int, instead: str) -> str:
    """`text` with `instead` in the place of `secret`, and of what it begins with where `least` signs of that stand in the text.

    >>> without_beginnings("key=a%2Fbcd, key=a%2Fb… and a", "a/bcd", 3, "[key]")
    'key=[key], key=[key]… and a'
    """
    plain = Plain(text)
    spans = [(begin, begin + size, instead) for begin, size in _beginnings(text, secret, least)]
    spans += [
        (plain.starts[begin], plain.starts[begin + size], instead)
        for begin, size in _beginnings(plain.text, Plain(secret).text, least)
    ]
    return _put(text, _merged(spans), _as_it_is)


def _known(name: str, secret: str) -> Secret:
    """Where next to nothing of it is left without backslashes, it is known as it is only."""
    form = Plain(secret).text
    return name, secret, form if 2 * len(form) > len(secret) else ""


def _found(text: str, plain: Plain, secrets: Iterable[Secret]) -> list[Span]:
    """Where `text` holds secrets, in its order. Those that overlap are one."""
    spans: list[Span] = []
    for name, secret, form in secrets:
        at = text.find(secret)
        while at >= 0:
            spans.append((at, at + len(secret), name))
            at = text.find(secret, at + len(secret))
        spans.extend((begin, end, name) for begin, end in plain.places(form))
    return _merged(spans)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end, name in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and begin < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = first, max(last, end), kept
        else:
            merged.append((begin, end, name))
    return merged


def _put(text: str, spans: Iterable[Span], shown: Callable[[str, int], str]) -> str:
    """`text` with what is shown of a secret in its place."""
    parts: list[str] = []
    place = 0
    for begin, end, name in spans:
        parts += [text[place:begin], shown(name, end - begin)]
        place = end
    return "".join([*parts, text[place:]])


def _named(name: str, _: int) -> str:
    return f"[{name}]"


def _cover(name: str, size: int) -> str:
    return f"[{name}]".ljust(size, "•")[:size]


def _as_it_is(instead: str, _: int) -> str:
    return instead


def _is_word(text: str, begin: int, end: int) -> bool:
    around = text[max(0, begin - 1) : begin] + text[end : end + 1]
    return not any(sign.isalnum() or sign == "_" for sign in around)


def _secrets(environment: Mapping[str, str], also: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names and values, the longest first: one may be the beginning of another. In forms a + stands for a space."""
    named = [(name, value.strip()) for name, value in environment.items() if _VARIABLE.search(name)]
    inside = [
        (name, form)
        for name, value in environment.items()
        for found in PASSWORD_IN_ADDRESS.findall(value)
        for form in (found, unquote(found))  # an address has it escaped, and those who log in do not
    ]
    found = {
        (name, form)
        for name, secret in [*(each for each in [*named, *inside] if looks_secret(each[1])), *also]
        for form in {secret, secret.replace(" ", "+")}
    }
    return sorted(found, key=lambda item: (-len(item[1]), item))


def _begun(text: str, plain: Plain, secret: str, form: str, least: int = 0) -> int:
    """How many characters at the end of `text` are the beginning of a secret, or may be it once the last escape is whole.

    They count where they are `least` signs of it.
    """
    size = _shared(text, secret)
    known = plain.begun
    count = _shared(known, form)
    if count < least:
        return size if size >= least else 0
    begin = plain.starts[len(known) - count] if count else plain.end
    return max(size, len(text) - begin)


def _heads(text: str, longest: int) -> list[tuple[int, Plain]]:
    """The beginning of `text`, read: of an escape that was cut in two, up to five characters may be left (`u002f`)."""
    cuts = (cut for cut in range(6) if not text[:cut].removeprefix("u").removeprefix("x").strip(hexdigits))
    return [(cut, Plain(text[cut : _HEAD * longest])) for cut in cuts]


def _left(text: str, heads: Iterable[tuple[int, Plain]], secret: str, form: str, least: int) -> int:
    """How many characters at the beginning of `text`, which was cut out of a longer one, are the end of a secret.

    They count where they are `least` signs of it.
    """
    sizes = [size] if (size := _shared(secret, text)) >= least else []
    for cut, plain in heads:
        if (count := _shared(form, plain.text)) >= max(least, 1):
            sizes.append(cut + plain.starts[count])
    return max(sizes, default=0)


def _shared(before: str, after: str) -> int:
    """How many characters at the end of `before` are the beginning of `after`.

    >>> _shared("is sk-1", "sk-123"), _shared("is", "ok")
    (4, 0)
    """
    at = before.find(after[:1], max(0, len(before) - len(after))) if after else -1
    while at >= 0:
        if after.startswith(before[at:]):
            return len(before) - at
        at = before.find(after[0], at + 1)
    return 0


def _beginnings(text: str, secret: str, least: int) -> Iterator[tuple[int, int]]:
    """Where `text` holds the beginning of `secret`, at least so many signs of it, and how many."""
    at = text.find(secret[:least]) if secret else -1
    while at >= 0:
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(text[at : at + len(secret)], secret, strict=False))
        size = sum(1 for _ in alike)
        yield at, size
        at = text.find(secret[:least], at + size)


def looks_secret(value: str) -> bool:
    """A key is long, or has more than letters in it; `customer_id` in PARTITION_KEY is a word."""
    return len(value) >= _LONG or (len(value) >= _SHORTEST and not value.replace("_", "").isalpha())

"""The secrets of an environment, found in texts and taken out of them: they shall neither be shown nor written down. Pure.

A secret is known as it is, and as addresses (`%2F`) and JSON (`\\/`, `\\u002f`) write its signs. Few texts hold such an escape:
the others are only searched for the secrets themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from string import hexdigits
from typing import Any, Self
from urllib.parse import unquote

_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS|PAT)(?:_?\d+)?$", re.IGNORECASE)
PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SHORTEST = 8
_LONG = 20
_END = 6
"""Characters of an end of a secret that are not shown where a text was cut."""
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|\\(?:/|u[0-9A-Fa-f]{4})")
_IN_JSON = re.compile(r"""\\+(?:u([0-9A-Fa-f]{4})|([/"\\]))""")
_UNFINISHED = re.compile(r"(?:%[0-9A-Fa-f]?|\\+(?:u[0-9A-Fa-f]{0,3})?)\Z")
_WIDEST = 12
"""Characters that an escape writes for one: four bytes in an address."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of an environment, to find them in texts and to take them out. Their values are in no repr."""

    _named: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str], *, also: Iterable[tuple[str, str]] = ()) -> Self:
        """Those of `environment`: the values of variables such as OPENAI_API_KEY, and the passwords in addresses.

        `also` are others with their names, which are secrets whatever they look like.
        """
        return cls(tuple(_secrets(environment, also)))

    def held_by(self, text: str) -> str | None:
        """The variable whose value `text` holds; None when it holds none."""
        found = next((name for name, secret in self._named if secret in text), None)
        return found or next((name for name, _ in self._escaped_in(text)), None)

    def cleaned(self, text: str) -> str:
        """`text` with every secret replaced by the name of its variable."""
        for name, secret in self._escaped_in(text):  # first: a shorter one may be the beginning of what is written so
            text = form_of(secret).sub(_always(f"[{name}]"), text)
        for name, secret in self._named:
            text = text.replace(secret, f"[{name}]")
        return text

    def covered(self, text: str) -> str:
        """`text` with every secret covered by as many characters, so that what is known by its place stays where it is.

        >>> Secrets.of({"OPENAI_API_KEY": "sk-12345678"}).covered("the key sk-12345678 is good")
        'the key [OPENAI_API is good'
        """
        for name, secret in self._escaped_in(text):
            text = form_of(secret).sub(_covering(name), text)
        for name, secret in self._named:
            text = text.replace(secret, _cover(name, len(secret)))
        return text

    def covered_ends(self, text: str) -> str:
        """`text`, which was cut out of a longer one, with secrets covered, and what is left of one that was cut in two.

        Of the two ends of a secret, one is at least half of it; so many characters of one are not shown, or six.
        """
        text = self.covered(text)
        for name, secret in self._named:
            least = min(_END, len(secret) // 2)
            if (size := _begun(text, secret, least)) >= least:
                text = text[: len(text) - size] + _cover(name, len(secret))[:size].ljust(size, "•")
            if (size := _left(text, secret, least)) >= least:
                text = _cover(name, len(secret))[-size:].rjust(size, "•") + text[size:]
        return text

    def settled(self, text: str) -> tuple[str, str]:
        """The text that is being written in two parts: what can be shown, cleaned, and its end that may become a secret.

        >>> Secrets.of({"OPENAI_API_KEY": "sk-12345678"}).settled("the key is sk-123")
        ('the key is ', 'sk-123')
        """
        text = self.cleaned(text)
        begun = max((_begun(text, secret) for _, secret in self._named), default=0)
        cut = len(text) - begun
        return text[:cut], text[cut:]

    def _escaped_in(self, text: str) -> list[tuple[str, str]]:
        """Those that `text` holds with some of their signs escaped, and their names."""
        if not _has_escapes(text):
            return []
        plain = unescaped(text)
        likely = [(name, secret) for name, secret in self._named if secret in plain or unescaped(secret) in plain]
        return [(name, secret) for name, secret in likely if form_of(secret).search(text)]

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
    if _has_escapes(text):
        return form_of(secret).sub(_always(instead), text)
    return text.replace(secret, instead)


def form_of(secret: str) -> re.Pattern[str]:
    """`secret` however addresses and JSON write it: which of its signs they escape is up to who writes.

    >>> [form_of("a/b+c").fullmatch(text) is not None for text in ("a/b+c", "a%2fb%2Bc", "a\\\\/b\\\\u002bc", "a/b c")]
    [True, True, True, False]
    """
    return re.compile("".join(f"(?:{_sign(sign)})" for sign in secret))


def unescaped(text: str) -> str:
    """`text` with what addresses and JSON escape read: what is found in it may stand in `text`."""
    return unquote(_IN_JSON.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text))


def _has_escapes(text: str) -> bool:
    return ("%" in text or "\\" in text) and _ESCAPE.search(text) is not None


def _sign(sign: str) -> str:
    """A sign of a secret. JSON within JSON has more than one backslash before it; forms have a + for a space."""
    plain = r"\\+" if sign == "\\" else rf"\\*{sign}" if sign in '/"' else re.escape(sign)
    in_address = "".join(f"%{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass"))
    forms = [f"(?i:{in_address})", plain, *([r"\+"] if sign == " " else [])]  # a % begins its own escape: that goes first
    if ord(sign) < 1 << 16:
        forms.append(rf"\\+u(?i:{ord(sign):04x})")
    return "|".join(forms)


def _always(instead: str) -> Callable[[re.Match[str]], str]:
    return lambda _: instead


def _covering(name: str) -> Callable[[re.Match[str]], str]:
    return lambda found: _cover(name, len(found[0]))


def _cover(name: str, size: int) -> str:
    return f"[{name}]".ljust(size, "•")[:size]


def _secrets(environment: Mapping[str, str], also: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names and values, the longest first: one may be the beginning of another. In JSON some are written otherwise."""
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
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], secret.replace(" ", "+"))
    }
    return sorted(found, key=lambda item: (-len(item[1]), item))


def _begun(text: str, secret: str, least: int = 0) -> int:
    """How many characters at the end of `text` are the beginning of `secret`, or may be it once the last escape is whole.

    Those with escapes count where they are `least` signs of the secret.
    """
    size, tail = _shared(text, secret), text[-_WIDEST * len(secret) :]
    if not ("%" in tail or "\\" in tail):
        return size
    whole = _UNFINISHED.sub("", tail)
    count = _shared(_half_read(whole), secret)
    if count < least:
        return size
    starts = range(max(0, len(whole) - _WIDEST * max(1, count)), len(whole) + 1)
    start = next((start for start in starts if _half_read(whole[start:]) == secret[:count]), len(tail))
    return max(size, len(tail) - start)


def _left(text: str, secret: str, least: int) -> int:
    """How many characters at the beginning of `text`, which was cut out of a longer one, are the end of `secret`.

    Those with escapes count where they are `least` signs of the secret.
    """
    size, head = _shared(secret, text), text[: _WIDEST * len(secret)]
    for cut in range(6):  # of an escape that was cut in two, five characters may be left: u002f
        if head[:cut].removeprefix("u").strip(hexdigits):
            break
        count = _shared(secret, unescaped(head[cut:]))
        ends = range(cut + count, min(len(head), cut + _WIDEST * count) + 1) if count >= max(least, 1) else ()
        size = max(size, next((end for end in ends if unescaped(head[cut:end]) == secret[-count:]), 0))
    return size


def _shared(before: str, after: str) -> int:
    """How many characters at the end of `before` are the beginning of `after`."""
    longest = min(len(before), len(after))
    return next((size for size in range(longest, 0, -1) if before.endswith(after[:size])), 0)


def _half_read(text: str) -> str:
    """`text`, read, without what is the half of a letter at its end."""
    return unescaped(text).rstrip("\ufffd")


def looks_secret(value: str) -> bool:
    """A key is long, or has more than letters in it; `customer_id` in PARTITION_KEY is a word."""
    return len(value) >= _LONG or (len(value) >= _SHORTEST and not value.replace("_", "").isalpha())

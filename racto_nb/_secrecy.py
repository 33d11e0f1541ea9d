"""The secrets of an environment, found in texts and taken out of them: they shall neither be shown nor written down. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS|PAT)(?:_?\d+)?$", re.IGNORECASE)
PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SHORTEST = 8
_LONG = 20
_END = 6
"""Characters of an end of a secret that are not shown where a text was cut."""


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
        return next((name for name, secret in self._named if secret in text), None)

    def cleaned(self, text: str) -> str:
        """`text` with every secret replaced by the name of its variable."""
        for name, secret in self._named:
            text = text.replace(secret, f"[{name}]")
        return text

    def covered(self, text: str) -> str:
        """`text` with every secret covered by as many characters, so that what is known by its place stays where it is.

        >>> Secrets.of({"OPENAI_API_KEY": "sk-12345678"}).covered("the key sk-12345678 is good")
        'the key [OPENAI_API is good'
        """
        for name, secret in self._named:
            text = text.replace(secret, f"[{name}]".ljust(len(secret), "•")[: len(secret)])
        return text

    def covered_ends(self, text: str) -> str:
        """`text`, which was cut out of a longer one, with secrets covered, and what is left of one that was cut in two.

        Of the two ends of a secret, one is at least half of it; so many characters of one are not shown, or six.
        """
        text = self.covered(text)
        for name, secret in self._named:
            cover, least = f"[{name}]".ljust(len(secret), "•")[: len(secret)], min(_END, len(secret) // 2)
            if (size := _begun(text, secret)) >= least:
                text = text[: len(text) - size] + cover[:size]
            if (size := _begun(text[::-1], secret[::-1])) >= least:
                text = cover[-size:] + text[size:]
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


def _secrets(environment: Mapping[str, str], also: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names and values, the longest first: one may be the beginning of another. In JSON some are written otherwise."""
    named = [(name, value.strip()) for name, value in environment.items() if _VARIABLE.search(name)]
    inside = [(name, found) for name, value in environment.items() for found in PASSWORD_IN_ADDRESS.findall(value)]
    found = {
        (name, form)
        for name, secret in [*(each for each in [*named, *inside] if looks_secret(each[1])), *also]
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    }
    return sorted(found, key=lambda item: (-len(item[1]), item))


def _begun(text: str, secret: str) -> int:
    """How many characters at the end of `text` are the beginning of `secret`."""
    longest = min(len(text), len(secret) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(secret[:size])), 0)


def looks_secret(value: str) -> bool:
    """A key is long, or has more than letters in it; `customer_id` in PARTITION_KEY is a word."""
    return len(value) >= _LONG or (len(value) >= _SHORTEST and not value.replace("_", "").isalpha())

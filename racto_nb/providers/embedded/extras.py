"""What `ChatConfig.extra` may hold for the embedded engine, with the kind and the range of each value. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from racto_nb.exceptions import UsageError

_LARGEST_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Rule:
    allowed: str
    holds: Callable[[object], bool]


def _whole(least: int, most: int, words: str) -> _Rule:
    return _Rule(words, lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most)


def _number(least: float, most: float) -> _Rule:
    def holds(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most

    return _Rule(f"a number from {least:g} to {most:g}", holds)


def _is_stop(value: object) -> bool:
    texts = cast("list[object]", value) if isinstance(value, list) else [value]
    return bool(texts) and all(isinstance(text, str) and text for text in texts)


_RULES: Mapping[str, _Rule] = {
    "frequency_penalty": _number(-2, 2),
    "logprobs": _Rule("True or False", lambda value: isinstance(value, bool)),
    "min_p": _number(0, 1),
    "presence_penalty": _number(-2, 2),
    "repeat_penalty": _number(0.1, 10),
    "seed": _whole(0, 2**32 - 1, f"a whole number from 0 to {2**32 - 1}"),
    "stop": _Rule("a text or a list of texts, none of them empty", _is_stop),
    "top_k": _whole(0, _LARGEST_COUNT, "a whole number from 0 (all tokens)"),
    "top_logprobs": _whole(0, 100, "a whole number from 0 to 100"),
    "top_p": _number(0, 1),
}

EXTRAS = frozenset({"labels", *_RULES})
"""What `ChatConfig.extra` may hold. `labels` is a list of texts of which the answer is exactly one."""


def checked_extras(extra: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` without its `labels`, every value checked.

    Raises UsageError that names the key, the value and what is allowed. True and False are no numbers.

    >>> checked_extras({"seed": 7, "labels": ["a", "b"]})
    {'seed': 7}
    """
    for key, value in extra.items():
        rule = _RULES.get(key)
        if rule is not None and not rule.holds(value):
            message = f"extra[{key!r}] is {rule.allowed}; got {value!r}. Correct it, or leave it out."
            raise UsageError(message)
    return {key: value for key, value in extra.items() if key != "labels"}

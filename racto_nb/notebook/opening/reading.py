"""What the lines of widgets have in common: the words before the options, and the prompt that one of them names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.prompts.engine import RactoPrompt


def leading(words: Sequence[str]) -> list[str]:
    """The words before the first option.

    >>> leading(["kit", "other", "--into", "mine"])
    ['kit', 'other']
    """
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    return list(words[:first])


def prompt_in(name: str, namespace: Mapping[str, Any], *, line: str) -> RactoPrompt:
    """The prompt in the variable `name`, which stands behind `line`. UsageError for what is none."""
    found = value_of(name, namespace)
    if not isinstance(found, RactoPrompt):
        raise UsageError(f"{line} {name}: it is a {type(found).__name__}, not a RactoPrompt.")
    return found

"""Personal data and secrets replaced by placeholders. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from racto_nb.exceptions import WrongTypeError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.privacy.found import PLACEHOLDER, Replacement
from racto_nb.finetune.privacy.scanning import Search, search_for
from racto_nb.finetune.privacy.segments import changed
from racto_nb.finetune.privacy.walking import with_texts

_MOST_ROUNDS = 4
_SAME_DIGITS = frozenset({"phone", "card", "ssn", "iban"})


def redacted(
    example: RactoTrainingExample, *, kinds: str | Collection[str] | None = None, replacement: Replacement = PLACEHOLDER
) -> RactoTrainingExample:
    """`example` with placeholders in the place of personal data and secrets; the very same one where none are found.

    `kinds` are names of what is replaced, "personal" and "secrets" for all of theirs; None is everything but "token" (long random
    words, of which many are no keys). Equal pieces have the same placeholder within an example, and nobody can tell from another
    example which it was. JSON, such as the arguments of calls, stays JSON, with all other letters as they were.

    Texts in messages, arguments, tools, `reference`, `extra` and addresses of files are looked at. Tags and provenance are not:
    groups would run together. Neither is what is inside of files.

    >>> example = RactoTrainingExample.from_pair("I am ann@example.org", "Thanks, ann@example.org! Ask bob@example.org.")
    >>> [message.content for message in redacted(example).messages]
    ['I am [EMAIL_1]', 'Thanks, [EMAIL_1]! Ask [EMAIL_2].']
    """
    return Redactor(search_for(kinds), replacement).example(example)


class Redactor:
    """Replaces what `search` finds. Made once for many examples."""

    def __init__(self, search: Search, replacement: Replacement = PLACEHOLDER) -> None:
        if not isinstance(replacement, str) and not callable(replacement):  # pyright: ignore[reportUnnecessaryIsInstance, reportUnnecessaryComparison]
            msg = f"replacement is a text such as {PLACEHOLDER!r}, or a function of a kind and a number, not {replacement!r:.60}."
            raise WrongTypeError(msg)
        self._search = search
        self._replacement = replacement

    def example(self, example: RactoTrainingExample) -> RactoTrainingExample:
        """`example` without what is found."""
        placeholders = _Placeholders(self._replacement, example)
        for _ in range(_MOST_ROUNDS):  # where two finds overlapped, one of them is left for the next round
            before = example
            example = with_texts(example, lambda text: changed(text, self._search, placeholders.of))
            if example is before:
                break
        return example


class _Placeholders:
    """The placeholders of one example."""

    def __init__(self, replacement: Replacement, example: RactoTrainingExample) -> None:
        self._replacement = replacement
        self._example = example
        self._known: dict[tuple[str, str], str] = {}
        self._numbers: Counter[str] = Counter()
        self._taken: dict[str, set[str]] = {}

    def of(self, kind: str, piece: str) -> str:
        """The placeholder for `piece`: the one that it has already, or the next that is not in the example yet."""
        same = "".join(sign for sign in piece if sign.isalnum() or sign == "+") if kind in _SAME_DIGITS else piece
        key = kind, same.casefold() if kind == "email" else same
        if key not in self._known:
            self._known[key] = self._next(kind)
        return self._known[key]

    def _next(self, kind: str) -> str:
        self._numbers[kind] += 1
        while self._is_taken(kind):
            self._numbers[kind] += 1
        return self._made(kind)

    def _is_taken(self, kind: str) -> bool:
        """Whether the placeholder is in the example already, and the next one would be another."""
        number = self._numbers[kind]
        if not isinstance(self._replacement, str):
            made = self._made(kind)
            return any(made in message.content for message in self._example.turns()) and self._made(kind, 1) != made
        if kind not in self._taken:  # looked for once: each of thousands of finds would read all texts again
            self._taken[kind] = self._numbers_in_texts(kind, self._replacement)
        return str(number) in self._taken[kind]

    def _numbers_in_texts(self, kind: str, template: str) -> set[str]:
        """The numbers of the placeholders of a kind that the example has already."""
        before, *after = (re.escape(part) for part in _named(template, kind).split("{number}"))
        if not after:
            return set()
        pattern = re.compile(before + "([0-9]+)" + r"\1".join(after))
        return {number for message in self._example.turns() for number in pattern.findall(message.content)}

    def _made(self, kind: str, more: int = 0) -> str:
        number = self._numbers[kind] + more
        if not isinstance(self._replacement, str):
            return self._replacement(kind, number)
        return _named(self._replacement, kind).replace("{number}", str(number))


def _named(template: str, kind: str) -> str:
    return template.replace("{KIND}", kind.upper()).replace("{kind}", kind)

"""How many tokens a text has, by whatever counts them. Pure, but for what a user's tokenizer does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Sized
from typing import Any, Self, cast

from racto_nb.exceptions import WrongTypeError

Tokenizer = object
"""A tiktoken encoding, a tokenizer of `tokenizers`, an object with `encode(text)`, or a function of a text."""

BYTES_PER_TOKEN = 4
NEAR = 0.9
"""A stretch that is so full is taken: to count once more costs more than it gains."""


_GOING_ON = bytes(range(0x80, 0xC0))
"""The bytes with which a character of UTF-8 goes on."""
TRIES = 24


class Measure(ABC):
    """Finds places of a text by their distance in tokens."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    def of_text(self, text: str) -> Self:
        """The same measure, for `text`."""
        return type(self)(text)

    @abstractmethod
    def count(self, start: int, end: int) -> int:
        """The tokens of the text from `start` to `end`, by itself."""
        ...

    @abstractmethod
    def end(self, start: int, tokens: int) -> int:
        """A place such that the text from `start` to there has as many tokens as `tokens` allows; at least `start` + 1."""
        ...

    @abstractmethod
    def start(self, end: int, tokens: int) -> int:
        """A place such that the text from there to `end` has at most `tokens` tokens."""
        ...


class ByBytes(Measure):
    """Estimates: four bytes of UTF-8 are one token."""

    def count(self, start: int, end: int) -> int:
        return -(-len(_bytes(self._text[start:end])) // BYTES_PER_TOKEN)

    def end(self, start: int, tokens: int) -> int:
        room = tokens * BYTES_PER_TOKEN
        read = _bytes(self._text[start : start + room])
        is_cut = len(read) > room and not _letters(read[room : room + 1])
        return start + max(_letters(read[:room]) - is_cut, 1)

    def start(self, end: int, tokens: int) -> int:
        room = tokens * BYTES_PER_TOKEN
        return end - _letters(_bytes(self._text[max(end - room, 0) : end])[-room:])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _letters(data: bytes) -> int:
    """How many characters begin in `data`."""
    return len(data.translate(None, _GOING_ON))


class ByCount(Measure):
    """Counts stretches of the text with a function of the user's, as few times as it can."""

    def __init__(self, counter: Callable[[str], int], text: str = "") -> None:
        super().__init__(text)
        self._counter = counter
        self._width = 4.0  # characters of a token, as far as is known

    def of_text(self, text: str) -> Self:
        return type(self)(self._counter, text)

    def count(self, start: int, end: int) -> int:
        return self._counter(self._text[start:end])

    def end(self, start: int, tokens: int) -> int:
        most = len(self._text) - start
        length = self._longest(self._length_after(start, tokens), most, tokens, lambda length: self.count(start, start + length))
        return start + max(length, 1)

    def start(self, end: int, tokens: int) -> int:
        return end - self._longest(self._length_before(end, tokens), end, tokens, lambda length: self.count(end - length, end))

    def _length_after(self, start: int, tokens: int) -> int:  # noqa: ARG002  (others know it from the place)
        return int(tokens * self._width)

    def _length_before(self, end: int, tokens: int) -> int:  # noqa: ARG002  (others know it from the place)
        return int(tokens * self._width)

    def _longest(self, length: int, most: int, tokens: int, count: Callable[[int], int]) -> int:
        """A length near the longest one with at most `tokens` tokens, counted; 0 where none was found."""
        best, length = 0, min(max(length, 1), most)
        for _ in range(TRIES):
            counted = count(length)
            self._width = length / max(counted, 1)
            if counted <= tokens:
                best = length
                if counted >= tokens * NEAR:
                    break
            else:
                most = length - 1
            length = min(max(int(length * tokens / max(counted, 1)), 1), most)
            if length <= best:
                break
        return best


class ByOffsets(ByCount):
    """Knows from the tokens of the whole text how long a stretch may be, so that it is counted once or twice."""

    def __init__(
        self,
        counter: Callable[[str], int],
        offsets: Callable[[str], list[int]],
        text: str = "",
    ) -> None:
        super().__init__(counter, text)
        self._offsets = offsets
        self._begins = offsets(text) if text else []

    def of_text(self, text: str) -> Self:
        return type(self)(self._counter, self._offsets, text)

    def _length_after(self, start: int, tokens: int) -> int:
        index = bisect_left(self._begins, start) + tokens
        return (self._begins[index] if index < len(self._begins) else len(self._text)) - start

    def _length_before(self, end: int, tokens: int) -> int:
        index = bisect_left(self._begins, end) - tokens
        return end - (self._begins[index] if index > 0 else 0)


def measure_of(tokenizer: Tokenizer | None) -> Measure:
    """The measure that `tokenizer` gives; None: the estimate. Raises WrongTypeError for what gives none."""
    if tokenizer is None:
        return ByBytes()
    given = cast("Any", tokenizer)
    if callable(getattr(given, "encode_ordinary", None)) and callable(getattr(given, "decode_with_offsets", None)):
        return ByOffsets(
            lambda text: len(given.encode_ordinary(text)),
            lambda text: given.decode_with_offsets(given.encode_ordinary(text))[1],
        )
    if callable(getattr(given, "encode", None)) and not isinstance(given, str):
        return _of_encoder(given)
    if callable(given):
        return ByCount(lambda text: _number(given(text), given))
    msg = f"tokenizer is a tiktoken encoding, a Tokenizer of `tokenizers`, or a function of a text, not {tokenizer!r:.80}."
    raise WrongTypeError(msg)


def _of_encoder(given: Any) -> Measure:
    encoded = given.encode("a")
    if not hasattr(encoded, "offsets"):
        return ByCount(lambda text: _number(given.encode(text), given))
    whole = _without_limits(given)

    def offsets(text: str) -> list[int]:
        return [begin for begin, _ in whole.encode(text, add_special_tokens=False).offsets]

    return ByOffsets(lambda text: len(whole.encode(text, add_special_tokens=False).offsets), offsets)


def _without_limits(tokenizer: Any) -> Any:
    """`tokenizer`, or a copy of it, that reads texts of any length: many are set to cut them or to fill them up."""
    if getattr(tokenizer, "truncation", None) is None and getattr(tokenizer, "padding", None) is None:
        return tokenizer
    copy = cast("Any", type(tokenizer)).from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def _number(counted: object, tokenizer: object) -> int:
    if isinstance(counted, int) and not isinstance(counted, bool):
        return counted
    if isinstance(counted, Sized):
        return len(counted)
    msg = f"The tokenizer {tokenizer!r:.80} gives {counted!r:.80}; a number of tokens or a list of them is expected."
    raise WrongTypeError(msg)

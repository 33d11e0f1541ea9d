"""How likely a model found the tokens that it wrote, where its provider tells. Pure.

What to ask for follows from the abilities of a model, and where the numbers stand from the shape of the reply.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from racto_nb.models.response import LLMResponse
from racto_nb.providers.wire import Abilities

_MOST_OTHERS = 20
"""As many other tokens as any provider tells for a place."""
_FEW_OTHERS = 5
"""As many as those tell that say nothing about it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer: its bytes, the natural logarithm of its probability, and those of the likeliest tokens in its place.

    The token itself may be among the `others`. `logprob` is None where it was not told.
    """

    written: bytes
    logprob: float | None
    others: tuple[tuple[bytes, float], ...] = ()


def wish_for_logprobs(able: Abilities) -> dict[str, Any]:
    """What `ChatConfig.extra` must hold for the probabilities of tokens; nothing where a model's provider has no word for it."""
    most = _MOST_OTHERS if able.logprobs else _FEW_OTHERS
    if "response_logprobs" in able.extras:
        return {"response_logprobs": True, "logprobs": most}
    if {"logprobs", "top_logprobs"} <= able.extras:
        return {"logprobs": True, "top_logprobs": most}
    return {}


def tokens_of(response: LLMResponse) -> list[Token] | None:
    """The tokens of which `response.content` consists; None where they were not told, or do not make up the text.

    >>> told = {"token": "Hi", "logprob": -0.5, "top_logprobs": []}
    >>> reply = LLMResponse(content="Hi", raw={"choices": [{"logprobs": {"content": [told]}}]})
    >>> tokens_of(reply)
    [Token(written=b'Hi', logprob=-0.5, others=())]
    """
    text = (response.content or "").encode("utf-8", "surrogatepass")
    raw = cast("object", response.raw)
    found = _of_events(cast("list[object]", raw)) if isinstance(raw, list) else _whole(raw)
    return _cut(found, text) if found and text else None


def _cut(tokens: Sequence[Token], text: bytes) -> list[Token] | None:
    """Those of `tokens` that lie within `text`. Marks around an answer (an end of a turn) are told by some."""
    start = b"".join(token.written for token in tokens).find(text)
    if start < 0:
        return None
    kept: list[Token] = []
    place = 0
    for token in tokens:
        begin, place = place, place + len(token.written)
        if begin >= start and place <= start + len(text):
            kept.append(token)
    return kept if sum(len(token.written) for token in kept) == len(text) else None


def _whole(raw: object) -> list[Token]:
    """The tokens in a reply, in whichever of the known places they stand."""
    if told := _at(raw, "choices", 0, "logprobs", "content") or _at(raw, "logprobs"):  # Chat Completions, Ollama
        return list(map(_token, told))
    if told := _at(raw, "candidates", 0, "logprobsResult", "chosenCandidates"):  # Gemini
        beside = _at(raw, "candidates", 0, "logprobsResult", "topCandidates")
        return [_token(each, _at(beside, place, "candidates")) for place, each in enumerate(told)]
    parts = [part for item in _at(raw, "output") for part in _at(item, "content")]  # Responses
    return [_token(each) for part in parts for each in _at(part, "logprobs")]


def _of_events(events: Sequence[object]) -> list[Token]:
    """The tokens in the events of a stream that was gathered."""
    return [token for event in events for token in _of_event(event)]


def _of_event(event: object) -> list[Token]:
    """The tokens of a piece of a streamed answer. A piece whose tokens are not its text is one token of unknown likelihood."""
    piece = _value(event, "choices", 0, "delta", "content")
    if not isinstance(piece, str) or not piece:
        return []
    tokens = list(map(_token, _at(event, "choices", 0, "logprobs", "content")))
    text = piece.encode("utf-8", "surrogatepass")
    return tokens if b"".join(token.written for token in tokens) == text else [Token(text, None)]


def _token(told: object, others: Sequence[object] = ()) -> Token:
    written, logprob = _pair(told)
    pairs = [_pair(other) for other in others or _at(told, "top_logprobs")]
    return Token(written, logprob, tuple((text, number) for text, number in pairs if number is not None))


def _pair(told: object) -> tuple[bytes, float | None]:
    number = _value(told, "logprob")
    number = _value(told, "logProbability") if number is None else number
    known = isinstance(number, int | float) and not isinstance(number, bool) and not math.isnan(number)
    return _bytes(told), min(float(cast("float", number)), 0.0) if known else None


def _bytes(told: object) -> bytes:
    numbers = _at(told, "bytes")
    if numbers and all(isinstance(number, int) and 0 <= number < 256 for number in numbers):  # noqa: PLR2004  (a byte)
        return bytes(cast("list[int]", numbers))
    return str(_value(told, "token") or "").encode("utf-8", "surrogatepass")


def _at(value: object, *path: str | int) -> list[object]:
    """The list that stands at `path` within `value`; an empty one where there is none."""
    found = _value(value, *path)
    return cast("list[object]", found) if isinstance(found, list) else []


def _value(value: object, *path: str | int) -> object:
    for step in path:
        if isinstance(value, dict):
            value = cast("dict[object, object]", value).get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(cast("list[object]", value)):
            value = cast("list[object]", value)[step]
        else:
            return None
    return value

"""Which messages of a history fit a budget: whole exchanges at both ends, in their order. Pure.

The gap in the middle is one. It is as small as it can be with the first and the last messages kept: the newest of the middle stay
as far as they fit. Where even the first and the last do not fit, the gap grows outwards, on the side that has more messages left;
the beginning gives way first where both have as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from racto_nb.kits.counting import MESSAGE_TOKENS, TokenCounter, asked_in, message_tokens, system_tokens, tools_tokens
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.providers.pairing import NOT_CARRIED_OUT


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn of the user with all that followed it: `size` messages of the history from `start` on, and their `tokens`."""

    start: int
    size: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A question by its tokens: what is `fixed` and never left out, and the exchanges of its history."""

    fixed: int
    exchanges: tuple[Exchange, ...]

    @property
    def tokens(self) -> int:
        """All of it."""
        return self.fixed + sum(each.tokens for each in self.exchanges)


def measured(config: ChatConfig, count: TokenCounter) -> Measured:
    """A resolved `config` by its tokens. System messages that begin the history belong to the system text: they are fixed."""
    opening = _opening(config.history)
    fixed = system_tokens(config, count) + tools_tokens(config, count)
    fixed += sum(message_tokens(turn, count) for turn in [*config.history[:opening], *asked_in(config)])
    return Measured(fixed + MESSAGE_TOKENS, _exchanges(config.history, opening, count))


def gap(found: Measured, budget: int, *, first: int, last: int) -> range:
    """The places in the history of the messages to leave out, so that the rest has at most `budget` tokens.

    `first` and `last` messages are kept where they fit. What is fixed must fit by itself.
    """
    exchanges = found.exchanges
    if found.tokens <= budget:
        return range(0)
    head = _covering(exchanges, first)
    tail = min(_covering(exchanges[::-1], last), len(exchanges) - head)
    head, tail = _shrunk(exchanges, head, tail, budget - found.fixed)
    tail = _extended(exchanges, head, tail, budget - found.fixed)
    middle = exchanges[head : len(exchanges) - tail]
    return range(middle[0].start, middle[-1].start + middle[-1].size)


def _opening(history: Sequence[Message]) -> int:
    return next((place for place, turn in enumerate(history) if turn.role is not MessageRole.SYSTEM), len(history))


def _exchanges(history: Sequence[Message], opening: int, count: TokenCounter) -> tuple[Exchange, ...]:
    begins = [place for place in range(opening, len(history)) if place == opening or _begins(history, place)]
    spans = pairwise([*begins, len(history)])
    return tuple(Exchange(start, end - start, _tokens(history[start:end], count)) for start, end in spans)


def _begins(history: Sequence[Message], place: int) -> bool:
    """Whether an exchange begins here: with the user, or with a system message that stands in no call's way to its result."""
    role = history[place].role
    follows = next((turn.role for turn in history[place + 1 :] if turn.role is not MessageRole.SYSTEM), None)
    return role is MessageRole.USER or (role is MessageRole.SYSTEM and follows is not MessageRole.TOOL)


def _tokens(turns: Sequence[Message], count: TokenCounter) -> int:
    """The tokens of an exchange, with a result for each call that has none: providers are sent one."""
    calls = [call for turn in turns for call in turn.tool_calls]
    unanswered = max(len(calls) - sum(turn.role is MessageRole.TOOL for turn in turns), 0)
    made_up = sum(MESSAGE_TOKENS + count(NOT_CARRIED_OUT) + count(call.name) for call in calls) if unanswered else 0
    return made_up + sum(message_tokens(turn, count) for turn in turns)


def _covering(exchanges: Sequence[Exchange], messages: int) -> int:
    """How many exchanges from the beginning hold at least so many messages."""
    held = 0
    for number, each in enumerate(exchanges):
        if held >= messages:
            return number
        held += each.size
    return len(exchanges)


def _shrunk(exchanges: Sequence[Exchange], head: int, tail: int, room: int) -> tuple[int, int]:
    """As much of both ends as fits `room`. With running sums: of a very long history each exchange is looked at once."""
    tokens = sum(each.tokens for each in _kept(exchanges, head, tail))
    at_the_head = sum(each.size for each in exchanges[:head])
    at_the_tail = sum(each.size for each in exchanges[len(exchanges) - tail :])
    while tokens > room:
        if at_the_head >= at_the_tail:
            head -= 1
            gone = exchanges[head]
            at_the_head -= gone.size
        else:
            gone = exchanges[len(exchanges) - tail]
            tail -= 1
            at_the_tail -= gone.size
        tokens -= gone.tokens
    return head, tail


def _extended(exchanges: Sequence[Exchange], head: int, tail: int, room: int) -> int:
    """The tail with the exchanges before it that fit too."""
    left = room - sum(each.tokens for each in _kept(exchanges, head, tail))
    while head + tail < len(exchanges) and (nearer := exchanges[len(exchanges) - tail - 1]).tokens <= left:
        tail, left = tail + 1, left - nearer.tokens
    return tail


def _kept(exchanges: Sequence[Exchange], head: int, tail: int) -> list[Exchange]:
    return [*exchanges[:head], *exchanges[len(exchanges) - tail :]]

"""What was left out of a conversation that was too long. Pure values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Truncation:
    """What a truncator made of a conversation.

    `left_out` are the places in the history of the messages that were not sent. The other messages were, in their order.
    `tokens_before` and `tokens_after` count the whole prompt by the truncator's counter; `budget` is what it may have: the
    `window` without the room for the answer and the safety margin. `summary` is what stands in their place, "" for nothing.

    >>> Truncation((2, 3), 6, 900, 500, budget=600, window=1000).notice
    '2 of 6 messages left out'
    """

    left_out: tuple[int, ...]
    messages_before: int
    tokens_before: int
    tokens_after: int
    budget: int
    window: int
    summary: str = ""

    @property
    def messages_after(self) -> int:
        """How many messages of the history were sent."""
        return self.messages_before - len(self.left_out)

    @property
    def notice(self) -> str:
        """A few words for people; "" where nothing was left out."""
        if not self.left_out:
            return ""
        how = "summarised" if self.summary else "left out"
        return f"{len(self.left_out)} of {self.messages_before} messages {how}"

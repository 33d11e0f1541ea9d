"""Which way a question went that was asked of "auto". Pure values."""

from __future__ import annotations

from dataclasses import dataclass

AUTO = "auto"
"""The model of a kit whose router chooses one for each question."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A model that was asked first and could not answer, and the `reason`."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """How a router chose: the `model` that was asked, the question's `score` (0 to 100), and what was `passed` before it.

    >>> str(Route("gpt-6-luna", 12))
    'auto → gpt-6-luna (score 12)'
    """

    model: str
    score: int
    passed: tuple[Passed, ...] = ()

    def __str__(self) -> str:
        return f"{AUTO} → {self.model} (score {self.score}{''.join(f'; not {each.model}' for each in self.passed)})"

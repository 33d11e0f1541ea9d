"""What a check says of a dataset. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "hint"]
"""An "error" makes a provider refuse the file or the model learn what is wrong; a "warning" should be looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found: the `rule` that says so, how bad it is, where, and what to do about it.

    `example` is the place of the example in the dataset, from 0, None for the dataset as a whole; `message` the place of the
    message in it. `fix` says in words what to do; `fixable` whether `RactoDataset.fix()` does it without a loss. `shown` is the
    piece of text that it is about, never a whole secret.

    >>> print(Finding("empty_content", "error", "The text is empty.", example=3, message=1))
    Example 3, message 1: The text is empty.
    """

    rule: str
    severity: Severity
    says: str
    example: int | None = None
    message: int | None = None
    fix: str = ""
    fixable: bool = False
    shown: str = ""

    def __str__(self) -> str:
        if self.example is None:
            return self.says
        where = f"Example {self.example}" + (f", message {self.message}" if self.message is not None else "")
        return f"{where}: {self.says}"

"""What a check says of a dataset. Pure values."""

from __future__ import annotations

from typing import Any, Literal, Self

Severity = Literal["error", "warning", "hint"]
"""An "error" makes a provider refuse the file or the model learn what is wrong; a "warning" should be looked at."""


class Finding(str):
    """One thing that a check found: the `rule` that says so, how bad it is, where, and what to do about it.

    It is the text that it reads as, so that a list of findings is a list of texts: it is printed, joined, searched and compared
    as one, and cannot be changed. The fields are beside it.

    `example` is the place of the example in the dataset, from 0, None for the dataset as a whole; `message` the place of the
    message in it. `fix` says in words what to do; `fixable` whether `RactoDataset.fix()` does it without a loss. `shown` is the
    piece of text that it is about, never a whole secret.

    >>> found = Finding("empty_content", "error", "The text is empty.", example=3, message=1, fix="Write one.")
    >>> print(found)
    Example 3, message 1: The text is empty. Write one.
    >>> found.rule, found.example
    ('empty_content', 3)
    """

    __slots__ = ("example", "fix", "fixable", "message", "rule", "says", "severity", "shown")

    rule: str
    severity: Severity
    says: str
    example: int | None
    message: int | None
    fix: str
    fixable: bool
    shown: str

    def __new__(
        cls,
        rule: str,
        severity: Severity,
        says: str,
        *,
        example: int | None = None,
        message: int | None = None,
        fix: str = "",
        fixable: bool = False,
        shown: str = "",
    ) -> Self:
        found = super().__new__(cls, _text(says, example, message, fix))
        values = (rule, severity, says, example, message, fix, fixable, shown)
        for field, value in zip(FIELDS, values, strict=True):
            object.__setattr__(found, field, value)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"A Finding cannot be changed: {name!r} stays as it is."
        raise AttributeError(msg)

    def __str__(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        place = "".join(f", {name}={value}" for name in ("example", "message") if (value := getattr(self, name)) is not None)
        return f"Finding({self.rule!r}, {self.severity!r}, {self.says!r}{place})"

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.rule, self.severity, self.says, {field: getattr(self, field) for field in FIELDS[3:]})


FIELDS = ("rule", "severity", "says", "example", "message", "fix", "fixable", "shown")
"""The fields of a finding, in the order in which it is made of them."""


def _text(says: str, example: int | None, message: int | None, fix: str) -> str:
    said = f"{says} {fix}" if fix else says
    if example is None:
        return said
    return f"Example {example}" + (f", message {message}" if message is not None else "") + f": {said}"


def _again(kind: type[Finding], rule: str, severity: Severity, says: str, others: dict[str, Any]) -> Finding:
    return kind(rule, severity, says, **others)

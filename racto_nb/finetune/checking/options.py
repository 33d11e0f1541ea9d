"""What a check of a dataset is asked. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.compared import Forms


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What each rule is told: the `target` that the data is for, and what it is compared with.

    `model` is the model to be tuned, None where it is not known yet; `validation` the examples that a tuned model is measured
    with (none: nothing is said about leaks). `max_tokens` is the most tokens of an example, in place of the documented figure.
    `likeness` is the share of what two texts have in common (0 to 1) from which they are near duplicates, `ngram` the number of
    words in a row that must not stand on both sides of a split, `label` the tag that holds the class of an example.
    `forms` keeps what the rules on likeness compare, so that each form of the examples is made once.
    """

    target: Target
    model: str | None = None
    validation: Sequence[RactoTrainingExample] = ()
    max_tokens: int | None = None
    likeness: float = 0.75
    ngram: int = 13
    label: str = "label"
    forms: Forms = field(default_factory=Forms, compare=False, repr=False)

    def __post_init__(self) -> None:
        for what, value in (("max_tokens", self.max_tokens), ("ngram", self.ngram)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
                msg = f"{what} is a whole number from 1 on, not {value!r:.80}."
                raise UsageError(msg)
        if not isinstance(self.likeness, int | float) or not 0 <= self.likeness <= 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"likeness is a share between 0 and 1, not {self.likeness!r:.80}."
            raise UsageError(msg)

    @property
    def provider(self) -> str:
        """The name of the target, such as "openai" or "gemini_preference"."""
        return self.target.name

"""How many examples there are. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from racto_nb.finetune.checking.images import limits_of
from racto_nb.finetune.checking.limits import LIMITS
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import surveyed
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding

Examples = Sequence[RactoTrainingExample]


def _empty(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    if not examples:
        yield Finding("empty_dataset", "error", "There are no examples.", fix="Add some with add, extend or from_pairs.")


def _too_few(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    least = limits_of(ask).least
    if least is not None and 0 < len(examples) < least:
        says = f"There {_are(len(examples))}; {ask.provider!r} takes files of {least} or more."
        yield Finding("too_few_examples", "error", says)


def _few(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    limits = limits_of(ask)
    if limits.advised is not None and (limits.least or 1) <= len(examples) < limits.advised:
        says = f"There {_are(len(examples))}; the provider advises to begin with {limits.advised}."
        yield Finding("few_examples", "hint", says)


def _too_many(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    limits = limits_of(ask)
    if limits.most is not None and len(examples) > limits.most:
        yield Finding("too_many_examples", "error", f"There {_are(len(examples))}; {ask.provider!r} takes {limits.most:,}.")
    if limits.most_with_files is not None and len(examples) > limits.most_with_files:
        with_files = sum(_has_files(example) for _place, example in surveyed(examples).specials())
        if with_files > limits.most_with_files:
            says = f"There {_are(with_files)} with files; {ask.provider!r} takes {limits.most_with_files:,}."
            yield Finding("too_many_examples", "error", says)


def _has_files(example: RactoTrainingExample) -> bool:
    return any(message.attachments for message in example.turns())


def _are(count: int) -> str:
    return "is 1 example" if count == 1 else f"are {count:,} examples"


def _states(*figures: str) -> Callable[[Target], bool]:
    """Whether a target has one of these figures."""
    return lambda target: target.name in LIMITS and any(getattr(LIMITS[target.name], figure) is not None for figure in figures)


RULES = (
    Rule("empty_dataset", "error", "There are no examples at all.", _empty),
    Rule("too_few_examples", "error", "There are fewer examples than the provider takes.", _too_few, holds=_states("least")),
    Rule("few_examples", "hint", "There are fewer examples than the provider advises.", _few, holds=_states("advised")),
    Rule(
        "too_many_examples",
        "error",
        "There are more examples than the provider takes.",
        _too_many,
        holds=_states("most", "most_with_files"),
    ),
)

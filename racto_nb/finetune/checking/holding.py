"""Whether the format can hold each example at all: what is valid can be written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import Surveyed, surveyed
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.formats.format import format_named


def _not_held(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    form, read = format_named(ask.provider), surveyed(examples)
    special = set(read.special)
    for place in read.special:
        if said := _refused(form.record, read[place]):
            yield Finding("not_held", "error", said, example=place)
    for places in _alike(read, special):
        # Examples of nothing but roles and texts are held, or refused, for their roles alone.
        if said := _refused(form.record, read[places[0]]):
            for place in places:
                yield Finding("not_held", "error", said, example=place)


def _alike(examples: Surveyed, special: set[int]) -> Iterator[list[int]]:
    for places in examples.orders.values():
        if plain := [place for place in places if place not in special]:
            yield plain


def _refused(record: Callable[[RactoTrainingExample], object], example: RactoTrainingExample) -> str:
    """Why a format refuses an example; empty where it holds it."""
    try:
        record(example)
    except DatasetFormatError as error:
        return str(error)
    return ""


RULES = (
    Rule(
        "not_held",
        "error",
        "The format cannot write the example, for a reason that no other rule has told of.",
        _not_held,
        unless_told=True,
    ),
)

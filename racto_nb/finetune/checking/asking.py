"""Asking all rules, and mending what they find. Pure functions over examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from racto_nb.finetune.checking.contents import wrong_types
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import Surveyed
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding

Examples = Sequence[RactoTrainingExample]

_BLANK = RactoTrainingExample(())


def found(examples: Examples, ask: CheckOptions, rules: Sequence[Rule]) -> Iterator[Finding]:
    """What the rules find, one rule after the other.

    An example with values of the wrong kind is told of by `wrong_types` alone: no other rule could read it. Such examples of
    the validation set are compared with nothing, and told of once.
    """
    unreadable = {finding.example for finding in wrong_types(examples, ask)}
    read = Surveyed(_blanked(examples, unreadable))
    odd = {finding.example for finding in wrong_types(ask.validation, ask)}
    ask = dataclasses.replace(ask, validation=_blanked(ask.validation, odd)) if odd else ask
    told: set[int | None] = set(unreadable)
    for rule in rules:
        silent = set(told) if rule.unless_told else unreadable
        for finding in rule.check(examples if rule.check is wrong_types else read, ask):
            if rule.check is wrong_types or finding.example is None or finding.example not in silent:
                if finding.severity == "error":
                    told.add(finding.example)
                yield finding
        if rule.check is wrong_types and odd:
            yield _of_validation(len(odd), min(place for place in odd if place is not None))


def _blanked(examples: Examples, places: set[int | None]) -> list[RactoTrainingExample]:
    """The examples, each in its place, those of `places` with nothing in them."""
    return [_BLANK if place in places else example for place, example in enumerate(examples)]


def _of_validation(count: int, first: int) -> Finding:
    says = f"{count:,} of the validation examples hold values of the wrong kind, the first is {first} of them."
    return Finding("wrong_types", "error", says, fix="Check that dataset too: its validate() says which values.")


class Mended(NamedTuple):
    """Examples after mending, and how many places each rule changed."""

    examples: list[RactoTrainingExample]
    done: dict[str, int]


def mended(examples: Examples, ask: CheckOptions, rules: Sequence[Rule], *, named: bool) -> Mended:
    """The examples without what can be mended. Rules that mend what may be meant do so only where they are `named`.

    Each rule sees what those before it left, so that a second time there is nothing to do.
    """
    now, done = list(examples), dict[str, int]()
    for rule in rules:
        if rule.mend is None or (rule.when_named and not named):
            continue
        findings = [finding for finding in found(now, ask, [rule]) if finding.fixable or rule.when_named]
        if not findings:
            continue
        after = rule.mend(now, findings)
        changed = sum(one != other for one, other in zip(now, after, strict=True))
        if changed:
            now, done[rule.name] = after, changed
    return Mended(now, done)


def in_words(done: dict[str, int], provider: str) -> str:
    """What was mended, for the history of a dataset.

    >>> in_words({"weight": 1, "unknown_role": 3}, "gemini")
    'fixed for gemini: weight in 1 example, unknown_role in 3 examples'
    """
    parts = [f"{name} in {count} example{'' if count == 1 else 's'}" for name, count in done.items()]
    return f"fixed for {provider}: {', '.join(parts) if parts else 'nothing to do'}"

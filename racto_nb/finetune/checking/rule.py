"""A rule: its name, how bad its findings are, where it holds, what it says, and how it is checked. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity

Check: TypeAlias = Callable[[Sequence[RactoTrainingExample], CheckOptions], Iterator[Finding]]
"""A check: all examples in, findings out. It changes nothing, and takes each example that can be made."""

Mend: TypeAlias = Callable[[Sequence[RactoTrainingExample], Sequence[Finding]], list[RactoTrainingExample]]
"""What a rule mends: all examples and the findings of the rule in, the mended examples out."""


def everywhere(target: Target) -> bool:
    """The rule holds wherever the data goes."""
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `says` is its line in the table of the documents.

    `severity` is that of its findings (a check may say less of a single one). `holds` tells for which targets it is asked. `mend`
    does what `RactoDataset.fix()` does about it, None for nothing; with `when_named`, only where the rule is named, because what
    is mended may have been meant. With `unless_told` it speaks of examples alone of which no rule before it has told an error.
    """

    name: str
    severity: Severity
    says: str
    check: Check
    holds: Callable[[Target], bool] = everywhere
    mend: Mend | None = None
    when_named: bool = False
    unless_told: bool = False

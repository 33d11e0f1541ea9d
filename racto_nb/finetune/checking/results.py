"""All findings of a check: a list of the errors, with everything else beside it. Kind: plain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, SupportsIndex, cast, overload

from racto_nb.finetune.findings import FIELDS, Finding

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_SHOWN = 20


class Findings(list[str]):
    """What `validate` found. As a list it has the errors, so that `if errors:` asks whether the data can be trained with.

    Warnings and hints are no reason to stop; they are in `.warnings` and `.hints`, and everything is in `.all`, in the order of
    the examples. Each entry is a `Finding`: a text with fields. `print(findings)` shows all, errors first.

    >>> findings = Findings([Finding("few_examples", "hint", "There are 12 examples.")], provider="openai", examples=12)
    >>> bool(findings), findings.hints[0].rule
    (False, 'few_examples')
    >>> findings
    <Findings of 12 examples for openai: no errors, no warnings, 1 hint>
    """

    def __init__(self, found: Iterable[Finding] = (), *, provider: str = "", examples: int = 0) -> None:
        self.all: tuple[Finding, ...] = tuple(sorted(found, key=_place))
        self.provider, self.examples = provider, examples
        super().__init__(finding for finding in self.all if finding.severity == "error")

    @property
    def errors(self) -> list[Finding]:
        """What a provider refuses, or what a model would learn wrongly."""
        return [finding for finding in self.all if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What should be looked at."""
        return [finding for finding in self.all if finding.severity == "warning"]

    @property
    def hints(self) -> list[Finding]:
        """What may be meant, and may be better otherwise."""
        return [finding for finding in self.all if finding.severity == "hint"]

    @property
    def fixable(self) -> list[Finding]:
        """What `RactoDataset.fix()` mends without a loss."""
        return [finding for finding in self.all if finding.fixable]

    def by_rule(self) -> dict[str, list[Finding]]:
        """All findings by the name of their rule, the most frequent first."""
        groups: dict[str, list[Finding]] = {}
        for finding in self.all:
            groups.setdefault(finding.rule, []).append(finding)
        return dict(sorted(groups.items(), key=lambda group: -len(group[1])))

    def to_frame(self, *, library: Literal["polars", "pandas"] = "polars") -> pl.DataFrame | pd.DataFrame:
        """A row for each finding, with its fields as columns."""
        columns = {field: [getattr(finding, field) for finding in self.all] for field in FIELDS}
        if library == "pandas":
            import pandas as pd

            whole = dict.fromkeys(("example", "message"), "Int64")
            return pd.DataFrame(columns).astype(whole)
        import polars as pl

        return pl.DataFrame(columns, schema_overrides={"example": pl.Int64, "message": pl.Int64})

    def summary(self) -> str:
        """One line: how many errors, warnings and hints there are."""
        counts = ((len(self), "error"), (len(self.warnings), "warning"), (len(self.hints), "hint"))
        return ", ".join(f"{count or 'no'} {word}{'' if count == 1 else 's'}" for count, word in counts)

    # The entries are findings, which are texts: the list is one of texts, and types say more of what is taken from it.
    def __iter__(self) -> Iterator[Finding]:
        return cast("Iterator[Finding]", super().__iter__())

    @overload
    def __getitem__(self, index: SupportsIndex) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Finding | list[str]:
        return cast("Finding | list[str]", super().__getitem__(index))

    def __str__(self) -> str:
        lines = [f"{self.summary().capitalize()} in {self.examples:,} examples for {self.provider}."]
        first = (*self.errors, *self.warnings, *self.hints)[:_SHOWN]
        lines += [f"{finding.severity:<7}  {finding.rule}: {finding}" for finding in first]
        if len(self.all) > _SHOWN:
            lines.append(f"... and {len(self.all) - _SHOWN:,} more: .all, .by_rule(), .to_frame()")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Findings of {self.examples:,} examples for {self.provider}: {self.summary()}>"


def _place(finding: Finding) -> tuple[int, int]:
    """What is said of the dataset comes first, then the examples in their order."""
    return (-1 if finding.example is None else finding.example, -1 if finding.message is None else finding.message)

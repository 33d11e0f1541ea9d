"""Findings as they may be printed: what they quote shows no personal data and no secret, whatever the rule is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.privacy.hiding import finds_in, hidden_finds

_MASKED = frozenset({"personal_data", "secrets", "wrong_types"})
"""Their findings show no more than a beginning, or quote nothing."""


def without_finds(findings: Iterable[Finding], examples: Sequence[RactoTrainingExample]) -> Iterator[Finding]:
    """The findings, those that quote an example with such a piece in it with the piece masked."""
    known: dict[int, list[tuple[str, str]]] = {}
    for finding in findings:
        place = finding.example
        if place is None or finding.rule in _MASKED or not (finding.shown or "'" in finding.says):
            yield finding
            continue
        if place not in known:
            known[place] = finds_in(examples[place])
        yield _hidden(finding, known[place]) if known[place] else finding


def _hidden(finding: Finding, finds: list[tuple[str, str]]) -> Finding:
    says, shown = hidden_finds(finding.says, finds), hidden_finds(finding.shown, finds)
    return Finding(
        finding.rule,
        finding.severity,
        says,
        example=finding.example,
        message=finding.message,
        fix=finding.fix,
        fixable=finding.fixable,
        shown=shown,
    )

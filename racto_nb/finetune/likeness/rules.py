"""The checks of what is alike. Each finding shows a short piece of the text, and how many examples it is about. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity
from racto_nb.finetune.likeness.contradicting import contradictions
from racto_nb.finetune.likeness.duplicating import duplicates, near_duplicates, shown_of
from racto_nb.finetune.likeness.leaking import leaks
from racto_nb.finetune.likeness.nearness import templated
from racto_nb.finetune.likeness.results import DuplicateGroup

Examples = Sequence[RactoTrainingExample]

_DEDUPE = "dedupe() keeps the first one."
_LOOK = "Look at them; dedupe() leaves out only what is the same to the letter."
_DEDUPE_NEAR = "Look at them; dedupe(near=True) keeps the first one."
_TEMPLATE = "Look whether they are copies of one text rather than questions in a template."
_DECIDE = "Decide which answer is right, and take the other out."
_SPLIT = "Take it out of one side, or make both with split(), which keeps together what gives each other away."


def exact_duplicates(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    """Conversations that are the same, to the letter or but for case and punctuation; a hint where symbols differ."""
    for group in duplicates(examples, forms=ask.forms):
        fix = _DEDUPE if group.kind == "exact" else _LOOK
        yield _of_group(group, "exact_duplicates", "hint" if group.kind == "symbols" else "warning", fix)


def near_copies(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    """Conversations that are nearly the same, and how many have a template around them that was not compared."""
    for group in near_duplicates(examples, threshold=ask.likeness, forms=ask.forms):
        yield _of_group(group, "near_duplicates", "hint", _DEDUPE_NEAR)
    if places := templated(ask.forms.of(examples, "words")):
        says = f"{len(places):,} examples share words that were taken for a template around them: what is their own was compared."
        shown = shown_of(examples[places[0]])
        yield Finding("near_duplicates", "hint", says, example=places[0], fix=_TEMPLATE, shown=shown)


def contradicting(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    """The same question with different answers."""
    for one in contradictions(examples, label=ask.label, forms=ask.forms):
        severity = "hint" if one.of == "text" else "warning"
        yield Finding("contradictions", severity, f"{one}.", example=one.examples[0], fix=_DECIDE, shown=one.shown)


def leakage(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    """What of the validation examples is in the training examples. The place is that of the training example."""
    if not ask.validation:
        return
    for leak in leaks(examples, ask.validation, ask.ngram, threshold=ask.likeness, forms=ask.forms):
        shown = leak.spans[0].text if leak.spans else leak.shown
        severity = "hint" if leak.kind in {"near", "symbols"} else "warning"
        yield Finding("leakage", severity, f"{leak}.", example=leak.train, fix=_SPLIT, shown=shown[:80])


def _of_group(group: DuplicateGroup, rule: str, severity: Severity, fix: str) -> Finding:
    return Finding(rule, severity, f"{group}.", example=group.examples[0], fix=fix, shown=group.shown)


RULES: tuple[Rule, ...] = (
    Rule("exact_duplicates", "warning", "The same conversation is there more than once.", exact_duplicates),
    Rule("near_duplicates", "hint", "Two conversations are nearly the same.", near_copies),
    Rule("contradictions", "warning", "The same question has different answers.", contradicting),
    Rule("leakage", "warning", "A validation example is in the training data.", leakage),
)
"""The rules on what is alike."""

"""What a check says of duplicates, contradictions and leaks."""

from __future__ import annotations

import pytest
from finetune.alike import asked

from racto_nb.finetune import Finding, RactoDataset, RactoTrainingExample

ask = RactoTrainingExample.from_pair
NEAR = asked("I am still waiting for my new card", "I am still waiting for my new cards")
LABELS = [*asked("Why?", "Who?"), ask("When?", "no")]
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"


def found(examples: list[RactoTrainingExample], rule: str, **asked_for: object) -> list[Finding]:
    return list(RactoDataset(examples).validate("openai", rules=[rule], **asked_for).all)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("rule", "wrong", "right", "says", "severity"),
    [
        ("exact_duplicates", asked("Why?", "Hi", "why", "WHY"), asked("Why?", "Hi"), "Examples 0, 2, 3 are the same", "warning"),
        ("exact_duplicates", asked("Why?", "Why?"), asked("Why?", "Hi"), "Examples 0, 1 are the same: ", "warning"),
        ("exact_duplicates", asked("£1 fee", "€1 fee"), asked("£1 fee", "€2 fee"), "but for symbols", "hint"),
        ("near_duplicates", NEAR, asked("Why?", "Hi"), "Examples 0, 1 are near (0.91)", "hint"),
        ("contradictions", [ask("why", "no"), *LABELS], LABELS, "'no' / 'yes'", "warning"),
        ("contradictions", [ask("Hi", "One."), ask("Hi", "Two.")], asked("Hi", "Bye"), "'One.' / 'Two.'", "hint"),
    ],
)
def test_what_is_alike_is_found_and_counted(
    rule: str, wrong: list[RactoTrainingExample], right: list[RactoTrainingExample], says: str, severity: str
):
    (finding,) = found(wrong, rule)
    assert (finding.rule, finding.severity, finding.example) == (rule, severity, 0)
    assert says.casefold() in finding.casefold()
    assert finding.shown
    assert finding.fix
    assert found(right, rule) == []


def test_leaks_are_told_of_where_there_is_validation_data():
    train = asked("Hi", f"Well, {LONG} and so on", *(message.messages[0].content for message in NEAR[:1]))
    validation = [*asked("hi!", f"But {LONG} or else and all that is more"), NEAR[1]]
    assert found(train, "leakage") == []
    told = found(train, "leakage", validation=validation)
    assert [(one.severity, one.example) for one in told] == [("warning", 0), ("warning", 1), ("hint", 2)]
    assert told[1].shown == LONG[:80]
    assert len(found(train, "leakage", validation=validation, likeness=0.95)) == 2
    assert len(found(train, "leakage", validation=validation, ngram=14)) == 2

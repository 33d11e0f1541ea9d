"""What stands in the messages: values of the right kind, texts that are there, keys that are known, weights. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from racto_nb.finetune.checking.mending import with_turns
from racto_nb.finetune.checking.naming import meant
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import surveyed
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity
from racto_nb.finetune.formats.leftovers import unknown_keys
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.finetune.value_kinds import misfits_of


def wrong_types(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    """Fields that hold another kind of value than they say, such as None for a text. Nothing else is asked of such an example."""
    for place, example in enumerate(examples):
        for misfit in misfits_of(example):
            yield Finding("wrong_types", "error", misfit.says, example=place, message=misfit.message, fix=misfit.fix)


def _empty_content(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    read = surveyed(examples)
    for place in read.edges:
        for number, message in enumerate(read[place].turns()):
            if message.content and not message.content.isspace():
                continue
            if not message.attachments and not message.tool_calls and meant(message.role) != "tool":
                says = f"The text of the {message.role!r:.60} message is empty."
                yield Finding("empty_content", "error", says, example=place, message=number, fix="Write it, or take it out.")


def _extra_keys(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    severity: Severity = "error" if ask.target.strict_keys else "warning"
    fix = 'fix(rules=["extra_keys"]) takes them out.'
    for place, example in surveyed(examples).specials():
        if keys := unknown_keys(example.extra):
            says = f"It has keys that the format does not know: {_names(keys)}."
            yield Finding("extra_keys", severity, says, example=place, fix=fix)
        for number, message in enumerate(example.turns()):
            if keys := unknown_keys(message.extra):
                says = f"The message has keys that the format does not know: {_names(keys)}."
                yield Finding("extra_keys", severity, says, example=place, message=number, fix=fix)


def _names(keys: Sequence[str]) -> str:
    shown = ", ".join(f"{name!r:.60}" for name in keys[:5])
    return shown + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")  # noqa: PLR2004  (enough to find them)


def _without_extras(examples: Sequence[RactoTrainingExample], findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    bare = with_turns(examples, findings, lambda message: msgspec.structs.replace(message, extra=_wording(message.extra)))
    for finding in findings:
        if finding.example is not None and finding.message is None:
            example = bare[finding.example]
            bare[finding.example] = msgspec.structs.replace(example, extra=_wording(example.extra))
    return bare


def _wording(extra: dict[str, object] | None) -> dict[str, object] | None:
    """How a file words what there are fields for, without the keys that are unknown."""
    unknown = set(unknown_keys(extra))
    return {key: value for key, value in (extra or {}).items() if key not in unknown} or None


def _weights(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        learnt, weighted = False, False
        for number, message in enumerate(example.turns()):
            learnt = learnt or (message.weight != 0 and meant(message.role) == "assistant")
            if message.weight is not None:
                weighted = True
                yield from _weight(message, place, number)
        if weighted and not learnt and ask.target.method == "supervised":
            yield Finding("weight", "error", "The weight of each answer is 0: nothing is learnt.", example=place)


def _weight(message: RactoTrainingMessage, place: int, number: int) -> Iterator[Finding]:
    if meant(message.role) != "assistant":
        says = f"A {message.role!r:.60} message has a weight; only answers are learnt."
        yield Finding("weight", "error", says, example=place, message=number, fix="Leave it out.", fixable=True)
    elif message.weight not in {0, 1}:
        says = f"The weight is {message.weight!r:.30}."
        yield Finding("weight", "error", says, example=place, message=number, fix="It is 0 or 1.")


def _weightless(examples: Sequence[RactoTrainingExample], findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    return with_turns(
        examples,
        findings,
        lambda message: message if meant(message.role) == "assistant" else msgspec.structs.replace(message, weight=None),
    )


def _lost_weights(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        for number, message in enumerate(example.turns()):
            if message.weight is not None:
                idle = _says_nothing(message)
                fix = "Leave it out." if idle else "OpenAI's format has weights; or take the turn out."
                says = f"This format has no weights, and the message has {message.weight!r:.30}."
                yield Finding("lost_weight", "error", says, example=place, message=number, fix=fix, fixable=idle)


def _says_nothing(message: RactoTrainingMessage) -> bool:
    """Whether a message is learnt in the same way without its weight."""
    return message.weight == 1 or meant(message.role) != "assistant"


def _without_weights(examples: Sequence[RactoTrainingExample], findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    return with_turns(examples, findings, lambda message: msgspec.structs.replace(message, weight=None))


RULES = (
    Rule(
        "wrong_types",
        "error",
        "A field holds another kind of value than it says, such as None for a text, or what no file can hold.",
        wrong_types,
    ),
    Rule("empty_content", "error", "A message has no text, no file and no call.", _empty_content),
    Rule(
        "extra_keys",
        "warning",
        "There are keys that the format does not know (an error for Anthropic, which refuses them).",
        _extra_keys,
        holds=lambda target: target.family != "racto",
        mend=_without_extras,
        when_named=True,
    ),
    Rule(
        "weight",
        "error",
        "A weight is not 0 or 1, belongs to no answer, or leaves nothing to learn.",
        _weights,
        holds=lambda target: target.weights,
        mend=_weightless,
    ),
    Rule(
        "lost_weight",
        "error",
        "A weight is in a format that has none.",
        _lost_weights,
        holds=lambda target: not target.weights,
        mend=_without_weights,
    ),
)

"""Whether each example is of the kind that the format holds: answers, preference pairs, or items to be graded. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.naming import meant
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import surveyed
from racto_nb.finetune.checking.targets import TARGETS, Method, Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.messages import RactoTrainingMessage

Examples = Sequence[RactoTrainingExample]
Messages = Sequence[RactoTrainingMessage]


def _wrong_kind(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        if example.preferred or example.rejected:
            says = f"It is a preference pair, which the format {ask.provider!r} does not hold."
            yield Finding("wrong_kind", "error", says, example=place, fix=f"Such pairs go to {_names('preference')}.")
        if example.reference is not None and ask.target.method != "reinforcement":
            says = f"It has a reference for graders, which the format {ask.provider!r} does not hold."
            yield Finding("wrong_kind", "warning", says, example=place, fix=f"Such items go to {_names('reinforcement')}.")


def _names(method: Method) -> str:
    """The formats of a method, as users name them."""
    return " or ".join(f'provider="{target.name}"' for target in TARGETS.values() if target.method == method)


def _pairs(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in enumerate(examples):
        for side, answer in (("preferred", example.preferred), ("rejected", example.rejected)):
            if said := _side(answer, ask.target):
                yield Finding("preference_pair", "error", f"The {side} answer {said}", example=place)
        if example.preferred and _texts(example.preferred) == _texts(example.rejected):
            says = "The preferred and the rejected answer are the same: there is nothing to prefer."
            yield Finding("preference_pair", "error", says, example=place, fix="Write two that differ.")


def _texts(answer: Messages) -> list[object]:
    return [(message.content.strip(), tuple(message.tool_calls), tuple(message.attachments)) for message in answer]


def _side(answer: Messages, target: Target) -> str:
    """What is wrong with one side of a pair, as the end of a sentence; empty when it is right."""
    roles = [meant(message.role) for message in answer]
    if not roles:
        return "is missing."
    if other := [role for role in roles if role not in {"assistant", "tool"}]:
        return f"has a message from {other[0]!r:.60}; answers are from the assistant."
    if "assistant" not in roles:
        return "has no message from the assistant."
    if target.one_turn and len(roles) > 1:
        return f"has {len(roles)} turns; it is one in this format."
    return ""


def _references(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    usual: set[str] = set()
    for place, example in enumerate(examples):
        if not example.reference:
            says = "There is no reference: a grader has nothing to compare answers with."
            yield Finding("reference", "error", says, example=place, fix='Give it one, such as reference={"answer": "42"}.')
        elif not usual:
            usual = set(example.reference)
        elif missing := usual - set(example.reference):
            names = ", ".join(f"{name!r:.60}" for name in sorted(missing, key=str))
            says = f"The reference has no {names}, which other examples have: a grader that reads it fails."
            yield Finding("reference", "warning", says, example=place)


def _no_tools(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        if example.tools or any(message.tool_calls or message.role == "tool" for message in example.turns()):
            yield Finding("no_tools", "error", f"It uses tools, which the format {ask.provider!r} does not hold.", example=place)


def _no_files(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        for number, message in enumerate(example.turns()):
            if message.attachments:
                says = f"It has a file, which the format {ask.provider!r} does not hold."
                yield Finding("no_files", "error", says, example=place, message=number)


RULES = (
    Rule(
        "wrong_kind",
        "error",
        "A preference pair, or a reference for graders (a warning), is in a format that does not hold it.",
        _wrong_kind,
        holds=lambda target: target.method != "preference" and not target.pairs,
    ),
    Rule(
        "preference_pair",
        "error",
        "A side of a pair is missing, not from the assistant, of several turns (Gemini), or the same as the other.",
        _pairs,
        holds=lambda target: target.method == "preference",
    ),
    Rule(
        "reference",
        "error",
        "An item of reinforcement has no reference, or (a warning) lacks a key that others have.",
        _references,
        holds=lambda target: target.method == "reinforcement",
    ),
    Rule("no_tools", "error", "Tools are in a format that has none.", _no_tools, holds=lambda target: not target.tools),
    Rule("no_files", "error", "Files are in a format that has none.", _no_files, holds=lambda target: not target.files),
)

"""How findings are mended: each example stays in its place, and only what a finding names is changed. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.messages import RactoTrainingMessage


def with_turns(
    examples: Sequence[RactoTrainingExample],
    findings: Sequence[Finding],
    change: Callable[[RactoTrainingMessage], RactoTrainingMessage],
) -> list[RactoTrainingExample]:
    """The examples, with `change` made to each message that a finding names."""
    named: dict[int, set[int]] = {}
    for finding in findings:
        if finding.example is not None and finding.message is not None:
            named.setdefault(finding.example, set()).add(finding.message)
    changed = list(examples)
    for place, messages in named.items():
        changed[place] = _changed(examples[place], messages, change)
    return changed


def _changed(
    example: RactoTrainingExample, messages: set[int], change: Callable[[RactoTrainingMessage], RactoTrainingMessage]
) -> RactoTrainingExample:
    """The example with some of its turns changed. They are counted over messages, preferred and rejected."""
    turns = [change(turn) if place in messages else turn for place, turn in enumerate(example.turns())]
    first, second = len(example.messages), len(example.messages) + len(example.preferred)
    return msgspec.structs.replace(
        example, messages=tuple(turns[:first]), preferred=tuple(turns[first:second]), rejected=tuple(turns[second:])
    )


def together(first: RactoTrainingMessage, second: RactoTrainingMessage) -> RactoTrainingMessage:
    """Two turns as one: an empty line between their texts, and the files and calls of both in their order."""
    calls = (*first.tool_calls, *second.tool_calls)
    if not (first.attachments or second.attachments):
        texts = [text for text in (first.content, second.content) if text]
        return msgspec.structs.replace(first, content="\n\n".join(texts), parts=(), tool_calls=calls)
    between = ("\n\n",) if first.content and second.content else ()
    made = RactoTrainingMessage.of_parts(first.role, (*first.in_order(), *between, *second.in_order()))
    return msgspec.structs.replace(first, content=made.content, attachments=made.attachments, parts=made.parts, tool_calls=calls)

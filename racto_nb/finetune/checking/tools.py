"""Tools: declared, called by the assistant with arguments that fit, and answered. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.checking.fitting import misfits
from racto_nb.finetune.checking.mending import with_turns
from racto_nb.finetune.checking.naming import meant
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.pairing import unpaired, with_ids
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import surveyed
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.messages import RactoTrainingMessage

Examples = Sequence[RactoTrainingExample]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
"""The names of tools that OpenAI and Anthropic take; Gemini takes dots and colons beside."""
_DOTTED_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}\Z")


def _with_calls(examples: Examples) -> Iterator[tuple[int, RactoTrainingExample]]:
    """The examples in which tools are called, each with its place."""
    for place, example in surveyed(examples).specials():
        if any(message.tool_calls for message in example.turns()):
            yield place, example


def _calls(example: RactoTrainingExample) -> Iterator[tuple[int, TrainingToolCall]]:
    for number, message in enumerate(example.turns()):
        for call in message.tool_calls:
            yield number, call


def _place(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        for number, message in enumerate(example.turns()):
            if message.tool_calls and meant(message.role) != "assistant":
                says = f"A {message.role!r:.60} message calls a tool; only the assistant does."
                yield Finding("call_place", "error", says, example=place, message=number)
            if message.tool_call_id and meant(message.role) != "tool":
                says = f"A {message.role!r:.60} message answers a call; only a 'tool' message does."
                yield Finding("call_place", "error", says, example=place, message=number)


def _pairing(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in surveyed(examples).specials():
        if any(message.tool_calls or meant(message.role) == "tool" for message in example.messages):
            for trouble in unpaired(example.messages, ids=ask.target.call_ids):
                number, says, fix, fixable = trouble
                yield Finding("call_pairing", "error", says, example=place, message=number, fix=fix, fixable=fixable)


def _paired(examples: Examples, findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    places = {finding.example for finding in findings}
    return [
        msgspec.structs.replace(example, messages=with_ids(example.messages)) if place in places else example
        for place, example in enumerate(examples)
    ]


def _undeclared(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in _with_calls(examples):
        declared = {tool.name for tool in example.tools}
        for number, call in _calls(example):
            if call.name in declared:
                continue
            if declared:
                says = f"It calls {call.name!r:.80}, which is none of its tools."
                yield Finding("undeclared_tool", "error", says, example=place, message=number, fix="Declare it in tools.")
            else:
                says = f"It calls {call.name!r:.80}, and declares no tools: the model learns to call what it was not offered."
                yield Finding("undeclared_tool", "warning", says, example=place, message=number, fix="Declare it in tools.")


def _arguments(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in _with_calls(examples):
        tools = {tool.name: tool for tool in example.tools}
        for number, call in _calls(example):
            if (values := call.parsed()) is None:
                yield _unparsed(call, place, number)
            elif tool := tools.get(call.name):
                for says in misfits(values, tool):
                    said = f"The arguments of {call.name!r:.80} do not fit its parameters: {says}."
                    yield Finding("call_arguments", "error", said, example=place, message=number)


def _unparsed(call: TrainingToolCall, place: int, number: int) -> Finding:
    says, empty = f"The arguments of {call.name!r:.80} are no JSON object.", not call.arguments.strip()
    fix = "No arguments are written '{}'." if empty else "Models learn to write what stands here."
    return Finding("call_arguments", "error", says, example=place, message=number, fix=fix, fixable=empty)


def _with_empty_objects(examples: Examples, findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    def written(call: TrainingToolCall) -> TrainingToolCall:
        return call if call.arguments.strip() else msgspec.structs.replace(call, arguments="{}")

    def change(message: RactoTrainingMessage) -> RactoTrainingMessage:
        return msgspec.structs.replace(message, tool_calls=tuple(map(written, message.tool_calls)))

    return with_turns(examples, findings, change)


def _declarations(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    fits = _DOTTED_NAME if ask.target.dotted_tools else _NAME
    for place, example in surveyed(examples).specials():
        if not example.tools:
            continue
        for name, count in Counter(tool.name for tool in example.tools).items():
            if count > 1:
                says = f"The tool {name!r:.80} is declared {count} times."
                yield Finding("tool_declaration", "error", says, example=place, fix="Declare it once.")
            if not fits.match(name):
                says = f"{name!r:.80} is no name of a tool."
                fix = "Names have letters of ASCII, digits, _ and -, 64 at most."
                yield Finding("tool_declaration", "error", says, example=place, fix=fix)


def _has_tools(target: Target) -> bool:
    return target.tools


RULES = (
    Rule("call_place", "error", "A call is not from the assistant, or its answer not from a tool.", _place, holds=_has_tools),
    Rule(
        "call_pairing",
        "error",
        "A call in the middle is not answered, or an answer belongs to no call. Missing ids are given by fix().",
        _pairing,
        holds=_has_tools,
        mend=_paired,
    ),
    Rule(
        "undeclared_tool",
        "error",
        "A called tool is not declared (a warning where the example declares none at all).",
        _undeclared,
        holds=_has_tools,
    ),
    Rule(
        "call_arguments",
        "error",
        "Arguments are no JSON object, or do not fit the declared parameters.",
        _arguments,
        holds=_has_tools,
        mend=_with_empty_objects,
    ),
    Rule(
        "tool_declaration", "error", "A tool is declared twice, or has a name that is refused.", _declarations, holds=_has_tools
    ),
)

"""Alpaca records: `{"instruction": ..., "input": ..., "output": ...}`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.grouping import leading_system, no_parallel, no_preference, no_reference, refuse, system_text
from racto_nb.finetune.formats.leftovers import (
    FAMILIES,
    flat,
    layout,
    refuse_foreign,
    unknown_keys,
    with_extra,
    with_layout,
    with_wording,
)
from racto_nb.finetune.formats.picking import Item, object_in, optional_text, text_in, wrong
from racto_nb.finetune.formats.shapes import Turn, lacking, misread, unheld
from racto_nb.finetune.messages import RactoTrainingMessage

FAMILY = "alpaca"
RECORD_KEYS = frozenset({"instruction", "input", "output", "system", "history"})
_OTHERS = "The formats 'openai', 'sharegpt' and 'racto' hold it."


@dataclass(frozen=True, slots=True)
class AlpacaFormat:
    """`{"instruction", "input", "output", "system", "history"}`: texts only; earlier turns are pairs in "history".

    The question is the instruction and, where there is one, the input on the lines below it.
    """

    name: str = FAMILY

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        for refused in (no_preference, no_reference, no_parallel):
            refused(example, self.name)
        if example.tools:
            raise unheld(self.name, "The example", "tools", _OTHERS)
        system, rest = leading_system(example.messages, FAMILY, self.name)
        texts = _alternating(rest, len(system), self.name)
        record: dict[str, object] = {**_question(rest[-2]), "output": texts[-1]}
        if system:
            record["system"] = system_text(system)
        if len(texts) > 2:  # noqa: PLR2004  (more than the last question and its answer)
            record["history"] = [texts[place : place + 2] for place in range(0, len(texts) - 2, 2)]
        return with_extra(record, example.extra, FAMILY, "The example", self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        system, given = optional_text(record, "system", "", self.name), optional_text(record, "input", "", self.name)
        instruction, output = (text_in(record, key, "", self.name) for key in ("instruction", "output"))
        turns = [RactoTrainingMessage("system", system)] if system else []
        turns += _history(record, self.name)
        question = f"{instruction}\n{given}" if given else instruction
        said = {"input": given} if given else {} if "input" in record else {"input": None}
        kept = with_layout(None, FAMILY, said) if said else None
        turns += [RactoTrainingMessage("user", question, extra=kept), RactoTrainingMessage("assistant", output)]
        known = {key: value for key, value in record.items() if key in RECORD_KEYS or key in FAMILIES}
        absent = {key for key in ("system", "history") if not record.get(key)}
        written = {key: value for key, value in record.items() if key in RECORD_KEYS - absent}
        if "input" in record:
            written["input"] = given or ""
        return RactoTrainingExample(tuple(turns), extra=with_wording(flat(record, RECORD_KEYS), FAMILY, known, written, ""))


def _question(turn: Turn) -> dict[str, object]:
    """The instruction and the input in a question: apart, where they were so in the file and the input still ends it."""
    said = layout(turn.extra, FAMILY)
    given = said.get("input", "")
    if given is None:
        return {"instruction": turn.content}
    if given and turn.content.endswith(f"\n{given}"):
        return {"instruction": turn.content.removesuffix(f"\n{given}"), "input": given}
    return {"instruction": turn.content, "input": ""}


def _alternating(turns: Sequence[Turn], first: int, form: str) -> list[str]:
    """The texts of questions and answers in turn, the last an answer. DatasetFormatError for any other conversation."""
    for place, turn in enumerate(turns):
        where = f"messages[{first + place}]"
        if turn.role != ("user", "assistant")[place % 2]:
            raise unheld(form, where, f"the role {turn.role!r}, not a question or an answer in turn", _OTHERS)
        refuse(turn, where, form, "name", "weight", "tool_calls", "tool_call_id", "attachments")
        if turn.parts:
            raise unheld(form, where, "its text in several parts", "The formats 'openai' and 'racto' keep them.")
        refuse_foreign(turn.extra or {}, FAMILY, where, form)
        if unknown := unknown_keys(turn.extra):
            raise unheld(form, where, f"{unknown[0]!r} in its `extra`", _OTHERS)
    if not turns or len(turns) % 2:
        raise lacking(form, "The example", "answer as its last turn", _OTHERS)
    return [turn.content for turn in turns]


def _history(record: Item, form: str) -> list[RactoTrainingMessage]:
    history = record.get("history")
    if history is None:
        return []
    if not isinstance(history, list):
        raise wrong(record, "history", "", form, 'a list of ["question", "answer"]')
    turns: list[RactoTrainingMessage] = []
    for place, pair in enumerate(cast("list[object]", history)):
        match pair:
            case [str(question), str(answer)]:
                turns += [RactoTrainingMessage("user", question), RactoTrainingMessage("assistant", answer)]
            case _:
                raise misread(form, f"history[{place}]", 'has to be ["question", "answer"]')
    return turns

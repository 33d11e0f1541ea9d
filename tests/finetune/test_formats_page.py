"""The table of the page about formats is what the formats do: written from them, and held against them.

    RACTO_WRITE=1 python -m pytest tests/finetune/test_formats_page.py

writes it again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune import FileLink, Provenance, RactoTrainingExample, RactoTrainingMessage, TrainingTool, TrainingToolCall
from racto_nb.finetune.formats.format import FORMATS, format_named
from racto_nb.prompts.files import RactoFile

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "finetune_formats.md"
START, END = "<!-- the table begins -->\n", "<!-- the table ends -->\n"

PAIR = RactoTrainingExample.from_pair("Hi", "Hello")
QUESTION, ANSWER = PAIR.messages
CALL = TrainingToolCall("f", '{"a":1}', "c1")


def _saying(**fields: object) -> RactoTrainingExample:
    return RactoTrainingExample([replace(QUESTION, **fields), ANSWER])


def _before(*messages: RactoTrainingMessage) -> RactoTrainingExample:
    return RactoTrainingExample([*messages, QUESTION, ANSWER])


def _after_call(call: TrainingToolCall, answer: RactoTrainingMessage) -> RactoTrainingExample:
    return RactoTrainingExample([QUESTION, RactoTrainingMessage("assistant", tool_calls=[call]), answer, ANSWER])


SYSTEM = RactoTrainingMessage("system", "Be brief.")
PROBES: Mapping[str, RactoTrainingExample] = {
    "a question and its answer": PAIR,
    "a system text": _before(SYSTEM),
    "several system messages": _before(SYSTEM, SYSTEM),
    "a system message in the middle": RactoTrainingExample([QUESTION, ANSWER, SYSTEM, QUESTION, ANSWER]),
    "the role `developer`": _before(RactoTrainingMessage("developer", "Be brief.")),
    "several turns": RactoTrainingExample([QUESTION, ANSWER, QUESTION, ANSWER]),
    "a picture": _saying(attachments=(RactoFile(b"a", "image/png"),)),
    "a PDF": _saying(attachments=(RactoFile(b"a", "application/pdf"),)),
    "the name of a PDF": _saying(attachments=(RactoFile(b"a", "application/pdf", "a.pdf"),)),
    "the address of a picture": _saying(attachments=(FileLink("https://example.org/a.png", "image/png"),)),
    "`detail` of such a picture": _saying(attachments=(FileLink("https://example.org/a.png", "image/png", "low"),)),
    "texts and files in any order": RactoTrainingExample(
        [RactoTrainingMessage.of_parts("user", ["a", RactoFile(b"a", "image/png"), "b"]), ANSWER]
    ),
    "tools": replace(PAIR, tools=(TrainingTool("f", "Does it.", {"type": "object"}),)),
    "`strict` of a tool": replace(PAIR, tools=(TrainingTool("f", "Does it.", {"type": "object"}, strict=True),)),
    "a call and its answer, by id and name": _after_call(
        CALL, RactoTrainingMessage("tool", "sunny", tool_call_id="c1", name="f")
    ),
    "the same, by id alone": _after_call(CALL, RactoTrainingMessage("tool", "sunny", tool_call_id="c1")),
    "the same, by order alone": _after_call(replace(CALL, id=""), RactoTrainingMessage("tool", "sunny")),
    "text beside a call": RactoTrainingExample([QUESTION, replace(ANSWER, tool_calls=(CALL,))]),
    "arguments to the letter": RactoTrainingExample([QUESTION, RactoTrainingMessage("assistant", tool_calls=[replace(CALL, arguments='{"a":  1}')])]),
    "`parallel_tool_calls`": replace(PAIR, parallel_tool_calls=False),
    "`weight`": RactoTrainingExample([QUESTION, replace(ANSWER, weight=0)]),
    "`name` of who speaks": _saying(name="Ann"),
    "`reference` for graders": replace(PAIR, reference={"answer": "42"}),
    "unknown keys of the record": replace(PAIR, extra={"mood": "good"}),
    "unknown keys of a message": _saying(extra={"mood": "good"}),
    "`tags` and `provenance`": replace(PAIR, tags={"label": "a"}, provenance=Provenance("ledger")),
}  # fmt: skip
PREFERENCES = {"openai_dpo", "gemini_preference"}


def _kept(name: str, example: RactoTrainingExample) -> str:
    """What becomes of an example: "yes", it comes back; "in part", it is held and comes back otherwise; "no", it is refused."""
    if name in PREFERENCES:
        example = replace(example, preferred=(ANSWER,), rejected=(replace(ANSWER, content="What?"),))
    form = format_named(name)
    try:
        record = form.record(example)
    except DatasetFormatError:
        return "no"
    return "yes" if form.example(record) == example else "in part"


def _pair(name: str) -> str:
    chosen = replace(PAIR, preferred=(ANSWER,), rejected=(replace(ANSWER, content="What?"),))
    try:
        return "yes" if format_named(name).example(format_named(name).record(chosen)) == chosen else "in part"
    except DatasetFormatError:
        return "no"


def table() -> str:
    rows = [["", *(f"`{name}`" for name in FORMATS)], ["---"] * (len(FORMATS) + 1)]
    rows += [[said, *(_kept(name, example) for name in FORMATS)] for said, example in PROBES.items()]
    rows.append(["a preference pair", *map(_pair, FORMATS)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def test_the_table_of_the_page_is_what_the_formats_do():
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    after = rest.split(END)[1]
    if os.environ.get("RACTO_WRITE"):
        page = f"{before}{START}{table()}{END}{after}"
        PAGE.write_text(page, encoding="utf-8")
    assert table() in page


def test_every_format_has_a_section_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in FORMATS if f"`{name}`" not in page.split(START)[0]] == []

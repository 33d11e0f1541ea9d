"""A cell that went wrong fails, in one line, and Run All stops there. What had arrived is kept."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from jupyter_kernel import Cell, Kernel

KIT = """
from pydantic import BaseModel
from racto_nb.models.response import FinishReason, LLMResponse
class Person(BaseModel):
    name: str
    age: int
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that must fail: its `line`, `body` and the kit's `reply`; the error's name, a part of its text, and what is kept."""

    line: str
    error: str
    says: str
    reply: str = "'fine'"
    body: str = "a question"
    sent: bool = True
    kept: str | None = None
    whole: bool = False
    tries: int = 1


FAILURES = {
    "an unknown option": Failure("--modle kit", "UsageError", "There is no option '--modle'. Did you mean '--model'", sent=False),
    "an option's wrong value": Failure("--model kit -t hot", "UsageError", "See %%racto? for the options", sent=False),
    "an option without its value": Failure("--model kit --role", "UsageError", "See %%racto? for the options", sent=False),
    "options that contradict": Failure("--model kit --json --output text", "UsageError", "Nothing was sent", sent=False),
    "an open quote": Failure('--model kit --role "editor', "UsageError", "cannot be read", sent=False),
    "a reserved word": Failure("dataset --model kit", "UsageError", "begins a line, not a cell", sent=False),
    "an empty cell": Failure("--model kit", "UsageError", "The cell is empty", body="   ", sent=False),
    "an unknown model": Failure("--model embedded:smollm2-135", "ModelNotFoundError", "'smollm2-135m'", sent=False),
    "an unknown provider": Failure("--model embeded:x", "ProviderNotFoundError", "'embedded'", sent=False),
    "a variable that is no kit": Failure("--model KIND", "UsageError", "is a str, not a kit", sent=False),
    "an unknown name in braces": Failure("--model kit", "TemplateError", "Nothing was sent", body="{{nope}}", sent=False),
    "a call in braces": Failure("--model kit", "TemplateError", "a call is not allowed", body="{{print(1)}}", sent=False),
    "a failing expression in braces": Failure("--model kit", "TemplateError", "KeyError", body="{{DATA['b']}}", sent=False),
    "--as without a class": Failure("--model kit --as KIND", "UsageError", "--as needs a Pydantic class", sent=False),
    "a truncated answer": Failure(
        "--model kit",
        "TruncatedAnswerError",
        "--max-tokens",
        reply="FakeReply(('half an ', 'ans'), finish_reason=FinishReason.LENGTH)",
        kept="half an ans",
    ),
    "a withheld answer": Failure(
        "--model kit",
        "RefusedAnswerError",
        "content filter",
        reply="FakeReply(('no',), finish_reason=FinishReason.CONTENT_FILTER)",
        kept="no",
    ),
    "an answer ended by an error": Failure(
        "--model kit", "TruncatedAnswerError", "kept", reply="FakeReply(('part',), finish_reason=FinishReason.ERROR)", kept="part"
    ),
    "a stream without its end": Failure(
        "--model kit", "StreamInterruptedError", "", reply="FakeReply(('one ', 'two ', 'three'), cut_after=2)", kept="one two "
    ),
    "an answer that is not JSON": Failure(
        "--model kit --json", "MalformedAnswerError", "is not JSON", reply="'words'", kept="words", whole=True
    ),
    "JSON that is no list of objects": Failure(
        "--model kit --df", "MalformedAnswerError", "not a list of objects", reply="'[1, 2]'", kept="[1, 2]", whole=True
    ),
    "an answer that does not fit the class": Failure(
        "--model kit --as Person",
        "ResponseModelValidationError",
        "age",
        reply=", ".join(['\'{"name": "Ann", "age": "old"}\''] * 3),
        kept='{"name": "Ann", "age": "old"}',
        whole=True,
        tries=3,
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _classes(kernel: Kernel):
    kernel.ok(KIT + "KIND = 'text'\nDATA = {'a': 1}")


def assert_one_line(cell: Cell, error: str, says: str) -> None:
    assert cell.status == "error"
    assert [message.kind for message in cell.messages].count("error") == 1
    shown = cell.errors[0]
    assert shown["ename"] == error
    assert says in shown["evalue"]
    # A cell has `_racto.text` where a kit's error has these attributes.
    told = shown["evalue"].replace(".raw_response", "_racto.text").replace(".partial", "_racto.text")
    assert shown["traceback"] == [f"{error}: {told}"]
    assert "\n" not in shown["traceback"][0]


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_what_goes_wrong_fails_the_cell_in_one_line_and_stops_run_all(kernel: Kernel, failure: Failure):
    kernel.ok(f"kit = FakeKit([{failure.reply}])\nreached = False")
    cell, following = kernel.all(f"%%racto {failure.line}\n{failure.body}", "reached = True")
    assert_one_line(cell, failure.error, failure.says)
    assert following.status == "aborted"
    assert kernel.value("reached") is False
    assert len(kernel.value("kit.calls")) == failure.tries * failure.sent


@pytest.mark.parametrize("failure", [item for item in FAILURES.values() if item.kept], ids=lambda failure: failure.error)
def test_what_had_arrived_is_kept_and_what_is_wrong_with_it_stands_below(kernel: Kernel, failure: Failure):
    kernel.ok(f"kit = FakeKit([{failure.reply}])")
    cell = kernel.run(f"%%racto {failure.line} --into part\n{failure.body}")
    assert kernel.value("part.text") == failure.kept
    assert kernel.value("_racto.complete") is failure.whole
    warning = "not the asked shape" if failure.whole else "incomplete"
    assert f"— {warning} · " in cell.text
    assert f"<b>{warning}</b>" in cell.html


def test_a_providers_own_exception_fails_the_cell_and_keeps_the_cause(kernel: Kernel):
    kernel.ok(
        "from racto_nb.exceptions import RactoGatewayAPIError\n"
        "kit = FakeKit([RactoGatewayAPIError('The provider is overloaded.', status_code=529)])\nreached = False"
    )
    cell, following = kernel.all("%%racto --model kit\nhi", "reached = True")
    assert_one_line(cell, "RactoGatewayAPIError", "overloaded")
    assert following.status == "aborted"
    assert kernel.value("_racto.text") == ""
    assert "no answer" in cell.text


def test_an_unforeseen_exception_fails_the_cell_with_its_traceback(kernel: Kernel):
    kernel.ok("kit = FakeKit([ZeroDivisionError('a mistake in the library')])\nreached = False")
    cell, following = kernel.all("%%racto --model kit\nhi", "reached = True")
    assert (cell.status, following.status) == ("error", "aborted")
    assert cell.errors[0]["ename"] == "ZeroDivisionError"
    assert len(cell.errors[0]["traceback"]) > 1


@pytest.mark.parametrize("line", ["%racto modles", "%racto use embedded:nope", "%racto history nobody", "%racto --model kit"])
def test_a_line_magic_fails_in_one_line_too(kernel: Kernel, line: str):
    cell, following = kernel.all(line, "1")
    assert len(cell.errors[0]["traceback"]) == 1
    assert (cell.status, following.status) == ("error", "aborted")


def test_a_failed_turn_is_not_remembered_in_the_conversation(kernel: Kernel):
    kernel.ok("kit = FakeKit([FakeReply(('half',), finish_reason=FinishReason.LENGTH), 'whole'])")
    kernel.run("%%racto --model kit --history failing\nfirst question")
    kernel.ok("%%racto --model kit --history failing\nsecond question")
    assert "first question" not in str(kernel.value("kit.calls[-1]"))


def test_an_error_message_keeps_the_terminals_control_characters_out(kernel: Kernel):
    kernel.ok(
        "from racto_nb.exceptions import RactoGatewayAPIError\nkit = FakeKit([RactoGatewayAPIError('bad \\x1b[2J\\x1b]0;owned\\x07 end')])"
    )
    cell = kernel.run("%%racto --model kit\nhi")
    assert "\x1b" not in "".join(cell.errors[0]["traceback"])
    assert "end" in cell.errors[0]["traceback"][0]

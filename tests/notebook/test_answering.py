"""From what a kit answers to what a cell keeps, and the errors that must fail it."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

import pandas as pd
import polars as pl
import pytest
from paid_kit import PaidKit
from pydantic import BaseModel, Field

from racto_nb.exceptions import (
    MalformedAnswerError,
    RactoGatewayAPIError,
    RactoGatewayError,
    RefusedAnswerError,
    ResponseModelValidationError,
    StreamInterruptedError,
    TruncatedAnswerError,
)
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.usage import usage_of
from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.streaming import StaticAnswer
from racto_nb.notebook.magics.answering import Answered, Asking, answered, answered_async
from racto_nb.notebook.magics.asking import question_of
from racto_nb.notebook.magics.failing import Interrupted, incomplete
from racto_nb.notebook.magics.options import read_options
from racto_nb.notebook.magics.shaping import frame_of, rows_in
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit, FakeReply


class Person(BaseModel):
    name: str
    born: date = Field(alias="Born")


NAMESPACE: dict[str, Any] = {"Person": Person}


class Stopping(tuple):
    """Pieces in the middle of which the user presses the stop button."""

    __slots__ = ()

    def __getitem__(self, key):
        def until_stopped():
            yield from tuple(self)
            raise KeyboardInterrupt

        return until_stopped()


@dataclass
class Recording(Arriving):
    """A display that notes what is done with it."""

    done: list[str] = field(default_factory=list)

    def open(self) -> None:
        self.done.append("open")

    def push(self, piece: str) -> None:
        Arriving.push(self, piece)
        self.done.append(piece)


def ask(reply: Any, line: str = "", *, stream: bool = True, shown: Any = None, kit: FakeKit | None = None) -> Answered:
    options = read_options(line)
    question = question_of(options, "a question", NAMESPACE, [])
    kit = kit or FakeKit([reply], repeat_last=True)
    return answered(Asking(kit, question, shown or StaticAnswer(quiet=True), stream=stream, frame=options.df))


def test_a_whole_answer_is_kept_with_what_is_known_about_it():
    shown = Recording()
    found = ask("one two", shown=shown)
    assert found.error is None
    assert (found.result.text, found.result.model, found.result.complete) == ("one two", "fake:fake-model", True)
    assert found.result.cost is None
    assert "a question" in found.result.prompt_text
    assert found.result.usage["completion_tokens"] == 2
    assert shown.done == ["open", "one", " two"]


def test_an_answer_that_is_not_streamed_is_shown_in_one_piece():
    shown = Recording()
    assert ask("one two", shown=shown, stream=False).result.text == "one two"
    assert shown.done == ["open", "one two"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("reason", "kind", "says"),
    [
        (FinishReason.LENGTH, TruncatedAnswerError, "cut after 3 tokens"),
        (FinishReason.CONTENT_FILTER, RefusedAnswerError, "content filter"),
        (FinishReason.ERROR, TruncatedAnswerError, "ended the answer with an error"),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error_and_is_kept(reason: FinishReason, kind: type, says: str, stream: bool):
    found = ask(FakeReply(("part",), finish_reason=reason, usage=usage_of(5, 3)), stream=stream)
    assert type(found.error) is kind
    assert says in str(found.error)
    assert (found.result.text, found.result.complete) == ("part", False)
    assert found.error.response.content == "part"


def test_an_answer_that_ended_by_itself_is_whole():
    assert incomplete(LLMResponse(content="x", finish_reason=FinishReason.STOP), window=1) is None


def test_an_answer_that_asks_for_a_tool_or_says_nothing_fails_the_cell():
    asked = incomplete(LLMResponse(content="x", finish_reason=FinishReason.TOOL_CALL), window=1)
    empty = [incomplete(LLMResponse(content=text, finish_reason=FinishReason.STOP), window=1) for text in (None, "", " \n")]

    assert "instead of answering" in str(asked)
    assert ["answered with nothing" in str(error) for error in empty] == [True, True, True]


def test_a_full_window_is_told_from_a_reached_limit():
    reply = FakeReply(("part",), finish_reason=FinishReason.LENGTH, usage=usage_of(90, 10))
    full = ask(reply, kit=FakeKit([reply], abilities=Abilities(window=100)))
    limit = ask(reply, kit=FakeKit([reply], abilities=Abilities(window=101)))
    assert "window of 100 tokens was full" in str(full.error)
    assert "--max-tokens" not in str(full.error)
    assert "Raise --max-tokens" in str(limit.error)
    assert "Raise --max-tokens" in str(ask(reply).error)


def test_a_cut_answer_without_a_count_says_only_what_is_known():
    error = incomplete(LLMResponse(content="x", finish_reason=FinishReason.LENGTH), window=100)
    assert str(error).startswith("The answer was cut. ")


def test_an_interrupt_in_the_middle_keeps_the_part():
    kit = FakeKit([FakeReply(Stopping(("one ", "two")))])
    found = ask(None, kit=kit)
    assert isinstance(found.error, Interrupted)
    assert "the partial answer is kept" in str(found.error)
    assert (found.result.text, found.result.complete) == ("one two", False)
    assert kit.open_streams == 0


def test_an_interrupt_before_the_first_piece_says_that_nothing_came():
    found = ask(FakeReply(Stopping(())))
    assert isinstance(found.error, Interrupted)
    assert "no answer had arrived" in str(found.error)
    assert found.result.text == ""


def test_an_interrupt_while_the_display_opens_is_met_too():
    class Stopped(StaticAnswer):
        def open(self) -> None:
            raise KeyboardInterrupt

    kit = FakeKit(["x"])
    assert isinstance(ask(None, kit=kit, shown=Stopped()).error, Interrupted)
    assert kit.calls == []


@pytest.mark.parametrize("stream", [True, False])
def test_a_providers_exception_is_returned_as_it_is(stream: bool):
    error = RactoGatewayAPIError("overloaded", status_code=529)
    found = ask(error, stream=stream)
    assert found.error is error
    assert (found.result.text, found.result.complete) == ("", False)


@pytest.mark.parametrize("stream", [True, False])
def test_what_came_before_a_stream_broke_is_kept(stream: bool):
    shown = Recording()
    found = ask(FakeReply(("one ", "two ", "three"), cut_after=2), stream=stream, shown=shown)
    assert isinstance(found.error, StreamInterruptedError)
    assert (found.result.text, found.result.complete) == ("one two ", False)
    assert shown.text == "one two "


@pytest.mark.parametrize("reply", ["words", '{"a": 1', "[1, 2", "42", '"text"', "true", "null", "NaN", '{"a": 1} and more'])
def test_json_that_is_no_object_or_list_is_an_error_and_is_kept(reply: str):
    found = ask(reply, "--json")
    assert isinstance(found.error, MalformedAnswerError)
    assert "is not JSON (an object or a list)" in str(found.error)
    assert (found.result.text, found.result.parsed) == (reply, None)
    assert found.result.complete


@pytest.mark.parametrize(
    ("reply", "parsed"), [('{"a": 1}', {"a": 1}), ("[]", []), ("{}", {}), ('```json\n{"a": [1]}\n```', {"a": [1]})]
)
def test_json_is_parsed_and_the_text_left_as_it_came(reply: str, parsed: Any):
    found = ask(reply, "--json")
    assert found.error is None
    assert (found.result.parsed, found.result.text, found.result.code) == (parsed, reply, "json")


@pytest.mark.parametrize("stream", [True, False])
def test_a_class_gives_a_valid_instance_even_when_json_names_its_fields_otherwise(stream: bool):
    found = ask('{"name": "Ada", "Born": "1815-12-10"}', "--as Person", stream=stream)
    assert found.error is None
    assert found.result.parsed == Person(name="Ada", Born=date(1815, 12, 10))


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_does_not_fit_the_class_is_kept_and_shown(stream: bool):
    shown = Recording()
    found = ask('{"name": "Ada"}', "--as Person", stream=stream, shown=shown)
    assert isinstance(found.error, ResponseModelValidationError)
    assert found.result.text == shown.text == '{"name": "Ada"}'
    assert found.result.parsed is None


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_rows_of_a_class_become_a_frame_and_instances(library: str):
    found = ask('{"rows": [{"name": "Ada", "Born": "1815-12-10"}]}', f"--as Person --df {library}")
    assert found.error is None
    assert found.result.parsed == [Person(name="Ada", Born=date(1815, 12, 10))]
    assert list(found.result.df.columns) == ["name", "born"]


@pytest.mark.parametrize("reply", ["[1, 2]", '{"a": 1}', '{"rows": [{}], "note": 1}', '[{"a": 1}, 2]', '{"rows": {"a": 1}}'])
def test_json_without_a_list_of_objects_makes_no_frame(reply: str):
    found = ask(reply, "--df")
    assert isinstance(found.error, MalformedAnswerError)
    assert "not a list of objects" in str(found.error)
    assert found.result.frame is None


def test_rows_that_no_frame_can_hold_fail_the_cell_and_are_kept():
    found = ask('[{"a": [1]}, {"a": 2}]', "--df polars")
    assert isinstance(found.error, RactoGatewayError)
    assert "make no data frame" in str(found.error)
    assert "\n" not in str(found.error)
    assert found.error.__cause__ is not None
    assert found.result.parsed == [{"a": [1]}, {"a": 2}]


@pytest.mark.parametrize(
    ("found", "rows"),
    [
        ([], []),
        ([{"a": 1}], [{"a": 1}]),
        ({"rows": []}, []),
        ({"anything": [{"a": 1}]}, [{"a": 1}]),
        ({}, None),
        ({"a": 1}, None),
        ([1], None),
        ([[{"a": 1}]], None),
        ({"a": [], "b": []}, None),
    ],
)
def test_the_rows_in_json(found: Any, rows: Any):
    assert rows_in(found) == rows


@pytest.mark.parametrize(("library", "kind"), [("auto", pl.DataFrame), ("polars", pl.DataFrame), ("pandas", pd.DataFrame)])
def test_frames_are_of_the_asked_library(library: str, kind: type):
    frame = frame_of([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], library)
    assert type(frame) is kind
    assert (frame.shape, list(frame.columns), list(frame["b"])) == ((2, 2), ["a", "b"], ["x", "y"])


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_keys_that_are_missing_somewhere_are_columns_all_the_same(library: str):
    frame = frame_of([{"a": 1}, {"b": "x"}, {}], library)
    assert (frame.shape, list(frame.columns)) == ((3, 2), ["a", "b"])


def test_a_key_that_comes_late_is_a_column_too():
    frame = frame_of([*({"a": 1} for _ in range(300)), {"late": "x"}], "polars")
    assert frame["late"].drop_nulls().to_list() == ["x"]


def test_mixed_kinds_lose_nothing():
    assert frame_of([{"a": 1}, {"a": 2.5}], "polars")["a"].to_list() == [1.0, 2.5]
    assert frame_of([{"a": 1}, {"a": "x"}], "pandas")["a"].tolist() == [1, "x"]


@pytest.mark.parametrize("values", [[1, "x"], [{"x": 1}, 5], [True, 2], [[1], 2], [{"x": 1}, {"x": "y"}]])
def test_a_value_that_a_polars_column_cannot_hold_is_an_error(values: list[Any]):
    found = ask(json.dumps([{"a": value} for value in values]), "--df polars")

    assert isinstance(found.error, MalformedAnswerError)
    assert found.result.frame is None


def test_enums_sets_and_missing_keys_make_columns_that_can_be_used():
    colour = Enum("Colour", {"RED": "red"})

    frame = frame_of([{"c": colour.RED, "s": {1}, "n": None}, {"c": colour.RED, "s": set(), "extra": {"k": 1}}], "polars")

    assert frame["c"].to_list() == ["red", "red"]
    assert frame["s"].to_list() == [[1], []]
    assert frame["extra"].to_list() == [None, {"k": 1}]


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_no_rows_are_an_empty_frame_with_the_columns_that_are_known(library: str):
    assert frame_of([], library).shape == (0, 0)
    assert list(frame_of([], library, ["a", "b"]).columns) == ["a", "b"]


def test_a_class_whose_json_was_cut_is_incomplete_and_not_of_the_wrong_shape():
    cut = FakeReply(('{"name": "Ada", "Bo',), finish_reason=FinishReason.LENGTH)
    found = ask(cut, "--as Person")
    assert isinstance(found.error, ResponseModelValidationError)
    assert "The answer was cut at 5 tokens" in str(found.error)
    assert found.result.complete is False
    assert found.result.usage["completion_tokens"] > 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ("one two", ""),
        (FakeReply(("part",), finish_reason=FinishReason.LENGTH), ""),
        (FakeReply(("one ", "two"), cut_after=1), ""),
        (RactoGatewayAPIError("down"), ""),
        ('{"name": "Ada", "Born": "1815-12-10"}', "--as Person"),
        ('{"name": "Ada"}', "--as Person"),
        ("words", "--json"),
        ('[{"a": 1}]', "--df pandas"),
        (LLMResponse(content="4", thinking="2 and 2", usage=usage_of(3, 1)), ""),
    ],
)
def test_both_colours_make_the_same_of_an_answer(reply: Any, line: str, stream: bool):
    options = read_options(line)
    question = question_of(options, "a question", NAMESPACE, [])

    def asking() -> Asking:
        return Asking(FakeKit([reply]), question, StaticAnswer(quiet=True), stream=stream, frame=options.df)

    found, awaited = answered(asking()), asyncio.run(answered_async(asking()))
    assert (type(found.error), str(found.error)) == (type(awaited.error), str(awaited.error))
    for name in ("text", "model", "prompt_text", "parsed", "cost", "complete", "warning", "code", "thinking", "usage"):
        assert getattr(found.result, name) == getattr(awaited.result, name), name
    assert (found.result.frame is None) == (awaited.result.frame is None)


def test_a_price_is_the_catalogues():
    reply = LLMResponse(content="4", model="gpt-6-luna", usage=usage_of(3000, 5))
    paid = ask(reply, kit=PaidKit([reply])).result
    assert paid.cost is not None
    assert 0 < paid.cost < 1
    assert "$" in paid.footer
    assert ask(RactoGatewayAPIError("down"), kit=PaidKit([RactoGatewayAPIError("down")])).result.cost is None


def test_an_async_answer_that_is_cancelled_keeps_its_part():
    kit = FakeKit([FakeReply(tuple(f"w{n} " for n in range(10_000)), delay=0.001)])
    shown = StaticAnswer(quiet=True)
    question = question_of(read_options(""), "a question", NAMESPACE, [])

    async def cancelled() -> Answered:
        task = asyncio.create_task(answered_async(Asking(kit, question, shown, place="first")))
        while "w5 " not in shown.text:  # noqa: ASYNC110  (the display has no event to wait for)
            await asyncio.sleep(0)
        task.cancel()
        return await task

    found = asyncio.run(cancelled())
    assert isinstance(found.error, asyncio.CancelledError)
    assert str(found.error) == "the partial answer is kept in first.text"
    assert found.result.text.startswith("w0 w1 ")
    assert kit.open_streams == 0

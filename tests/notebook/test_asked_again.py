"""`--as` and an answer that does not fit: asked for again, shown with the reason, and at last an instance or an error."""

import pytest
from calling_replies import calls
from in_process_notebook import Notebook
from pydantic import BaseModel

from racto_nb.exceptions import ContextOverflowError, ResponseModelValidationError
from racto_nb.models.response import FinishReason
from racto_nb.models.usage import usage_of
from racto_nb.testing import FakeKit, FakeReply

BAD, GOOD = '{"name": "Ann"}', '{"name": "Ann", "age": 25}'


class Person(BaseModel):
    name: str
    age: int


def now() -> str:
    """The time."""
    return "12:00"


def ask(notebook: Notebook, *replies: object, line: str = "") -> BaseException | None:
    notebook.shell.user_ns |= {"Person": Person, "now": now, "kit": FakeKit(list(replies))}
    return notebook.run(f"%%racto --model kit --as Person {line}\nWho is it?")


@pytest.mark.parametrize("stream", ["", "--no-stream"])
def test_an_answer_that_does_not_fit_is_asked_for_again_in_the_same_conversation(notebook: Notebook, stream: str):
    assert ask(notebook, BAD, GOOD, line=stream) is None
    assert notebook["_racto"].parsed == Person(name="Ann", age=25)
    assert notebook["_racto"].text == GOOD
    first, second = (call["messages"] for call in notebook["kit"].calls)
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert second[-2]["content"] == BAD
    assert "age: Field required" in second[-1]["content"]


@pytest.mark.parametrize("stream", ["", "--no-stream"])
def test_the_reader_sees_what_was_wrong(notebook: Notebook, stream: str):
    ask(notebook, BAD, GOOD, line=stream)
    assert notebook.text.startswith(f"{BAD}\n↻ asked again: age: Field required\n\n{GOOD}\n\n— ")
    assert notebook["_racto"]._repr_mimebundle_() == notebook.shown[0]


def test_all_tries_are_counted(notebook: Notebook):
    replies = [FakeReply((text,), usage=usage_of(10, 5)) for text in (BAD, BAD, GOOD)]
    assert ask(notebook, *replies) is None
    assert notebook["_racto"].usage == usage_of(30, 15)


@pytest.mark.parametrize("stream", ["", "--no-stream"])
def test_after_three_tries_the_cell_fails_and_keeps_the_last(notebook: Notebook, stream: str):
    error = ask(notebook, BAD, BAD, '{"age": 1}', GOOD, line=stream)
    assert isinstance(error, ResponseModelValidationError)
    assert error.attempts == 3
    assert "after 3 attempts: name: Field required" in str(error)
    assert notebook["_racto"].text == '{"age": 1}'
    assert notebook.text.count("asked again") == 2
    assert len(notebook["kit"].calls) == 3


@pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
def test_an_answer_that_was_cut_or_withheld_is_not_asked_for_again(notebook: Notebook, reason: FinishReason):
    error = ask(notebook, FakeReply((BAD,), finish_reason=reason), GOOD)
    assert isinstance(error, ResponseModelValidationError)
    assert len(notebook["kit"].calls) == 1
    assert notebook["_racto"].complete is False


def test_a_window_that_is_full_then_is_told_with_what_was_wrong(notebook: Notebook):
    error = ask(notebook, BAD, ContextOverflowError("9 tokens in a window of 8", tokens=9, window=8))
    assert isinstance(error, ResponseModelValidationError)
    assert "Asking once more did not fit" in str(error)


def test_a_failure_of_the_provider_at_the_second_try_is_its_own(notebook: Notebook):
    error = ask(notebook, BAD, ConnectionError("gone"))
    assert isinstance(error, ConnectionError)
    assert "asked again" in notebook.text


def test_only_the_question_and_the_last_answer_join_the_conversation(notebook: Notebook):
    ask(notebook, BAD, GOOD, line="--history talk")
    kept = notebook.shell.magics_manager.registry["RactoMagics"].session.history("talk")
    assert [message.content for message in kept] == ["Who is it?", GOOD]


def test_the_calls_of_all_tries_are_kept(notebook: Notebook):
    assert ask(notebook, calls("", ("now", {})), BAD, calls("", ("now", {})), GOOD, line="--tools now") is None
    assert [run.content for run in notebook["_racto"].tool_runs] == ["12:00", "12:00"]
    assert [message["role"] for message in notebook["kit"].calls[-1]["messages"]].count("tool") == 2


def test_in_the_background_too(notebook: Notebook):
    assert ask(notebook, BAD, GOOD, line="--background --into person") is None
    assert notebook["person"].result(30).parsed == Person(name="Ann", age=25)

"""Errors of a cell: one line, still the whole error."""

import inspect
import pickle

import pytest

from racto_nb import exceptions
from racto_nb.exceptions import AnswerError, MissingFileError, RactoGatewayError, StreamInterruptedError, UsageError
from racto_nb.notebook.magics.failing import Interrupted, in_one_line, is_ours, line_of

PLAIN = [
    kind
    for kind in vars(exceptions).values()
    if inspect.isclass(kind)
    and issubclass(kind, RactoGatewayError)
    and kind.__init__ in {Exception.__init__, AnswerError.__init__}
]


@pytest.mark.parametrize(
    "error", [*(kind("what to do") for kind in PLAIN), StreamInterruptedError("what to do", partial="so far", status_code=5)]
)
def test_an_error_shown_in_one_line_can_be_pickled_whole(error: RactoGatewayError):
    back = pickle.loads(pickle.dumps(in_one_line(error)))
    assert type(back) is type(error)
    assert str(back) == "what to do"
    assert back._render_traceback_()[0].startswith(f"{type(error).__name__}: what to do")
    assert getattr(back, "partial", "so far") == "so far"


def test_an_error_with_a_pickle_of_its_own_survives_too():
    back = pickle.loads(pickle.dumps(in_one_line(MissingFileError("a.txt", ["b.txt"]))))
    assert (back.name, back.suggestions) == ("a.txt", ["b.txt"])


def test_the_line_is_free_of_terminal_control():
    assert in_one_line(UsageError("a\x1b]0;t\x07\x1b[2Jb"))._render_traceback_() == ["UsageError: ab"]


def test_the_error_itself_is_marked():
    error = UsageError("x")
    assert in_one_line(error) is error


def test_an_interrupt_is_a_keyboard_interrupt_in_one_line():
    assert isinstance(Interrupted("kept"), KeyboardInterrupt)
    assert Interrupted("kept")._render_traceback_() == ["Interrupted: kept"]


def test_only_errors_raised_on_purpose_are_ours():
    assert is_ours(UsageError("x"))
    assert not is_ours(ValueError("x"))
    assert not is_ours(Interrupted("x"))


def test_only_whole_words_are_replaced_by_the_variable():
    error = UsageError("functools.partial(f) and x.partials are no text; the part is in .partial, the answer in .raw_response.")
    assert line_of(error) == (
        "UsageError: functools.partial(f) and x.partials are no text; the part is in _racto.text, the answer in _racto.text."
    )


def test_the_line_of_a_broken_stream_says_where_the_part_is():
    error = StreamInterruptedError("The connection broke.", partial="so far")
    assert line_of(error, place="found") == "StreamInterruptedError: The connection broke. What had arrived is in found.text."
    assert line_of(StreamInterruptedError("kept in .partial.", partial="x")).count("_racto.text") == 1
    assert line_of(StreamInterruptedError("It broke.")) == "StreamInterruptedError: It broke."

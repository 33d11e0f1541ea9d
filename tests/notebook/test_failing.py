"""Errors of a cell: one line, still the whole error."""

import inspect
import pickle

import pytest

from racto_nb import exceptions
from racto_nb.exceptions import AnswerError, MissingFileError, RactoGatewayError, StreamInterruptedError, UsageError
from racto_nb.notebook.magics.failing import Interrupted, in_one_line, is_ours

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
    assert back._render_traceback_() == [f"{type(error).__name__}: what to do"]
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

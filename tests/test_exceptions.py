"""The tree of errors: as drawn, with its data, fit for process pools, and helpful with names."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import racto_nb
from racto_nb import exceptions
from racto_nb.exceptions import (
    AnswerError,
    CorruptModelFileError,
    MalformedAnswerError,
    MissingExtraError,
    ModelNotFoundError,
    RactoGatewayError,
    RefusedAnswerError,
    ResponseModelValidationError,
    TruncatedAnswerError,
    UnreadableFileError,
    did_you_mean,
    nearest,
)
from racto_nb.models import LLMResponse
from racto_nb.providers.failures import HttpFailure

ARGUMENTS = {
    "sent": 2, "total": 5, "attempts": 3, "last_error": ValueError("bad"), "path": "model.gguf", "expected": "aa", "actual": "bb", "provider": "p",
    "wish": "w", "name": "n", "extra": "rag", "missing": "faiss", "detail": {"type": "t", "n_ctx": 4},
}  # fmt: skip


def every_module() -> Iterator[object]:
    for found in pkgutil.walk_packages(racto_nb.__path__, "racto_nb."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def every_error() -> list[type[RactoGatewayError]]:
    list(every_module())
    found, left = [], [RactoGatewayError]
    while left:
        kind = left.pop()
        found.append(kind)
        left += [below for below in kind.__subclasses__() if below.__module__.startswith("racto_nb")]
    return sorted(set(found), key=lambda kind: kind.__name__)


def made(kind: type[RactoGatewayError]) -> RactoGatewayError:
    """An error of `kind` with every required argument."""
    if kind.__init__ in {Exception.__init__, ValueError.__init__, TypeError.__init__}:
        return kind("what happened")
    parameters = list(inspect.signature(kind).parameters.values())
    required = [one for one in parameters if one.default is one.empty and one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}]
    by_place = [ARGUMENTS.get(one.name, "what happened") for one in required if one.kind is not one.KEYWORD_ONLY]
    by_name = {one.name: ARGUMENTS[one.name] for one in required if one.kind is one.KEYWORD_ONLY}
    return kind(*by_place, **by_name)


def drawn() -> dict[str, str | None]:
    """Each name in the drawn tree and the name that it hangs from."""
    above: dict[int, str] = {}
    tree: dict[str, str | None] = {}
    for line in (exceptions.__doc__ or "").splitlines():
        if match := re.match(r"^(?P<branch>[ │├└─]*)(?P<name>[A-Z]\w+Error)\b", line):
            depth = len(match["branch"])
            above = {place: name for place, name in above.items() if place < depth}
            tree[match["name"]] = above[max(above)] if above else None
            above[depth] = match["name"]
    return tree


def test_the_drawn_tree_is_the_real_one():
    real = {
        name: kind.__mro__[1].__name__ if kind is not RactoGatewayError else None
        for name, kind in vars(exceptions).items()
        if isinstance(kind, type) and issubclass(kind, RactoGatewayError)
    }
    assert drawn() == real


def test_every_error_of_the_package_that_is_raised_for_users_hangs_in_the_tree():
    strays = [
        kind
        for module in every_module()
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.__name__
        and not issubclass(kind, (RactoGatewayError, HttpFailure, Warning)) and not kind.__name__.startswith("_")
    ]  # fmt: skip
    # Ends work whose caller has left: nobody can see it. Failures become errors of the tree before anybody sees them.
    assert sorted({kind.__name__ for kind in strays}) == [
        "CallerLeftError", "ChildDiedError", "ChildRefusedError", "ChildTimeoutError", "EventTooLongError", "FilesError", "MisfitError",
        "NoChatError", "Refused", "ToolTroubleError", "UnreadableError",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling_with_its_data(kind: type[RactoGatewayError]):
    error = made(kind)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert {name: repr(value) for name, value in vars(again).items()} == {
        name: repr(value) for name, value in vars(error).items()
    }


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_says_in_its_docstring_what_it_means(kind: type[RactoGatewayError]):
    assert kind.__doc__
    assert kind.__doc__ != (kind.__mro__[1].__doc__ or "")


class Answer(BaseModel):
    """A model that does not fit."""

    value: int


def test_a_validation_failure_carries_a_real_validation_error_across_processes():
    with pytest.raises(ValidationError) as caught:
        Answer.model_validate_json('{"value": "x"}')
    error = ResponseModelValidationError("no", attempts=2, last_error=caught.value, raw_response="{}")
    again = pickle.loads(pickle.dumps(error))
    assert (again.attempts, again.raw_response) == (2, "{}")
    assert again.last_error.errors(include_url=False) == caught.value.errors(include_url=False)


def test_a_missing_extra_names_the_line_to_type_and_is_an_import_error():
    error = MissingExtraError("rag", missing="faiss")
    assert isinstance(error, ImportError)
    assert str(error) == "This feature needs 'faiss'. Install it with: pip install 'racto-nb[rag]'"
    assert (error.name, error.extra) == ("faiss", "rag")


def test_a_corrupt_file_carries_both_checksums():
    error = CorruptModelFileError("corrupt", path="p", expected="aa", actual="bb")
    assert (error.path, error.expected, error.actual) == ("p", "aa", "bb")


def test_an_unknown_name_is_told_with_the_nearest_known_ones():
    error = ModelNotFoundError.among("chat model", "smolm2", ["smollm2-135m", "qwen2.5-coder-0.5b"])
    assert str(error) == "There is no chat model 'smolm2'. Did you mean 'smollm2-135m'?"
    assert (error.name, error.suggestions) == ("smolm2", ["smollm2-135m"])


def test_what_was_reached_before_an_error_is_declared_and_travels_with_it():
    error = RactoGatewayError("no")
    assert error.result is None
    error.result = {"rows": 3}
    assert pickle.loads(pickle.dumps(error)).result == {"rows": 3}


def test_where_no_name_is_near_all_are_told():
    assert did_you_mean("zzz", ["b", "a"]) == " Known: a, b."


def test_where_nothing_is_known_nothing_is_told():
    assert did_you_mean("zzz", []) == ""


NAMES = st.lists(st.text(min_size=1), max_size=6)


@given(st.text(), NAMES, st.integers(0, 4))
def test_near_names_are_known_names_and_never_more_than_asked(name: str, known: list[str], count: int):
    if count:
        found = nearest(name, known, count=count)
        assert len(found) <= count
        assert set(found) <= set(known)


@given(NAMES.filter(bool))
def test_a_name_in_another_case_is_always_found(known: list[str]):
    assert nearest(known[0].swapcase(), known) or known[0].swapcase().casefold() != known[0].casefold()


class _Unpicklable:
    def __reduce__(self) -> object:
        raise RuntimeError("a client cannot be pickled")


@pytest.mark.parametrize("kind", [AnswerError, TruncatedAnswerError, RefusedAnswerError, MalformedAnswerError])
def test_an_answer_whose_raw_object_cannot_be_pickled_travels_without_it(kind: type[AnswerError]):
    response = LLMResponse(content="half", raw=_Unpicklable())
    again = pickle.loads(pickle.dumps(kind("cut", response=response)))
    assert (again.response.content, again.response.raw) == ("half", None)
    assert response.raw is not None


def test_a_validation_failure_travels_without_a_raw_object_that_cannot_be_pickled():
    response = LLMResponse(content="half", raw=_Unpicklable())
    error = ResponseModelValidationError("no", attempts=1, last_error=ValueError("bad"), response=response)
    assert pickle.loads(pickle.dumps(error)).response.content == "half"


def test_an_answer_whose_raw_object_can_be_pickled_keeps_it():
    error = AnswerError("cut", response=LLMResponse(content="half", raw={"id": 7}))
    assert pickle.loads(pickle.dumps(error)).response.raw == {"id": 7}


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_keeps_its_notes(kind: type[RactoGatewayError]):
    error = made(kind)
    error.add_note("in cell 3")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["in cell 3"]


def test_an_unreadable_file_keeps_its_number_and_name_across_processes():
    again = pickle.loads(pickle.dumps(UnreadableFileError("no", "a.txt", 13)))
    assert (str(again), again.filename, again.errno) == ("no", "a.txt", 13)

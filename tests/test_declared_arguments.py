"""Arguments that are declared to type checkers alone: they are those that there are, and the names are those of the enums."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap

import pytest
from pydantic import BaseModel, ValidationError

from racto_nb.exceptions import UsageError
from racto_nb.models import FinishReason, Message, MessageRole
from racto_nb.testing import FakeReply


def declared(of: type) -> dict[str, str]:
    """The annotations of the `__init__` that type checkers see."""
    (given,) = ast.parse(textwrap.dedent(inspect.getsource(of))).body
    (function,) = [node for node in ast.walk(given) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    arguments = [*function.args.args[1:], *function.args.kwonlyargs]
    return {argument.arg: ast.unparse(argument.annotation) for argument in arguments if argument.annotation is not None}


def fields(of: type) -> list[str]:
    return list(of.model_fields) if issubclass(of, BaseModel) else [field.name for field in dataclasses.fields(of)]


@pytest.mark.parametrize(("of", "name", "enum"), [(Message, "role", MessageRole), (FakeReply, "finish_reason", FinishReason)])
def test_what_type_checkers_see_is_what_there_is(of: type, name: str, enum: type):
    said = declared(of)
    assert list(said) == fields(of)
    names = ", ".join(repr(member.value) for member in enum)
    assert said.pop(name) == f"{enum.__name__} | Literal[{names}]"
    written = {each: note for each, note in of.__annotations__.items() if each != name}
    assert said == written


def test_a_name_becomes_a_member_of_the_enum_and_no_other_is_taken():
    assert Message(role="user", content="Hi").role is MessageRole.USER
    assert FakeReply(("a",), 0.1, "stop").finish_reason is FinishReason.STOP
    with pytest.raises(ValidationError, match="'system', 'user', 'assistant' or 'tool'"):
        Message(role="user ", content="Hi")
    with pytest.raises(UsageError, match="finish_reason is one of"):
        FakeReply(("a",), finish_reason="end")


def test_they_are_declared_to_type_checkers_alone():
    assert "__init__" not in vars(Message)
    assert "Literal" not in str(inspect.signature(FakeReply))

"""From anything callable, or a Pydantic class, to a tool: its schema, what checks its arguments, and what to call."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import reprlib
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.tools.arguments import Arguments, of_model, of_parameters
from racto_nb.tools.calling import by_keyword
from racto_nb.tools.describing import tool_schema
from racto_nb.tools.docstrings import Docstring, parsed
from racto_nb.tools.schema import ToolSchema
from racto_nb.tools.signatures import Target, function_of, label, parameters_of

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
_MARK = "_tool_schema"


@dataclass(frozen=True, slots=True)
class Tool:
    """A `target`, its `schema`, its `arguments`, and the `function` to call with them by keyword; None for a Pydantic class."""

    target: Target
    schema: ToolSchema
    arguments: Arguments
    function: Target | None


def declared(target: object, *, name: str | None, description: str | None) -> Tool:
    """The tool that `target` is. A `name` or `description` given here goes before those given to `@tool`.

    Raises `WrongTypeError` for what cannot be called, and `UsageError` for a name that providers refuse or a parameter that
    cannot be described.
    """
    _refuse_what_is_no_tool(target)
    callable_ = cast("Target", target)
    mark = mark_of(target)
    called = name if name is not None else mark.name if mark is not None else _own_name(callable_)
    refuse_name(called, callable_)
    if description is None and mark is not None:
        description = mark.description
    arguments = (
        of_model(cast("type[BaseModel]", target))
        if _is_model(target)
        else of_parameters(called, parameters_of(callable_), owner=label(target))
    )
    schema = tool_schema(called, arguments, docstring_of(callable_), description=description)
    return Tool(callable_, schema, arguments, None if _is_model(target) else by_keyword(callable_))


def mark_of(target: object) -> ToolSchema | None:
    """The schema that `@tool` has left on `target`, or on the function behind a method. A subclass does not inherit one."""
    marked = target.__func__ if inspect.ismethod(target) else target
    mark = getattr(marked, "__dict__", {}).get(_MARK)
    return mark if isinstance(mark, ToolSchema) else None


def leave_mark(target: Target, schema: ToolSchema) -> None:
    """Leave `schema` on `target`, for `mark_of` to find."""
    try:
        setattr(target, _MARK, schema)
    except (AttributeError, TypeError) as error:
        message = (
            f"{label(target)} takes no attributes, and @tool needs one. Use ToolRegistry.register(…, name=…, description=…)."
        )
        raise UsageError(message) from error


def is_same(one: Any, other: Any) -> bool:
    """Whether `other` may take the place of `one`: it is the same, or the same written anew, as when a cell is run again.

    A function or class is the same by its module and qualified name, but not when one `def` made both around different values.
    Methods and partials are the same if that holds for their functions and they hold the same objects.
    """
    if one is other:
        return True
    if inspect.ismethod(one) and inspect.ismethod(other):
        return one.__self__ is other.__self__ and is_same(one.__func__, other.__func__)
    if type(one) is functools.partial and type(other) is functools.partial:
        held, holds = cast("functools.partial[object]", one), cast("functools.partial[object]", other)
        return is_same(held.func, holds.func) and _hold_the_same(held, holds)
    if not (_is_written(one) and _is_written(other)):
        return False
    return label(cast("object", one)) == label(cast("object", other)) and not _closes_over_others(one, other)


def _closes_over_others(one: Any, other: Any) -> bool:
    """Whether one `def` was run twice, around different values."""
    code = getattr(one, "__code__", None)
    return code is not None and code is getattr(other, "__code__", None) and one.__closure__ is not None


def _is_written(target: Any) -> bool:
    """Whether it is a function or a class: what a `def` or a `class` makes."""
    return (inspect.isroutine(target) and not inspect.ismethod(target)) or inspect.isclass(target)


def _hold_the_same(one: Any, other: Any) -> bool:
    """Whether two partials hold the same objects, or equal texts and numbers."""
    if len(one.args) != len(other.args) or one.keywords.keys() != other.keywords.keys():
        return False
    pairs = [*zip(one.args, other.args, strict=True), *((one.keywords[key], other.keywords[key]) for key in one.keywords)]
    return all(left is right or (isinstance(left, str | int | float) and left == right) for left, right in pairs)


def docstring_of(target: Any) -> Docstring:
    """What the docstrings of `target` say, the nearest first: a method's, then its class's; a class's, then `__init__`'s."""
    read = [parsed(text) for text in _texts(target)]
    told = {name: text for each in reversed(read) for name, text in each.parameters.items()}
    return Docstring(next((each.summary for each in read if each.summary), ""), told)


def _texts(target: Any) -> list[str | None]:
    if isinstance(target, functools.partial):
        return [vars(target).get("__doc__"), *_texts(cast("functools.partial[object]", target).func)]
    if inspect.isclass(target):
        return [_class_doc(target), target.__init__.__doc__ if "__init__" in vars(target) else None]
    if inspect.isroutine(target):
        return [inspect.getdoc(target)]
    return [function_of(target).__doc__, type(target).__doc__]


def _class_doc(kind: type) -> str | None:
    """The docstring that somebody wrote: dataclasses without one are given their signature for one."""
    doc = kind.__doc__
    made = dataclasses.is_dataclass(kind) and doc is not None and doc.startswith(f"{kind.__name__}(")
    return None if made else doc


def _is_model(target: object) -> bool:
    return isinstance(target, type) and issubclass(target, BaseModel)


def _refuse_what_is_no_tool(target: object) -> None:
    if isinstance(target, str):
        raise WrongTypeError(f"A function is expected here, not the text {target!r}. For a name, write name={target!r}.")
    if isinstance(target, BaseModel) and not callable(target):
        raise WrongTypeError(f"An instance of {type(target).__name__} is no tool. Register the class itself.")
    if not callable(target):
        message = "A tool is a function, a bound method, a callable object or a Pydantic class"
        raise WrongTypeError(f"{message}, not {reprlib.repr(target)}.")
    if target is BaseModel:
        raise UsageError("BaseModel itself has no fields to fill. Register a class of yours that is made from it.")


def _own_name(target: Target) -> str:
    if isinstance(target, functools.partial):
        return _own_name(cast("functools.partial[object]", target).func)
    return getattr(target, "__name__", type(target).__name__)


def refuse_name(name: object, target: Target) -> None:
    """Raise UsageError for a name that providers refuse, and WrongTypeError for what is no text."""
    if not isinstance(name, str):
        raise WrongTypeError(f"The name of a tool is a text, not {name!r}.")
    if not _NAME.fullmatch(name):
        message = (
            f"{name!r} cannot be the name of a tool ({label(target)}): providers take 1 to 64 of the letters a to z and A to Z, "
            "digits, '_' and '-', a letter or '_' first. Give another with name=…"
        )
        raise UsageError(message)

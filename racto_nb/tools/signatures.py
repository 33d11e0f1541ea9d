"""The parameters that a model may fill of anything callable, with their annotations resolved.

Left out are `self`, and what `functools.partial` has filled. Annotations that are text (`from __future__ import annotations`) are
resolved where the function was written: its module, what it closes over, and the function around it while that runs.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from types import CodeType, SimpleNamespace
from typing import Any, cast

from racto_nb.exceptions import UsageError

Target = Callable[..., object]


def parameters_of(target: Target) -> list[inspect.Parameter]:
    """The parameters of `target` for a model to fill; `annotation` is a type, `Any` where there is none.

    Raises `UsageError` for a signature that Python cannot read, an annotation that cannot be resolved, and for a generator.

    >>> def find(city: "str", /, *, near=True): ...
    >>> [(each.name, each.annotation) for each in parameters_of(find)]
    [('city', <class 'str'>), ('near', typing.Any)]
    """
    _refuse_generator(target)
    filled = _filled(target)
    given = [each for each in _signature(target).parameters.values() if each.name not in filled]
    if given and is_unbound(target):
        given = given[1:]
    names = _namespace(target)
    resolved = [each.replace(annotation=_resolved(each, names, target)) for each in given]
    return [one for each in resolved for one in _unpacked(each, target)]


def function_of(target: Target) -> Target:
    """The function that runs when `target` is called: what a partial, a method or a callable object stands for.

    >>> function_of(functools.partial(sorted, reverse=True)) is sorted
    True
    """
    if isinstance(target, functools.partial):
        return function_of(cast("functools.partial[object]", target).func)
    if inspect.ismethod(target):
        return target.__func__
    if inspect.isroutine(target) or inspect.isclass(target):
        return target
    called = type(target).__call__
    return called if inspect.isfunction(called) else target


def label(target: object) -> str:
    """The target as an error names it: `module.qualified_name`."""
    function = function_of(target) if callable(target) else target
    name = getattr(function, "__qualname__", type(target).__qualname__)
    return f"{getattr(function, '__module__', None) or type(target).__module__}.{name}"


def is_unbound(target: Target) -> bool:
    """Whether `target` is a method that still wants its object: `Store.find` instead of `Store().find`."""
    if not inspect.isfunction(target):
        return False
    around = target.__qualname__.split(".")[:-1]
    first = next(iter(inspect.signature(target).parameters.values()), None)
    in_a_class = bool(around) and around[-1] != "<locals>"
    return in_a_class and first is not None and first.name in {"self", "cls"} and first.annotation is inspect.Parameter.empty


def _refuse_generator(target: Target) -> None:
    function = function_of(target)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(f"{label(target)} is a generator, and a model needs one answer. Return a list of what it yields.")


def _filled(target: Target) -> frozenset[str]:
    """The names that a partial has filled by keyword; what it has filled by place is not in its signature."""
    return frozenset(cast("functools.partial[object]", target).keywords) if isinstance(target, functools.partial) else frozenset()


def _signature(target: Target) -> inspect.Signature:
    try:
        return inspect.signature(target)
    except (TypeError, ValueError) as error:
        message = f"{label(target)} has no signature that Python can read. Write a function with annotations that calls it."
        raise UsageError(message) from error


def _namespace(target: Target) -> tuple[dict[str, Any], dict[str, Any]]:
    """The globals, and the names nearer by, among which annotations are looked up."""
    function = function_of(target)
    if inspect.isclass(function):
        function = cast("Target", function.__init__)
    function = inspect.unwrap(function, stop=lambda each: hasattr(each, "__signature__"))
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None:
        return {}, {}
    cells = zip(code.co_freevars, getattr(function, "__closure__", None) or (), strict=False)
    closed = {name: cell.cell_contents for name, cell in cells if _is_set(cell)}
    return getattr(function, "__globals__", {}), _around(code) | closed


def _is_set(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _around(code: CodeType) -> dict[str, Any]:
    """The local names of the running functions around the place where `code` was written: decorators run while these do."""
    frame = inspect.currentframe()
    found: dict[str, Any] = {}
    while frame is not None:
        if any(constant is code for constant in frame.f_code.co_consts):
            found = {**frame.f_locals, **found}
            code = frame.f_code
        frame = frame.f_back
    return found


def _resolved(parameter: inspect.Parameter, names: tuple[dict[str, Any], dict[str, Any]], target: Target) -> Any:
    if parameter.annotation is inspect.Parameter.empty:
        return Any
    holder: Any = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    try:
        return typing.get_type_hints(holder, *names, include_extras=True)[parameter.name]
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        message = (
            f"The annotation {parameter.annotation!r} of {parameter.name!r} of {label(target)} cannot be resolved: {error}. "
            "Define or import it before the function, outside of TYPE_CHECKING."
        )
        raise UsageError(message) from error


def _unpacked(parameter: inspect.Parameter, target: Target) -> list[inspect.Parameter]:
    """`**options: Unpack[Options]` as the keyword parameters that it stands for; any other parameter as it is."""
    # typing_extensions has an Unpack of its own in Python 3.11.
    if not str(typing.get_origin(parameter.annotation)).endswith(".Unpack"):
        return [parameter]
    if parameter.kind is not parameter.VAR_KEYWORD:
        raise UsageError(f"Parameter {parameter.name!r} of {label(target)} has several types. Annotate it with one.")
    (options,) = typing.get_args(parameter.annotation)
    hints: Mapping[str, Any] = typing.get_type_hints(options, include_extras=True)
    # Python 3.11 does not look for the qualifiers inside annotations that are text.
    said = {name: typing.get_origin(hint) for name, hint in hints.items()}
    required = {name for name in hints if said[name] is typing.Required}
    required |= {name for name in options.__required_keys__ if said[name] is not typing.NotRequired}
    return [
        inspect.Parameter(
            name,
            parameter.KEYWORD_ONLY,
            annotation=_without_qualifier(hint),
            default=parameter.empty if name in required else NOT_GIVEN,
        )
        for name, hint in hints.items()
    ]


def _without_qualifier(hint: Any) -> Any:
    """What stands in `Required[…]` and `NotRequired[…]`."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) in {typing.Required, typing.NotRequired} else hint


class _NotGiven:
    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = _NotGiven()
"""The default of a parameter that may be left out and has no value then."""

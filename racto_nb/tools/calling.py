"""What to call with the checked arguments, all of them by keyword."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any, cast

from racto_nb.tools.signatures import Target, function_of


def by_keyword(target: Target) -> Target:
    """`target` itself where it takes all of its arguments by keyword; else a function that does, and passes them on in place.

    What is returned is a coroutine function if calling `target` gives a coroutine.

    >>> by_keyword(max) is max
    True
    >>> def power(base, exponent=2, /): return base**exponent
    >>> by_keyword(power)(base=3)
    9
    """
    signature = _signature(target)
    if signature is not None and any(_needs_a_place(each) for each in signature.parameters.values()):
        return _placed(target, signature)
    if _is_async(target) and not inspect.iscoroutinefunction(target):
        return cast("Target", target.__call__)  # a callable object does not show that its call is a coroutine
    return target


def _signature(target: Target) -> inspect.Signature | None:
    try:
        return inspect.signature(target)
    except ValueError:
        return None


def _needs_a_place(parameter: inspect.Parameter) -> bool:
    return parameter.kind in {parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL}


def _is_async(target: Target) -> bool:
    return inspect.iscoroutinefunction(function_of(target))


def _placed(target: Target, signature: inspect.Signature) -> Target:
    if _is_async(target):

        @functools.wraps(target)
        async def awaited(**arguments: Any) -> object:
            args, kwargs = _in_place(signature, arguments)
            return await cast("Any", target(*args, **kwargs))

        return awaited

    @functools.wraps(target)
    def called(**arguments: Any) -> object:
        args, kwargs = _in_place(signature, arguments)
        return target(*args, **kwargs)

    return called


def _in_place(signature: inspect.Signature, arguments: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as Python passes them on; defaults are filled in, since a place before a given one cannot stay empty."""
    named = [each.name for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    bound = signature.bind_partial()
    bound.arguments = {name: arguments[name] for name in named if name in arguments}
    bound.apply_defaults()
    return bound.args, bound.kwargs | {name: value for name, value in arguments.items() if name not in named}

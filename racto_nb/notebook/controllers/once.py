"""What is made once of a value that does not change, and goes when the value goes: an answer or a result may be large."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

Value = TypeVar("Value")
Rest = ParamSpec("Rest")
Made = TypeVar("Made")


def once(make: Callable[Concatenate[Value, Rest], Made]) -> Callable[Concatenate[Value, Rest], Made]:
    """`make`, called once for each value, and anew where what is given besides has changed since.

    What is made, and what is given besides, must not hold the value. Values that have no equality of their own are told apart by
    what they are.
    """
    known: WeakKeyDictionary[Value, tuple[object, Made]] = WeakKeyDictionary()

    @wraps(make)
    def made(value: Value, *args: Rest.args, **kwargs: Rest.kwargs) -> Made:
        found, besides = known.get(value), (args, kwargs)
        if found is None or found[0] != besides:
            found = known[value] = (besides, make(value, *args, **kwargs))
        return found[1]

    return made

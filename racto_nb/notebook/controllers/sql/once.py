"""What is made once of a value that does not change, and goes when the value goes: rows of a result may be large."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

Value = TypeVar("Value")
Made = TypeVar("Made")


def once(make: Callable[[Value], Made]) -> Callable[[Value], Made]:
    """`make`, called once for each value. Values are told apart by what they are, not by what they hold."""
    known: WeakKeyDictionary[Value, Made] = WeakKeyDictionary()

    @wraps(make)
    def made(value: Value) -> Made:
        found = known.get(value)
        if found is None:
            found = known[value] = make(value)
        return found

    return made

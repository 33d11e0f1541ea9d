"""The shape of every controller, so that one widget class serves them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Controller(Generic[State]):
    """`heard` is the union of events that a page may say.

    `update(state, event)` gives the next state and the wishes, and raises UsageError for what cannot be done. `view(state)` gives
    the parts by name: plain values as JSON knows them, which are compared with what was sent before. `twin(state)` gives clean
    HTML and its text by MIME type.
    """

    heard: Any
    update: Callable[[State, object], tuple[State, Sequence[object]]]
    view: Callable[[State], Mapping[str, Any]]
    twin: Callable[[State], dict[str, str]]

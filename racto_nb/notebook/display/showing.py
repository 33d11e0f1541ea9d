"""The one call of IPython's `display`, with types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast


class Handle(Protocol):
    """A display that can be updated."""

    def update(self, obj: object, **kwargs: Any) -> None:
        """Show another value in its place."""
        ...

    def display(self, obj: object, **kwargs: Any) -> None:
        """Show a value in a second place, which is updated with the first."""
        ...


def show_bundle(bundle: Mapping[str, Any]) -> None:
    """Display a value given as MIME types and texts, or JSON."""
    _display()(dict(bundle), raw=True)


def show_updatable(bundle: dict[str, str]) -> Handle:
    """Display a value that will be updated (`handle.update(bundle, raw=True)`)."""
    handle: Handle = _display()(bundle, raw=True, display_id=True)
    return handle


def show_value(value: object) -> None:
    """Display any value as IPython shows it."""
    _display()(value)


def _display() -> Any:
    from IPython import display  # IPython's own annotations are partial

    return cast("Any", display).display

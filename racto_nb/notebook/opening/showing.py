"""Put a widget where cells find it, and show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.display.showing import show_value
from racto_nb.notebook.widgets.bridge import Bridge

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics


def opened(magics: RactoMagics, widget: Bridge[Any], name: str) -> None:
    """Show `widget` and keep it in the variable `name`, about which `refuse_taken` was asked. One that was there is closed."""
    before = magics.namespace.get(name)
    if isinstance(before, Bridge):
        before.close()
    magics.namespace[name] = widget
    show_value(widget)


def refuse_taken(magics: RactoMagics, name: str, kind: type[Bridge[Any]]) -> None:
    """UsageError where the variable `name` holds what is no widget of `kind`."""
    held = magics.namespace.get(name)
    if not name.isidentifier():
        raise UsageError(f"{name!r} is no name of a variable. Write one: --into my_{kind.__name__.lower()}.")
    if held is not None and not isinstance(held, kind):
        what = f"The variable {name!r} holds a {type(held).__name__}, which would be lost."
        raise UsageError(f"{what} Choose another name: --into my_{name}.")

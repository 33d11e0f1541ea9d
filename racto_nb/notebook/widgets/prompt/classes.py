"""The Pydantic classes of a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

_OURS = ("racto_nb.", "pydantic")


def classes_in(namespace: Mapping[str, object]) -> dict[str, type[BaseModel]]:
    """The classes that `namespace` holds, by their names in it; not those of libraries that come along with an import of ours."""
    return {
        name: value
        for name, value in list(namespace.items())
        if isinstance(value, type)
        and issubclass(value, BaseModel)
        and not name.startswith("_")
        and not value.__module__.startswith(_OURS)
    }


def classes_here() -> dict[str, type[BaseModel]]:
    """The classes of the notebook that runs, none outside of one."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return {} if shell is None else classes_in(shell.user_ns)


def by_name(classes: Sequence[type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """The classes by their own names."""
    return {model.__name__: model for model in classes}

"""The one module `__getattr__`: public names that are imported on first use."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Mapping


def lazy_names(package: str, table: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for `package`, from a table `public name -> module that holds it`.

    A name mapped to a module of the same last part (`"cache": "racto_nb.cache"`) is that module itself.
    """

    def getattr_(name: str) -> object:
        where = table.get(name)
        if where is None:
            close = difflib.get_close_matches(name, table, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            msg = f"module {package!r} has no attribute {name!r}.{hint}"
            raise AttributeError(msg, name=name, obj=sys.modules.get(package))
        module = importlib.import_module(where)
        value = module if where.rpartition(".")[2] == name else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    def dir_() -> list[str]:
        return sorted({*vars(sys.modules[package]), *table})

    return getattr_, dir_

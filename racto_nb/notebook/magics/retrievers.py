"""The variables of the notebook that find passages: a RactoRAG, or another retriever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from racto_nb.exceptions import UsageError, did_you_mean, nearest
from racto_nb.notebook.magics.interpolating import value_of

LINE = "%%racto rag NAME"


def retrievers_of(namespace: Mapping[str, Any]) -> list[str]:
    """The names of the variables that hold one, in the order of the alphabet."""
    return sorted(name for name, value in namespace.items() if not name.startswith("_") and _retrieves(value))


def held_retriever(name: str, namespace: Mapping[str, Any], *, line: str = LINE, kind: type[Any] | None = None) -> Any:
    """The retriever, or the object of `kind`, in the variable `name`. UsageError says what there is where it holds none.

    `line` is what the user should have written.
    """
    known = retrievers_of(namespace)
    if not name:
        message = f"Say what to ask: {line}.{_there_is(known)}"
        raise UsageError(message)
    if name.partition(".")[0] not in namespace:
        hint = did_you_mean(name, known) if nearest(name, known) else _there_is(known)
        message = f"There is no variable {name!r}.{hint} Nothing was sent."
        raise UsageError(message)
    found = value_of(name, namespace, shown=line.replace("NAME", name))
    if not (_retrieves(found) if kind is None else isinstance(found, kind)):
        message = f"{name!r} is a {type(found).__name__}, not a {kind.__name__ if kind else 'RactoRAG'}."
        raise UsageError(f"{message}{_there_is(known)} Nothing was sent.")
    return found


def _retrieves(value: object) -> bool:
    """Whether `value` is a Retriever, as its class says: nothing of the value itself is run to find that out."""
    return not isinstance(value, type) and all(callable(getattr(type(value), name, None)) for name in ("retrieve", "aretrieve"))


def _there_is(known: list[str]) -> str:
    if not known:
        return " There is no RactoRAG in this notebook: %racto rag ingest FOLDER makes one, in the variable rag."
    return f" There is {', '.join(known)}." if len(known) == 1 else f" There are {', '.join(known)}."

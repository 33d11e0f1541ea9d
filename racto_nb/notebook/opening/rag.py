"""`%racto rag NAME`: look into a RactoRAG of the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.notebook.magics.option_table import EXPLORE_TABLE, SEARCHES
from racto_nb.notebook.magics.options import parsed, refuse_empty
from racto_nb.notebook.magics.retrievers import held_retriever
from racto_nb.notebook.opening.showing import opened, refuse_taken

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics
    from racto_nb.rag.pipeline import RactoRAG
    from racto_nb.rag.retrieval import RetrievalOptions


def open_explorer(magics: RactoMagics, words: list[str]) -> None:
    """Open an explorer of the RactoRAG that the first of `words` names. UsageError for what there is not."""
    from racto_nb.notebook.widgets.explorer import RagExplorer
    from racto_nb.rag.pipeline import RactoRAG

    named = bool(words) and not words[0].startswith("-")
    values = parsed(words[1:] if named else words, EXPLORE_TABLE)
    refuse_empty(EXPLORE_TABLE, values)
    namespace = magics.namespace
    rag = held_retriever(words[0] if named else "", namespace, line="%racto rag explore NAME", kind=RactoRAG)
    refuse_taken(magics, values["into"], RagExplorer)
    explorer = RagExplorer(
        rag,
        compare=None if values["compare"] is None else _compared(values["compare"], namespace),
        kit=None if values["model"] is None else magics.session.kit(values["model"], namespace),
    )
    opened(magics, explorer, values["into"])


def _compared(name: str, namespace: Mapping[str, Any]) -> RactoRAG | RetrievalOptions | str:
    """A way of searching, or what the variable holds; whether that can be compared with, the explorer says."""
    if name in SEARCHES:
        return name
    if name.partition(".")[0] not in namespace:
        known = [*SEARCHES, *(known for known in namespace if not known.startswith("_"))]
        ways = ", ".join(SEARCHES)
        raise UsageError(f"--compare {name}: it is no way of searching ({ways}), and no variable.{did_you_mean(name, known)}")
    found: Any = value_of(name, namespace, shown=f"--compare {name}")
    return found

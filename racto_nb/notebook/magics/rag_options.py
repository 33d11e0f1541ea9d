"""Reading a line `%%racto rag NAME …`: which retriever, which passages, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.option_table import RAG_TABLE
from racto_nb.notebook.magics.options import Options, options_of, parsed, refuse_contradictions, refuse_empty

MOST_PASSAGES = 1_000
Search = Literal["vector", "hybrid", "keyword"]


@dataclass(frozen=True, slots=True)
class RagOptions:
    """What a `%%racto rag` line says: the variable `name`, how to search, and as `asking` what other cells say too.

    None means: not given.
    """

    name: str
    top_k: int | None = None
    filters: list[str] = field(default_factory=list[str])
    mode: Search | None = None
    asking: Options = field(default_factory=Options)


def read_rag_options(words: Sequence[str]) -> RagOptions:
    """The options of the `words` behind `rag`. The first of them is the name, also where it is missing: then it is empty.

    Raises UsageError as `read_options` does.

    >>> read_rag_options(["docs", "--top-k", "3", "--hybrid"]).mode
    'hybrid'
    """
    named = bool(words) and not words[0].startswith("-")
    values = parsed(words[1:] if named else words, RAG_TABLE)
    refuse_empty(RAG_TABLE, values)
    asking = options_of(values)
    refuse_contradictions(asking)
    _refuse_unfit(values, asking)
    mode = "hybrid" if values["hybrid"] else cast("Search | None", values["mode"])
    return RagOptions(words[0] if named else "", values["top_k"], values["filter"], mode, asking)


def _refuse_unfit(values: Mapping[str, Any], asking: Options) -> None:
    top_k = values["top_k"]
    clashes = (
        (
            values["hybrid"] and values["mode"] not in {None, "hybrid"},
            f"--hybrid and --mode {values['mode']} are two ways to search. Choose one",
        ),
        (top_k is not None and not 1 <= top_k <= MOST_PASSAGES, f"--top-k is between 1 and {MOST_PASSAGES:,}, not {top_k}"),
        (len(asking.model) > 1, "%%racto rag is answered by one model. Give one --model"),
    )
    for wrong, why in clashes:
        if wrong:
            raise UsageError(f"{why}. Nothing was sent.")

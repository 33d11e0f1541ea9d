"""What TAB offers behind `%%racto rag`, `%%racto sql` and `%%racto classify`. Pure: no database or store is asked anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from racto_nb.notebook.completing.looking import holding, keys
from racto_nb.notebook.completing.offers import Offer
from racto_nb.notebook.completing.retrieving import retriever_offers

_FRAMES = (("pandas", "DataFrame"), ("polars", "DataFrame"))
_PIPELINES = (("racto_nb.pipelines.sql_analyst.pipeline", "SQLAnalystPipeline"),)
_CONNECTIONS = (("duckdb", "DuckDBPyConnection"), ("sqlite3", "Connection"), ("sqlalchemy", "Engine"))
_CLASSIFIERS = (
    ("racto_nb.pipelines.list_classifier.pipeline", "ListClassifierPipeline"),
    ("racto_nb.pipelines.list_classifier.embedding", "EmbeddingClassifier"),
    ("racto_nb.pipelines.list_classifier.cascade", "Cascade"),
)


def asked_offers(cell: str, namespace: Mapping[str, Any], written: str, paths: Callable[[str], Iterable[str]]) -> list[Offer]:
    """What a cell of this kind (`rag`, `sql`, `classify`) may be asked of, as far as it begins as `written`."""
    match cell:
        case "sql":
            found = _held(namespace, *_PIPELINES, *_FRAMES, *_CONNECTIONS)
            found += [Offer(path, "path") for path in paths(written) if " " not in path]
        case "classify":
            found = _held(namespace, *_CLASSIFIERS)
        case _:
            return retriever_offers(namespace, written)
    return [offer for offer in found if offer.text.startswith(written)]


def frame_offers(namespace: Mapping[str, Any]) -> list[Offer]:
    """The variables that hold data frames."""
    return _held(namespace, *_FRAMES)


def column_offers(namespace: Mapping[str, Any]) -> list[Offer]:
    """The columns of all data frames: which of them the line names, it may say later."""
    columns = [column for offer in frame_offers(namespace) for column in keys(namespace[offer.text])]
    return [Offer(column, "property") for column in dict.fromkeys(columns)]


def _held(namespace: Mapping[str, Any], *kinds: tuple[str, str]) -> list[Offer]:
    found = [name for module, kind in kinds for name in holding(namespace, module, kind)]
    return [Offer(name, "instance") for name in dict.fromkeys(found)]

"""`%racto rag`: read files into a RactoRAG of the notebook, look into it, search it."""

from __future__ import annotations

import glob
import keyword
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from racto_nb._paths import expanded
from racto_nb.exceptions import IngestWarning, MissingFileError, UnsupportedError, UsageError, did_you_mean
from racto_nb.notebook.magics.option_table import INGEST_TABLE, RAG_VERBS
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.magics.retrievers import held_retriever, retrievers_of

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics
    from racto_nb.rag.pipeline import RactoRAG
    from racto_nb.rag.reports import IngestReport, Progress

EXAMPLE = "%racto rag ingest FOLDER"
_HEADS = ("name", "chunks", "documents", "store", "embedder")


def rag_line(magics: RactoMagics, line: str) -> None:
    """Carry out `ingest PATH …`, `search NAME QUESTION` or `explore NAME`, or list what there is; a NAME alone is explored.

    UsageError for another verb.
    """
    verb, _, rest = line.strip().partition(" ")
    match verb:
        case "":
            _list(magics.namespace)
        case "ingest":
            _ingest(magics, split_line(rest))
        case "search":
            _search(magics.namespace, rest.strip())
        case "explore":
            _explore(magics, split_line(rest))
        case _ if verb in retrievers_of(magics.namespace):
            _explore(magics, split_line(line))
        case _:
            message = (
                f"%racto rag has no verb {verb!r}.{did_you_mean(verb, RAG_VERBS)} A question is asked with %%racto rag NAME."
            )
            raise UsageError(message)


def _explore(magics: RactoMagics, words: list[str]) -> None:
    from racto_nb.notebook.opening.rag import open_explorer

    open_explorer(magics, words)


def _list(namespace: Mapping[str, Any]) -> None:
    from racto_nb.notebook.display.tables import Table, show_table

    rows = [_row(name, namespace[name]) for name in retrievers_of(namespace)]
    caption = (
        "%%racto rag NAME asks one of them, %racto rag NAME looks into it."
        if rows
        else f"There is no RactoRAG here yet. {EXAMPLE} makes one, in the variable rag."
    )
    show_table(Table(_HEADS, rows, caption))


def _row(name: str, found: Any) -> list[str]:
    store = getattr(found, "store", None)
    if store is None or not hasattr(found, "embedder"):
        return [name, "", "", type(found).__name__, ""]
    return [name, f"{store.count():,}", _documents(store), _named(store), _named(found.embedder)]


def _documents(store: Any) -> str:
    """How many documents a store holds, by their first chunks; where it cannot list chunks, that is unknown."""
    try:
        return f"{len(store.chunk_ids({'chunk_index': 0})):,}"
    except UnsupportedError:
        return "unknown"


def _named(part: Any) -> str:
    """What a part is, by its repr where it has one of its own."""
    return repr(part) if type(part).__repr__ is not object.__repr__ else type(part).__name__


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be read, into which variable, and where a new RactoRAG keeps it."""

    path: str
    into: str
    pattern: str | None
    store: str | None


def _wish(words: list[str]) -> _Wish:
    named = bool(words) and not words[0].startswith("-")
    values = parsed(words[1:] if named else words, INGEST_TABLE)
    refuse_empty(INGEST_TABLE, values)
    into = values["into"]
    if not named:
        message = f"Say which file or folder: {EXAMPLE}. Options stand behind it."
        raise UsageError(message)
    if not into.isidentifier() or keyword.iskeyword(into):
        message = f"--into needs the name of a variable, not {into!r}"
        raise UsageError(message)
    return _Wish(words[0], into, values["pattern"], values["store"])


def _ingest(magics: RactoMagics, words: list[str]) -> None:
    from racto_nb.notebook.display.ingestion import IngestBar, report_bundle
    from racto_nb.notebook.display.showing import show_bundle

    wish = _wish(words)
    path = expanded(wish.path)
    if not path.exists():
        raise MissingFileError(wish.path)
    if wish.pattern is not None and not path.is_dir():
        message = f"--pattern chooses files of a folder, and {wish.path!r} is a file. Leave one out."
        raise UsageError(message)
    rag = _made(magics.namespace, wish)
    mode = magics.display_mode
    bar = IngestBar() if hasattr(magics.shell, "kernel") and mode in {"auto", "live"} else None
    report = _ingested(rag, path, wish.pattern, bar)
    if mode != "off":
        (show_bundle if bar is None else bar.end)(report_bundle(report))


def _made(namespace: dict[str, Any], wish: _Wish) -> RactoRAG:
    """The RactoRAG of the variable, or a new one, which is put there."""
    from racto_nb.rag.pipeline import RactoRAG

    if wish.into in namespace:
        found = held_retriever(wish.into, namespace, kind=RactoRAG)
        if wish.store is not None:
            message = f"{wish.into!r} has a store already. Leave out --store, or choose another name with --into."
            raise UsageError(message)
        return found
    from racto_nb.rag.stores import DuckDBStore

    made = namespace[wish.into] = RactoRAG(DuckDBStore(wish.store))
    return made


def _ingested(rag: RactoRAG, path: Path, pattern: str | None, bar: Callable[[Progress], None] | None) -> IngestReport:
    """What became of the files. What is told in the report is not warned of too; a single file that fails is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IngestWarning)
        if path.is_dir():
            return rag.ingest_dir(path, pattern or "**/*", on_progress=bar).report
        alone = rag.ingest_dir(path.parent, glob.escape(path.name), on_error="raise", on_progress=bar).report
    if alone.of("skipped"):  # no reader knows it: its error says which ones are known
        rag.ingest(path)
    return alone


def _search(namespace: Mapping[str, Any], line: str) -> None:
    from racto_nb.notebook.display.showing import show_value

    name, _, rest = line.partition(" ")
    question = rest.strip()
    if question[:1] in {'"', "'"} and question[-1:] == question[:1]:  # the way to end with "?", which IPython takes for itself
        question = question[1:-1]
    found = held_retriever(name, namespace, line="%racto rag search NAME QUESTION")
    if not question.strip():
        message = f"A question is missing: %racto rag search {name} QUESTION"
        raise UsageError(message)
    show_value(found.retrieve(question))

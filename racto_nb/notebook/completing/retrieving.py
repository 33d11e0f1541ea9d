"""What TAB offers where `%%racto rag` and `%racto rag` are written. Pure, and no store is asked anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from racto_nb.notebook.completing.cursor import words_of
from racto_nb.notebook.completing.looking import holding, retrievers_in
from racto_nb.notebook.completing.offers import Offer, Offers
from racto_nb.notebook.magics.option_table import EXPLORE_TABLE, INGEST_TABLE, RAG_VERBS, SEARCHES

_FIELDS = ("source", "page", "heading", "doc_id", "chunk_index", "content")
"""The fields that every chunk has; what a document's own are called, only its store knows."""
_FILTERS = (("racto_nb.rag.filters", "Filter"), ("builtins", "dict"))


def retriever_offers(namespace: Mapping[str, Any], written: str) -> list[Offer]:
    """The variables that can be asked, as far as they begin as `written`."""
    return [Offer(name, "instance") for name in retrievers_in(namespace) if name.startswith(written)]


def filter_offers(namespace: Mapping[str, Any]) -> list[Offer]:
    """What a filter may begin with: a field with its sign, or a variable that holds a filter."""
    variables = [Offer(name, "instance") for kind in _FILTERS for name in holding(namespace, *kind)]
    return [*(Offer(f"{name}=", "property") for name in _FIELDS), *variables]


def rag_offers(line: str, namespace: Mapping[str, Any], paths: Callable[[str], Iterable[str]]) -> Offers:
    """What TAB offers at the end of what stands behind `%racto rag`."""
    *earlier, current = words_of(line)
    if not earlier:
        return _beginning(current.text, [*(Offer(verb, "keyword") for verb in RAG_VERBS), *retriever_offers(namespace, "")])
    before = [word.text for word in earlier]
    if before[0] == "search":
        return _beginning(current.text, retriever_offers(namespace, "") if len(before) == 1 else [])
    if before[0] == "explore" or before[0] in retrievers_in(namespace):
        return _exploring(before, current.text, namespace)
    if before[0] != "ingest" or current.quote:
        return Offers("")
    if before[-1] == "--into":
        return _beginning(current.text, retriever_offers(namespace, ""))
    if current.text.startswith("-"):
        given = set(before)
        return _beginning(current.text, [Offer(flags[-1], "param") for flags, _ in INGEST_TABLE if not given & set(flags)])
    if len(before) == 1 or before[-1] == "--store":
        return _beginning(current.text, [Offer(path, "path") for path in paths(current.text) if " " not in path])
    return Offers("")


def _exploring(before: list[str], written: str, namespace: Mapping[str, Any]) -> Offers:
    """Behind `%racto rag NAME` and `%racto rag explore NAME`."""
    if before == ["explore"]:
        return _beginning(written, retriever_offers(namespace, ""))
    if before[-1] in {"-c", "--compare"}:
        return _beginning(written, [*(Offer(mode, "keyword") for mode in SEARCHES), *retriever_offers(namespace, "")])
    if written.startswith("-"):
        return _beginning(written, [Offer(flags[-1], "param") for flags, _ in EXPLORE_TABLE if not set(before) & set(flags)])
    return Offers("")


def _beginning(written: str, found: Iterable[Offer]) -> Offers:
    return Offers.of(written, [offer for offer in found if offer.text.startswith(written)])

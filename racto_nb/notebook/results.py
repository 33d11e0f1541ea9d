"""What is shown of results that a cell ends with: by their names, so that nothing is imported before there is one. Imports little."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_SHOWN: tuple[tuple[str, str, str, str], ...] = (
    ("racto_nb.batch.results", "BatchResults", "batches", "results_bundle"),
    ("racto_nb.rag.documents", "Chunk", "passages", "chunk_bundle"),
    ("racto_nb.rag.documents", "Document", "passages", "document_bundle"),
    ("racto_nb.rag.explaining", "Explanation", "passages", "explanation_bundle"),
    ("racto_nb.rag.results", "RetrievalResult", "passages", "hit_bundle"),
)
"""The module and the name of a class, and the module of `display` and the function that makes a bundle of its instances."""


def show_results(shell: Any) -> None:
    """Let a shell show them as HTML, and their text twins."""
    for module, name, display, function in _SHOWN:
        made = _bundles(display, function)
        _formatter(shell, "text/html").for_type_by_name(module, name, _html(made))
        _formatter(shell, "text/plain").for_type_by_name(module, name, _plain(made))
    _formatter(shell, "text/html").for_type(list, _hits_html)
    lists = _formatter(shell, "text/plain").for_type(list)
    if not isinstance(lists, _Lists):
        _formatter(shell, "text/plain").for_type(list, _Lists(lists))


def show_results_no_more(shell: Any) -> None:
    """Take that away again."""
    for kind in ("text/html", "text/plain"):
        for module, name, *_ in _SHOWN:
            _formatter(shell, kind).pop(f"{module}.{name}", None)
    _formatter(shell, "text/html").pop(list, None)
    lists = _formatter(shell, "text/plain").for_type(list)
    if isinstance(lists, _Lists):
        _formatter(shell, "text/plain").for_type(list, lists.others)


def _formatter(shell: Any, kind: str) -> Any:
    return shell.display_formatter.formatters[kind]


def _bundles(display: str, function: str) -> Callable[[Any], dict[str, str]]:
    def made(value: Any) -> dict[str, str]:
        return getattr(import_module(f"racto_nb.notebook.display.{display}"), function)(value)

    return made


def _hits(value: list[Any]) -> dict[str, str] | None:
    """Hits as a front end takes them; None for every other list."""
    kind = getattr(sys.modules.get("racto_nb.rag.results"), "RetrievalResult", None)
    if kind is None or not value or not all(type(item) is kind for item in value):
        return None
    from racto_nb.notebook.display.passages import hits_bundle

    return hits_bundle(value)


def _hits_html(value: list[Any]) -> str | None:
    shown = _hits(value)
    return None if shown is None else shown["text/html"]


@dataclass(frozen=True, slots=True)
class _Lists:
    """Prints a list of hits; `others` prints every other list, as before."""

    others: Callable[[Any, Any, bool], None]

    def __call__(self, value: list[Any], printer: Any, cycle: bool) -> None:  # noqa: FBT001  (IPython's protocol)
        shown = None if len(printer.stack) > 1 else _hits(value)  # hits inside of something else stay in their line
        if shown is None:
            self.others(value, printer, cycle)
        else:
            printer.text(shown["text/plain"])


def _html(made: Callable[[Any], dict[str, str]]) -> Callable[[Any], str]:
    return lambda value: made(value)["text/html"]


def _plain(made: Callable[[Any], dict[str, str]]) -> Callable[[Any, Any, bool], None]:
    return lambda value, printer, _cycle: printer.text(made(value)["text/plain"])

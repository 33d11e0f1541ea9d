"""How results are shown that a cell ends with: by their names, so that nothing is imported before there is one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_SHOWN: tuple[tuple[str, str, str, str], ...] = (
    ("racto_nb.batch.results", "BatchResults", "batches", "results_bundle"),
    ("racto_nb.finetune.checking.results", "Findings", "checked", "findings_bundle"),
    ("racto_nb.finetune.dataset", "RactoDataset", "training", "dataset_bundle"),
    ("racto_nb.finetune.examples", "RactoTrainingExample", "training", "example_bundle"),
    ("racto_nb.mcp.agent", "MCPAgentRun", "mcp", "run_bundle"),
    ("racto_nb.mcp.client", "RactoMCPClient", "mcp", "client_bundle"),
    ("racto_nb.mcp.multi", "MCPMultiClient", "mcp", "multi_bundle"),
    ("racto_nb.mcp.results", "MCPToolResult", "mcp", "result_bundle"),
    ("racto_nb.mcp.server", "RactoMCPServer", "mcp", "server_bundle"),
    ("racto_nb.mcp.serving", "ServedMCP", "mcp", "served_bundle"),
    ("racto_nb.pipelines.list_classifier.results", "ClassifierResult", "classes", "classification_bundle"),
    ("racto_nb.pipelines.list_classifier.judging", "Evaluation", "judgements", "evaluation_bundle"),
    ("racto_nb.pipelines.list_classifier.comparing", "Comparison", "judgements", "comparison_bundle"),
    ("racto_nb.pipelines.sql_analyst.guarding.values", "Verdict", "verdicts", "verdict_bundle"),
    ("racto_nb.rag.absence", "Absence", "measures", "absence_bundle"),
    ("racto_nb.rag.documents", "Chunk", "passages", "chunk_bundle"),
    ("racto_nb.rag.documents", "Document", "passages", "document_bundle"),
    ("racto_nb.rag.explaining", "Explanation", "passages", "explanation_bundle"),
    ("racto_nb.rag.reports", "IngestReport", "ingestion", "report_bundle"),
    ("racto_nb.rag.reports", "IngestedChunks", "ingestion", "ingested_bundle"),
    ("racto_nb.rag.scores", "Comparison", "measures", "comparison_bundle"),
    ("racto_nb.rag.scores", "Evaluation", "measures", "evaluation_bundle"),
    ("racto_nb.rag.results", "RAGResponse", "responses", "response_bundle"),
    ("racto_nb.rag.results", "RetrievalResult", "passages", "hit_bundle"),
)
"""The module and the name of a class, and the module of `display` and the function that makes a bundle of its instances."""
_WITH_CHARTS = (("racto_nb.pipelines.sql_analyst.results", "SQLAnalystResult", "sql_showing", "show_result"),)
"""The same for what is shown in displays of its own, one below the other; the function shows them."""
_LISTS = (
    ("racto_nb.rag.documents", "Chunk", "passages", "chunks_bundle"),
    ("racto_nb.rag.results", "RetrievalResult", "passages", "hits_bundle"),
)
"""The same for lists of them, which IPython would show as lists of anything."""


def show_results(shell: Any) -> None:
    """Let a shell show them as HTML, and their text twins."""
    for module, name, display, function in _SHOWN:
        made = _bundles(display, function)
        _formatter(shell, "text/html").for_type_by_name(module, name, _html(made))
        _formatter(shell, "text/plain").for_type_by_name(module, name, _plain(made))
    for module, name, display, function in _WITH_CHARTS:
        shell.display_formatter.ipython_display_formatter.for_type_by_name(module, name, _bundles(display, function))
    _formatter(shell, "text/html").for_type(list, _list_html)
    lists = _formatter(shell, "text/plain").for_type(list)
    if not isinstance(lists, _Lists):
        _formatter(shell, "text/plain").for_type(list, _Lists(lists))


def show_results_no_more(shell: Any) -> None:
    """Take that away again."""
    for kind in ("text/html", "text/plain"):
        for module, name, *_ in _SHOWN:
            _formatter(shell, kind).pop(f"{module}.{name}", None)
    for module, name, *_ in _WITH_CHARTS:
        shell.display_formatter.ipython_display_formatter.pop(f"{module}.{name}", None)
    _formatter(shell, "text/html").pop(list, None)
    lists = _formatter(shell, "text/plain").for_type(list)
    if isinstance(lists, _Lists):
        _formatter(shell, "text/plain").for_type(list, lists.others)


def _formatter(shell: Any, kind: str) -> Any:
    return shell.display_formatter.formatters[kind]


def _bundles(display: str, function: str) -> Callable[[Any], Any]:
    def made(value: Any) -> Any:
        return getattr(import_module(f"racto_nb.notebook.display.{display}"), function)(value)

    return made


def _listed(value: list[Any]) -> dict[str, str] | None:
    """A list of hits, or of chunks, as a front end takes it; None for every other list."""
    for module, name, display, function in _LISTS:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and value and all(type(item) is kind for item in value):
            return _bundles(display, function)(value)
    return None


def _list_html(value: list[Any]) -> str | None:
    shown = _listed(value)
    return None if shown is None else shown["text/html"]


@dataclass(frozen=True, slots=True)
class _Lists:
    """Prints a list of hits or of chunks; `others` prints every other list, as before."""

    others: Callable[[Any, Any, bool], None]

    def __call__(self, value: list[Any], printer: Any, cycle: bool) -> None:  # noqa: FBT001  (IPython's protocol)
        shown = None if len(printer.stack) > 1 else _listed(value)  # hits inside of something else stay in their line
        if shown is None:
            self.others(value, printer, cycle)
        else:
            printer.text(shown["text/plain"])


def _html(made: Callable[[Any], dict[str, str]]) -> Callable[[Any], str]:
    return lambda value: made(value)["text/html"]


def _plain(made: Callable[[Any], dict[str, str]]) -> Callable[[Any, Any, bool], None]:
    def print_(value: Any, printer: Any, _cycle: bool) -> None:  # noqa: FBT001  (IPython's protocol)
        # Inside of a list or a dict each stays in its line.
        printer.text(repr(value) if len(printer.stack) > 1 else made(value)["text/plain"])

    return print_

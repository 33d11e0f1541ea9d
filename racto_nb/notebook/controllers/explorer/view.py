"""What a page is sent of an explorer, and what is saved of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from racto_nb._secrecy import Secrets
from racto_nb.notebook.controllers.explorer.pieces import pieces
from racto_nb.notebook.controllers.explorer.sides import sides_view
from racto_nb.notebook.controllers.explorer.state import (
    PAGE,
    WRITING,
    ExplorerState,
    Facts,
    Ingestion,
    MapFacts,
    Opened,
    Reply,
    Results,
)
from racto_nb.notebook.controllers.explorer.veiling import sent_name, veiled_document, veiled_hits, veiled_results
from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.display.passages import hits_bundle
from racto_nb.notebook.display.responses import response_bundle
from racto_nb.notebook.display.sanitising import cited_html, printable, safe_html, safe_text, sendable
from racto_nb.notebook.display.theme import RETRIEVAL, framed
from racto_nb.rag.absence import Absence

MOST_SOURCES = 500
MOST_FILES = 200
"""Files of a report that are listed: first those that something is to be said of."""


def view(state: ExplorerState) -> dict[str, Any]:
    """The parts. What has not changed is the same object as before, so that it is not compared at length."""
    asked, secrets = state.asked, state.secrets
    return {
        "asked": {
            "text": sendable(asked.text), "k": asked.top_k, "filters": sendable(asked.filters),
            "way": asked.way, "against": asked.against, "ways": list(state.ways), "busy": sorted(state.busy),
        },
        "facts": _facts(state.facts, secrets),
        "found": {} if state.results is None else _found(state.results, secrets),
        "reply": {} if state.reply is None else _reply(state.reply, secrets),
        "document": {} if state.opened is None else _document(state.opened, secrets),
        "missing": {} if state.absence is None else _missing(state.absence, secrets),
        "reading": _ingestion(state.ingestion, secrets),
        "grid": _table(state),
        "plot": _map(state.map, len(state.chosen.ids), secrets),
        "status": _status(state),
    }  # fmt: skip


@once
def _facts(facts: Facts, secrets: Secrets) -> dict[str, Any]:
    return {
        "chunks": facts.chunks,
        "sources": [
            [secrets.cleaned(printable(name)), count, sent_name(name, secrets)] for name, count in facts.sources[:MOST_SOURCES]
        ],
        "more": max(0, len(facts.sources) - MOST_SOURCES),
        "store": facts.store, "embedder": printable(facts.embedder), "sql": facts.sql, "model": printable(facts.model),
    }  # fmt: skip


@once
def _found(results: Results, secrets: Secrets) -> dict[str, Any]:
    return secrets.cleaned_value(sides_view(veiled_results(results, secrets)))


def _missing(absence: Absence, secrets: Secrets) -> dict[str, Any]:
    return {"text": secrets.cleaned(printable(str(absence))), "reason": absence.reason}


@once
def _reply(reply: Reply, secrets: Secrets) -> dict[str, Any]:
    response, cites = reply.response, list[dict[str, Any]]()
    html = "" if reply.state == WRITING else safe_html(reply.text)
    if response is not None:
        places = {cited.number: f"cite-{place}" for place, cited in reversed(list(enumerate(response.citations)))}
        html = cited_html(reply.text, places)
        cites = [
            {
                "number": cited.number, "source": printable(cited.source.chunk.metadata.source),
                "text": printable(cited.text)[:400],
                "found": cited.found, "span": f"characters {cited.start_char:,} to {cited.end_char:,}",
            }
            for cited in response.citations
        ]  # fmt: skip
    return secrets.cleaned_value({
        "state": reply.state, "html": html, "footer": printable(reply.footer), "warning": printable(reply.warning),
        "cites": cites,
        "outcome": "" if response is None else response.outcome.replace("_", " "),
        "unknown": [] if response is None else response.unknown_citations,
    })  # fmt: skip


@once
def _document(opened: Opened, secrets: Secrets) -> dict[str, Any]:
    return secrets.cleaned_value(_opened(veiled_document(opened, secrets)))


def _opened(opened: Opened) -> dict[str, Any]:
    shown = opened.chunks[opened.first : opened.first + PAGE]
    cut = [
        {
            "text": printable(piece.text), "chunks": [number + 1 for number in piece.chunks], "gap": piece.gap,
            "begins": [number + 1 for number in piece.begins], "marked": piece.marked,
        }
        for piece in pieces(shown, opened.first, opened.focus)
    ]  # fmt: skip
    rows = [
        [
            place, chunk.metadata.start_char, chunk.metadata.start_char + len(chunk.content), len(chunk.content),
            "" if chunk.metadata.page is None else chunk.metadata.page, printable(chunk.metadata.heading or ""),
        ]
        for place, chunk in enumerate(shown, opened.first + 1)
    ]  # fmt: skip
    return {
        "source": printable(opened.source), "name": sendable(opened.source), "count": len(opened.chunks), "first": opened.first,
        "page": PAGE, "pieces": cut, "rows": rows, "number": opened.number,
    }  # fmt: skip


@once
def _ingestion(ingestion: Ingestion, secrets: Secrets) -> dict[str, Any]:
    return secrets.cleaned_value(_read_in(ingestion))


def _read_in(ingestion: Ingestion) -> dict[str, Any]:
    progress, report = ingestion.progress, ingestion.report
    if progress is None and report is not None:
        odd_first = sorted(report.files, key=lambda file: not file.reason)[:MOST_FILES]
        rows = [[printable(file.source), file.chunks, file.embedded, file.outcome, printable(file.reason)] for file in odd_first]
        return {"rows": rows, "summary": printable(report.summary)}
    if progress is None:
        return {}
    return {
        "files": progress.files, "done": progress.done, "texts": progress.texts, "made": progress.embedded,
        "source": printable(progress.source),
    }  # fmt: skip


def _table(state: ExplorerState) -> dict[str, Any]:
    table = state.table
    if table is None:
        return {}
    columns = [{"label": printable(name), "number": number} for name, number in table.columns]
    return {"columns": columns, "count": table.count, "cut": table.cut, "number": table.number, "query": printable(table.query)}


def _map(facts: MapFacts | None, chosen: int, secrets: Secrets) -> dict[str, Any]:
    if facts is None:
        return {}
    return {
        "number": facts.number, "total": facts.total, "placed": facts.placed, "method": facts.method, "chosen": chosen,
        "lines": map_lines(facts), "legend": [secrets.cleaned(printable(name)) for name in facts.legend], "stale": facts.stale,
    }  # fmt: skip


def map_lines(facts: MapFacts) -> list[str]:
    """What is to be known of a map, in sentences."""
    of = f" of {facts.stored:,}, chosen at random" if facts.total < facts.stored else ""
    lines = [f"{facts.method.upper()} of {facts.total:,} vectors{of}, of {facts.dimension:,} numbers each."]
    if facts.kept is not None:
        lines.append(f"The two axes keep {facts.kept:.0%} of their variance.")
    if facts.trust is not None:
        lines.append(f"Trustworthiness {facts.trust:.2f} of 1: how far what is near here is near in truth.")
    if facts.stale:
        lines.append("The store has changed since: make the map again.")
    return lines


_WORKING = {
    "search": "Searching …", "answer": "Writing …", "ingest": "Reading files in …", "sql": "Asking the store …",
    "map": "Making the map …", "document": "Opening the document …", "why": "Looking for the passage …",
}  # fmt: skip


def _status(state: ExplorerState) -> str:
    working = [_WORKING[key] for key in state.busy if key in _WORKING]
    if working:
        return working[-1]
    if state.reply is not None and state.reply.state != WRITING:
        return f"The answer is {state.reply.state}."
    return "" if state.results is None else f"{len(state.hits)} hits."


def twin(state: ExplorerState) -> dict[str, str]:
    """What was asked and found, as it stands in a saved notebook."""
    facts, asked = state.facts, state.asked
    head = f"{facts.chunks:,} chunks of {len(facts.sources):,} sources · {facts.store} · {facts.embedder}"
    parts: list[Mapping[str, str]] = []
    if state.results is not None:
        parts += [_headed(side.way, hits_bundle(veiled_hits(side.hits, state.secrets))) for side in state.results.sides]
    if state.reply is not None and state.reply.response is not None:
        parts.append(_headed("answer", response_bundle(state.reply.response)))
    if not parts and state.ingestion.report is not None:
        told = str(state.ingestion.report)
        parts.append({"text/html": f"<pre>{safe_text(told)}</pre>", "text/plain": printable(told)})
    question = f'<div class="racto-name">{safe_text(asked.text)}</div>' if asked.text else ""
    html = f'<div class="racto-foot">{safe_text(head)}</div>' + question + "".join(part["text/html"] for part in parts)
    plain = [printable(head), *([f"> {printable(asked.text)}"] if asked.text else []), *(part["text/plain"] for part in parts)]
    return {
        "text/html": state.secrets.cleaned(RETRIEVAL + framed(html)),
        "text/plain": state.secrets.cleaned("\n\n".join(plain)),
    }


def _headed(name: str, shown: Mapping[str, str]) -> dict[str, str]:
    return {
        "text/html": f'<div class="racto-quiet">{safe_text(name)}</div>{shown["text/html"]}',
        "text/plain": f"── {printable(name)} ──\n{shown['text/plain']}",
    }

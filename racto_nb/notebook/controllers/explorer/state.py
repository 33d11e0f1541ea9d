"""What an explorer shows. Each kind of value stands in a field of its own; the heavy things (vectors, frames) stay outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from racto_nb._secrecy import Secrets
from racto_nb.rag.absence import Absence
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filter
from racto_nb.rag.reports import IngestReport, Progress
from racto_nb.rag.results import RAGResponse, RetrievalResult

AS_SET = "as it is set"
"""The way of searching that the RactoRAG has by itself."""
WRITING, DONE, STOPPED, FAILED = "writing", "done", "stopped", "failed"
PAGE = 60
"""Chunks of a document that are shown at once."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Facts:
    """What is looked into. `sources` are names with the numbers of their chunks; `model` is who answers, "" for nobody."""

    chunks: int = 0
    sources: tuple[tuple[str, int], ...] = ()
    store: str = ""
    embedder: str = ""
    sql: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: how many hits, which chunks count (as written, or as a `condition` of Python's), and one way or two."""

    text: str = ""
    top_k: int = 5
    filters: str = ""
    condition: Filter | None = None
    way: str = AS_SET
    against: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Side:
    """What one way of searching found, best first."""

    way: str
    hits: tuple[RetrievalResult, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Results:
    """What was asked, and what was found by one way, or by two."""

    asked: Asked
    sides: tuple[Side, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Reply:
    """An answer from the hits. `response` is known when it is whole."""

    question: str
    state: str = WRITING
    text: str = ""
    footer: str = ""
    warning: str = ""
    response: RAGResponse | None = None


@dataclass(frozen=True, slots=True)
class Focus:
    """A stretch of a document that is to be seen."""

    doc_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Opened:
    """A document by its chunks, in their order; those from `first` on are shown. `number` tells one opening from the next."""

    source: str
    chunks: tuple[Chunk, ...]
    first: int = 0
    focus: Focus | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Ingestion:
    """How far files are read in, or what became of them."""

    progress: Progress | None = None
    report: IngestReport | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Table:
    """What a SELECT gave: its rows are sent when they are in sight. `number` tells one table from the next."""

    query: str
    columns: tuple[tuple[str, bool], ...]
    """Their names, and whether they hold numbers."""
    count: int
    cut: bool
    number: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class MapFacts:
    """A map of the vectors: `total` chunks, of which `placed` have a place yet. `number` tells one map from the next.

    `kept` is the share of the vectors' variance that the two axes keep (PCA). `trust` says how many of the near points of the map
    are near in truth too, from 0 to 1; None where it is not known yet.
    """

    number: int
    method: str
    total: int
    placed: int
    stored: int
    dimension: int
    kept: float | None = None
    trust: float | None = None
    legend: tuple[str, ...] = ()
    """The sources that have a colour of their own, in the order of the colours."""
    stale: bool = False


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Chosen:
    """The chunks that were chosen on the map, by their ids."""

    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplorerState:
    """`ways` can be searched by. `busy` are the works that run, each with the number it was begun with."""

    ways: tuple[str, ...]
    facts: Facts = Facts()
    asked: Asked = Asked()
    results: Results | None = None
    reply: Reply | None = None
    opened: Opened | None = None
    absence: Absence | None = None
    ingestion: Ingestion = Ingestion()
    table: Table | None = None
    map: MapFacts | None = None
    chosen: Chosen = Chosen()
    busy: Mapping[str, int] = field(default_factory=dict[str, int])
    count: int = 0
    secrets: Secrets = field(default_factory=Secrets)
    """Those of the environment, which pages are not sent."""

    @property
    def hits(self) -> tuple[RetrievalResult, ...]:
        """The hits of the first way."""
        return () if self.results is None else self.results.sides[0].hits

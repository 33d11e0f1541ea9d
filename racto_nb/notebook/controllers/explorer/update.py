"""What an explorer does about what happens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.explorer.events import (
    Answer,
    Bring,
    Came,
    Chart,
    Cite,
    Do,
    Goto,
    Halt,
    Ingest,
    Lasso,
    Look,
    Over,
    Peek,
    Points,
    Query,
    Read,
    Rows,
    Search,
    See,
    Spot,
    Stop,
    Unchoose,
    Uploaded,
    Why,
)
from racto_nb.notebook.controllers.explorer.state import (
    AS_SET,
    FAILED,
    STOPPED,
    WRITING,
    Asked,
    Chosen,
    ExplorerState,
    Facts,
    Focus,
    Ingestion,
    MapFacts,
    Opened,
    Reply,
    Results,
    Table,
)
from racto_nb.notebook.controllers.explorer.veiling import sent_name
from racto_nb.rag.absence import Absence
from racto_nb.rag.documents import Chunk

Told = tuple[ExplorerState, Sequence[object]]
_FIELDS: dict[type, str] = {
    Facts: "facts",
    Results: "results",
    Reply: "reply",
    Opened: "opened",
    Absence: "absence",
    Ingestion: "ingestion",
    Table: "table",
    MapFacts: "map",
    Chosen: "chosen",
}
"""Where a value of each kind stands."""
_WORKS: dict[type, str] = {Why: "why", Ingest: "ingest", Uploaded: "ingest", Query: "sql", Chart: "map"}
"""What is begun under which key."""
_ALONE = {"ingest": "Files are being read in", "answer": "An answer is being written"}
"""Works that are not begun anew while they run."""


def update(state: ExplorerState, event: object) -> Told:
    """The next state and what is to be done. UsageError for what cannot be done now."""
    match event:
        case Search():
            return _looked(state, _asked(state, event))
        case Look():
            return _looked(state, _known(state, event.asked))
        case Came():
            return _came(state, event), ()
        case Over():
            return _over(state, event.key, event.number, stopped=event.stopped), ()
        case Stop():
            return state, [Halt(event.key)]
        case Rows() | Points() | Peek() | Lasso() | Spot():
            return state, [event]
        case Unchoose():
            return replace(state, chosen=Chosen()), [event]
        case _:
            return _began(state, event)


def _began(state: ExplorerState, event: object) -> Told:
    match event:
        case Answer():
            return _answered(state, event)
        case Read():
            return _begin(state, "document", Bring(_source(state, event.source), event.first))
        case Goto():
            return _begin(state, "document", _to_hit(state, event))
        case See():
            return _begin(state, "document", event.wish)
        case Cite():
            return _begin(state, "document", _to_citation(state, event.place))
        case _:
            if type(event) not in _WORKS:
                raise UsageError(f"An explorer does not know what to do about {event!r}.")
            _refuse_unready(state, event)
            return _begin(state, _WORKS[type(event)], event)


def _refuse_unready(state: ExplorerState, event: object) -> None:
    match event:
        case Why() if not state.asked.text:
            raise UsageError("Ask a question first: then it can be said why a passage is not among its hits.")
        case Ingest() if not event.path.strip():
            raise UsageError("Name the file or the folder to be read in.")
        case Query() if not state.facts.sql:
            raise UsageError(f"A {state.facts.store} has no SQL. A DuckDBStore has.")
        case _:
            return


def _begin(state: ExplorerState, key: str, event: object) -> Told:
    if key in state.busy and key in _ALONE:
        raise UsageError(f"{_ALONE[key]}. Wait for the end, or stop it.")
    number = state.count + 1
    return replace(state, count=number, busy={**state.busy, key: number}), [Do(key, number, event)]


def _asked(state: ExplorerState, event: Search) -> Asked:
    """The question as it is asked. A filter of Python's stays as long as its words do."""
    kept = state.asked.condition if event.filters == state.asked.filters else None
    return _known(state, Asked(event.text.strip(), event.k, event.filters, kept, event.way or AS_SET, event.against))


def _known(state: ExplorerState, asked: Asked) -> Asked:
    for way in (asked.way, asked.against):
        if way and way not in state.ways:
            raise UsageError(f"There is no way of searching {way!r}. There are: {', '.join(state.ways)}.")
    return replace(asked, against="" if asked.against == asked.way else asked.against)


def _looked(state: ExplorerState, asked: Asked) -> Told:
    if not asked.text.strip():
        raise UsageError("The question is empty. Write what is to be found.")
    if "answer" in state.busy:
        raise UsageError("An answer is being written. Stop it, or wait for it, before you ask on.")
    return _begin(replace(state, asked=asked, reply=None, absence=None), "search", Look(asked))


def _answered(state: ExplorerState, event: Answer) -> Told:
    if not state.facts.model:
        raise UsageError("Nobody answers here. Give a kit: RagExplorer(rag, kit=…), or a RactoRAG with an llm_kit.")
    if state.results is None or "search" in state.busy:
        raise UsageError("Search first: an answer is made from the hits.")
    begun, wishes = _begin(state, "answer", event)
    return replace(begun, reply=Reply(state.results.asked.text)), wishes


def _came(state: ExplorerState, event: Came) -> ExplorerState:
    if event.key and state.busy.get(event.key) != event.number:
        return state  # of a work that another one has taken the place of
    if isinstance(event.value, MapFacts) and (state.map is None or state.map.number != event.value.number):
        state = replace(state, chosen=Chosen())  # what was chosen lay on another map
    state = replace(state, **{_FIELDS[type(event.value)]: event.value})
    return _over(state, event.key, event.number) if event.ended else state


def _over(state: ExplorerState, key: str, number: int, *, stopped: bool = False) -> ExplorerState:
    if state.busy.get(key) != number:
        return state
    reply = state.reply
    if key == "answer" and reply is not None and reply.state == WRITING:
        # It would be written for ever. What failed is said beside the widget.
        reply = replace(reply, state=STOPPED if stopped else FAILED, warning="stopped" if stopped else "no answer has come")
    return replace(state, reply=reply, busy={name: begun for name, begun in state.busy.items() if name != key})


def _source(state: ExplorerState, sent: str) -> str:
    """The name of a source, which a page may have been sent otherwise."""
    names = [name for name, _ in state.facts.sources if sent_name(name, state.secrets) == sent]
    return names[0] if names and sent not in names else sent


def _to_hit(state: ExplorerState, event: Goto) -> Bring:
    sides = () if state.results is None else state.results.sides
    hits = sides[event.side].hits if event.side < len(sides) else ()
    if event.rank > len(hits):
        raise UsageError(f"There is no hit {event.rank}.")
    return bring(hits[event.rank - 1].chunk)


def _to_citation(state: ExplorerState, place: int) -> Bring:
    response = None if state.reply is None else state.reply.response
    if response is None or place >= len(response.citations):
        raise UsageError(f"There is no citation number {place + 1}.")
    cited = response.citations[place]
    known = cited.source.chunk.metadata
    return Bring(known.source, focus=Focus(known.doc_id, cited.start_char, cited.end_char))


def bring(chunk: Chunk) -> Bring:
    """The wish to see `chunk` in its document."""
    known = chunk.metadata
    return Bring(known.source, focus=Focus(known.doc_id, known.start_char, known.start_char + len(chunk.content)))

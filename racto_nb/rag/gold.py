"""Questions with what answers them, to measure retrieval against. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.metrics import Place

GoldFrame = Iterable[Mapping[str, Any]] | Any
"""A frame of pandas or polars, or rows as dicts."""

_SPELLINGS = {
    "question": ("question", "query"),
    "source": ("source", "doc", "document", "doc_id"),
    "start": ("start", "start_char", "start_index"),
    "end": ("end", "end_char", "end_index"),
    "text": ("text", "passage", "content"),
    "chunk_id": ("chunk_id", "id"),
}
HALF = 0.5


@dataclass(frozen=True, slots=True)
class GoldItem:
    """One thing that answers a question: a stretch of a source, a text, a chunk by its id, or a source as a whole."""

    source: str | None = None
    start: int | None = None
    end: int | None = None
    text: str | None = None
    chunk_id: str | None = None

    @property
    def place(self) -> Place | None:
        """Where it stands; None where only a text, an id or a source is known."""
        return None if self.start is None or self.end is None else (self.source or "", self.start, self.end)

    def is_reached_by(self, chunk: Chunk) -> bool:
        """Whether `chunk` answers with this: it has the id, holds the text, or shares half of the shorter one with the stretch.

        A text counts as held where it differs in white space only; a chunk that lies in the text counts too.
        """
        if self.chunk_id is not None:
            return chunk.chunk_id == self.chunk_id
        if self.text is not None:
            mine, its = unspaced(self.text), unspaced(chunk.content)
            return bool(its) and (mine in its or its in mine)
        if self.source is not None and not is_from(chunk, self.source):
            return False
        if self.start is None or self.end is None:
            return True
        place = chunk.metadata
        shared = min(self.end, place.end_char) - max(self.start, place.start_char)
        return shared > 0 and shared >= HALF * min(self.end - self.start, place.end_char - place.start_char)


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with all that answers it."""

    question: str
    items: tuple[GoldItem, ...]

    @property
    def places(self) -> list[Place] | None:
        """Where all the answers stand; None where that is not known of one of them."""
        places = [item.place for item in self.items]
        return None if None in places else cast("list[Place]", places)


def is_from(chunk: Chunk, source: str) -> bool:
    """Whether `chunk` is from `source`: its source or doc_id, or the last parts of its path."""
    known = chunk.metadata.source
    return source in {known, chunk.doc_id} or known.replace("\\", "/").endswith("/" + source.replace("\\", "/"))


def unspaced(text: str) -> str:
    """`text` with single spaces between its words."""
    return " ".join(text.split())


def gold_questions(gold: GoldFrame) -> list[GoldQuestion]:
    """The questions of a gold frame, in the order of their first rows; several rows of one question are its several answers.

    A row has `question`, and one of: `source`, `start` and `end`; `text`; `chunk_id`; `source` alone. Raises WrongTypeError for
    what is no frame, and UsageError, with the number of the row, for a row that says too little.

    >>> rows = [{"question": "Who?", "source": "a.txt", "start": 0, "end": 9}, {"question": "Who?", "text": "It was Ann."}]
    >>> [len(one.items) for one in gold_questions(rows)]
    [2]
    """
    found: dict[str, list[GoldItem]] = {}
    for number, row in enumerate(_rows(gold)):
        known = _known(row)
        question = known.get("question")
        if not isinstance(question, str) or not question.strip():
            msg = f"Row {number} of the gold frame has no question: {dict(row)!r:.120}."
            raise UsageError(msg)
        found.setdefault(question, []).append(_item(known, number))
    if not found:
        msg = "The gold frame has no rows. Write some questions with what answers them."
        raise UsageError(msg)
    return [GoldQuestion(question, tuple(dict.fromkeys(items))) for question, items in found.items()]


def _rows(gold: GoldFrame) -> list[Mapping[str, Any]]:
    if callable(to_dicts := getattr(gold, "to_dicts", None)):  # polars
        return cast("list[Mapping[str, Any]]", to_dicts())
    if hasattr(gold, "to_dict") and hasattr(gold, "columns"):  # pandas
        return cast("Any", gold).to_dict("records")
    rows = list(cast("Iterable[Any]", gold)) if isinstance(gold, Iterable) and not isinstance(gold, str | Mapping) else None
    if rows is None or not all(isinstance(row, Mapping) for row in rows):
        msg = f"gold is a frame of pandas or polars, or a list of dicts with a question each, not {gold!r:.80}."
        raise WrongTypeError(msg)
    return rows


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the row says, by our names. What is missing in a frame (None, NaN) is not said."""
    known: dict[str, Any] = {}
    for name, spellings in _SPELLINGS.items():
        value = next((row[spelling] for spelling in spellings if not _is_missing(row.get(spelling))), None)
        if value is not None:
            known[name] = value
    return known


def _is_missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124  (NaN)


def _item(known: Mapping[str, Any], number: int) -> GoldItem:
    if "chunk_id" in known:
        return GoldItem(chunk_id=str(known["chunk_id"]))
    source = str(known["source"]) if "source" in known else None
    if "start" in known and "end" in known:
        start, end = _whole(known["start"], number), _whole(known["end"], number)
        if not 0 <= start < end:
            msg = f"Row {number} of the gold frame: start={start} and end={end} are no stretch of a text."
            raise UsageError(msg)
        return GoldItem(source, start, end)
    if "text" in known and str(known["text"]).strip():
        return GoldItem(text=str(known["text"]))
    if source is not None and "start" not in known and "end" not in known:
        return GoldItem(source)
    msg = f"Row {number} of the gold frame needs source, start and end, or text, or chunk_id; it has {known!r:.80}."
    raise UsageError(msg)


def _whole(value: object, number: int) -> int:
    try:
        return int(cast("Any", value))
    except (TypeError, ValueError) as error:
        msg = f"Row {number} of the gold frame: start and end are places in a text, as whole numbers, not {value!r:.80}."
        raise UsageError(msg) from error

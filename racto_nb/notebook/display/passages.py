"""Passages that were found, why they were, documents and chunks: as HTML with a text twin. All texts are escaped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from racto_nb.notebook.display.sanitising import marked_text, printable, safe_text
from racto_nb.notebook.display.table_bundles import Table, table_bundle
from racto_nb.notebook.display.theme import RETRIEVAL, page, plain

if TYPE_CHECKING:
    from racto_nb.rag.documents import Chunk, Document
    from racto_nb.rag.explaining import Explanation
    from racto_nb.rag.results import RetrievalResult

LONGEST = 420
"""Characters of a passage that are shown at once."""
MOST = 50
"""Hits that are shown at once."""
_BEFORE = 80
"""Characters that are shown before the first mark of a long passage."""
_STAGES = {"vector": "meaning", "bm25": "words", "fused": "both", "rerank": "reranker", "mmr": "unlike the others"}
_PLACES = {"vector": 3, "bm25": 2, "fused": 4, "rerank": 3, "mmr": 3}

Places = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a passage, `text`, with the `marks` in it, and whether something stands `before` and `after` it."""

    text: str
    marks: Places
    before: bool = False
    after: bool = False

    @property
    def html(self) -> str:
        """Escaped, with its marks."""
        return f"{'… ' if self.before else ''}{marked_text(self.text, self.marks)}{' …' if self.after else ''}"

    @property
    def plain(self) -> str:
        """The text twin, on one line."""
        line = " ".join(printable(self.text).split())
        return f"{'… ' if self.before else ''}{line}{' …' if self.after else ''}"


def excerpt(text: str, marks: Places = (), *, most: int = LONGEST) -> Excerpt:
    """At most `most` characters of `text`: from its beginning, or from a little before the first mark that would be cut off.

    >>> excerpt("a word and another", most=10).plain
    'a word and …'
    """
    first, before = min((start for start, _ in marks), default=0), min(_BEFORE, most // 4)
    start = 0 if len(text) <= most or first < most - before else _word_start(text, first - before, first)
    end = len(text) if len(text) - start <= most else _word_end(text, start + most)
    inside = [(max(0, left - start), min(end, right) - start) for left, right in marks if right > start and left < end]
    return Excerpt(text[start:end].rstrip(), inside, before=start > 0, after=end < len(text))


def _word_start(text: str, place: int, last: int) -> int:
    """Where a word begins between `place` and `last`; `place` itself where none does."""
    return next((at + 1 for at in range(place, last) if text[at].isspace()), place)


def _word_end(text: str, place: int) -> int:
    """The last blank near before `place`; `place` itself where none is."""
    return next((at for at in range(place, max(0, place - 40), -1) if text[at : at + 1].isspace()), place)


def hits_bundle(hits: Sequence[RetrievalResult]) -> dict[str, str]:
    """Hits one below the other: rank, source, place, score, and the text with the words of the question marked."""
    shown = hits[:MOST]
    more = f" · {len(hits) - MOST} more are not shown" if len(hits) > MOST else ""
    count = "no hit" if not hits else "1 hit" if len(hits) == 1 else f"{len(hits)} hits"
    return bundled("".join(map(hit_html, shown)), "\n".join(map(hit_text, shown)), count + more)


def hit_bundle(hit: RetrievalResult) -> dict[str, str]:
    """One hit."""
    return bundled(hit_html(hit), hit_text(hit), "")


def hit_html(hit: RetrievalResult, *, marks: Places | None = None, anchor: str = "", label: str = "") -> str:
    """A hit as clean HTML. `marks` go before those of the search, `label` before the rank; `anchor` is where links lead."""
    shown = excerpt(hit.chunk.content, matched(hit) if marks is None else marks)
    name = f' id="{safe_text(anchor)}"' if anchor else ""
    head = f"<b>{safe_text(label or f'{hit.rank}.')} {safe_text(hit.chunk.metadata.source)}</b>"
    told = "".join(f"<span>{safe_text(part)}</span>" for part in (*place(hit.chunk), scores(hit)) if part)
    return _block(head + told, f'<div class="racto-quote">{shown.html}</div>', name)


def hit_text(hit: RetrievalResult, *, marks: Places | None = None, label: str = "", marked: bool = False) -> str:
    """The text twin of a hit: two lines. With `marked`, the second one shows what is marked alone, where something is."""
    told = " · ".join(printable(part) for part in (hit.chunk.metadata.source, *place(hit.chunk), scores(hit)) if part)
    shown = excerpt(hit.chunk.content, matched(hit) if marks is None else marks)
    said = shown.plain
    if marked and marks:
        said = " … ".join(f"“{' '.join(printable(hit.chunk.content[start:end]).split())}”" for start, end in sorted(marks))
    return f"{label or f'{hit.rank}.'} {told}\n   {said}"


def place(chunk: Chunk) -> list[str]:
    """Where in its document a chunk stands: its page and headings, as far as they are known."""
    known = chunk.metadata
    return [f"page {known.page}" if known.page is not None else "", known.heading or ""]


def scores(hit: RetrievalResult) -> str:
    """What each stage gave to a hit, or its score where nothing more is known."""
    told = [f"{_STAGES[stage]} {part.score:.{_PLACES[stage]}f} (#{part.rank})" for stage, part in hit.parts.items()]
    return " · ".join(told) if len(told) > 1 else f"score {hit.score:.3f}"


def matched(hit: RetrievalResult) -> Places:
    """Where words of the question stand in a hit, as the search by words has found them."""
    return [(match.start, match.end) for match in hit.matches]


def explanation_bundle(told: Explanation) -> dict[str, str]:
    """Why a hit stands where it stands: the lines, then the passage with the words of the question marked."""
    head, *lines = told.lines
    listed = "".join(f"<li>{safe_text(line)}</li>" for line in lines)
    shown = excerpt(told.chunk.content, [(match.start, match.end) for match in told.matches], most=3 * LONGEST)
    quote = f'<div class="racto-quote">{shown.html}</div>'
    html = _block(f"<b>{safe_text(head)}</b>", f'<ul class="racto-why">{listed}</ul>{quote}')
    return bundled(html, printable(told.text), "")


def chunk_bundle(chunk: Chunk) -> dict[str, str]:
    """A chunk: where it stands, how it begins, and whether it has a vector."""
    return _short(chunk.metadata.source, _told(chunk), chunk.content, chunk.metadata.extra)


def chunk_html(chunk: Chunk) -> str:
    """A chunk as clean HTML."""
    return _short_html(chunk.metadata.source, _told(chunk), excerpt(chunk.content))


def _told(chunk: Chunk) -> list[str]:
    known = chunk.metadata
    number = f"chunk {known.chunk_index + 1}" + (f" of {known.total_chunks}" if known.total_chunks else "")
    span = f"characters {known.start_char:,} to {known.end_char:,}"
    vector = "no vector" if chunk.embedding is None else f"{len(chunk.embedding):,} numbers"
    return [part for part in (*place(chunk), number, span, vector) if part]


def chunks_bundle(chunks: Sequence[Chunk]) -> dict[str, str]:
    """Chunks as a table of their places and beginnings."""
    rows = [
        (
            chunk.metadata.source,
            " · ".join(filter(None, place(chunk))),
            str(chunk.metadata.chunk_index + 1),
            excerpt(chunk.content, most=160).plain,
        )
        for chunk in chunks[:MOST]
    ]
    more = f" · {len(chunks) - MOST} more are not shown" if len(chunks) > MOST else ""
    return table_bundle(
        Table(("source", "place", "chunk", "text"), rows, f"{len(chunks):,} chunk{'' if len(chunks) == 1 else 's'}{more}")
    )


def document_bundle(document: Document) -> dict[str, str]:
    """A document: its source, its size, its pages and tables, and how it begins."""
    kinds = [mark.kind for mark in document.marks]
    marks = [f"{kinds.count(kind)} {kind}{'s' if kinds.count(kind) > 1 else ''}" for kind in dict.fromkeys(kinds)]
    return _short(document.source, [f"{len(document.content):,} characters", *marks], document.content, document.metadata)


def _short(name: str, parts: Sequence[str], text: str, known: dict[str, object]) -> dict[str, str]:
    shown = excerpt(text)
    extra = " · ".join(f"{key}={value!r:.60}" for key, value in list(known.items())[:8])
    said = f"{printable(' · '.join((name, *parts)))}\n   {shown.plain}"
    return bundled(_short_html(name, parts, shown), said, extra)


def _short_html(name: str, parts: Sequence[str], shown: Excerpt) -> str:
    head = f"<b>{safe_text(name)}</b>" + "".join(f"<span>{safe_text(part)}</span>" for part in parts)
    return _block(head, f'<div class="racto-quote">{shown.html}</div>')


def _block(head: str, body: str, name: str = "") -> str:
    return f'<div class="racto-hit"{name}><div class="racto-hit-head">{head}</div>{body}</div>'


def bundled(html: str, text: str, footer: str, *, warning: str = "") -> dict[str, str]:
    """Clean `html` with the style sheets, and its text twin."""
    return {
        "text/html": RETRIEVAL + page(html, footer, warning=warning),
        "text/plain": plain(text, footer, warning=warning).strip("\n"),
    }

"""An answer from passages: its text with links to them, and below it what each says. All is cleaned or escaped. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2s
from typing import TYPE_CHECKING

from racto_nb.notebook.display.bundling import Drawn
from racto_nb.notebook.display.passages import Places, bundled, hit_html, hit_text, place
from racto_nb.notebook.display.sanitising import cited_html, printable, safe_text
from racto_nb.notebook.display.theme import RETRIEVAL

if TYPE_CHECKING:
    from racto_nb.rag.results import Citation, RAGResponse, RetrievalResult

MISSING = "Not in the context"
_WORDLESS = "The answer names passages and says nothing: read them, or ask a larger model."
_UNCITED = "The answer names none of its passages: nothing shows that it comes from them."


def response_bundle(response: RAGResponse) -> dict[str, str]:
    """An answer with its sources, as a front end takes it."""
    drawn = drawn_response(response)
    model = f" · {response.answer.model}" if response.answer.model else ""
    return bundled(drawn.html.removeprefix(RETRIEVAL), drawn.text, f"{response.outcome.replace('_', ' ')}{model}")


def drawn_response(response: RAGResponse) -> Drawn:
    """The answer as Markdown with its citations leading to the sources below; what it says where it is not in the context.

    Passages that it names are shown with the sentences that speak for it marked; the others are folded.
    """
    text = response.answer.content or ""
    named = _named(response.citations)
    anchors = {number: f"racto-{_name(response)}-{number}" for number in named}
    missing = _missing(response)
    body = f'<p class="racto-missing">{safe_text(missing)}</p>' if missing else cited_html(text, anchors)
    below = "\n".join(filter(None, (missing, *_said(response), _sources_text(response, named))))
    said = "".join(f'<p class="racto-quiet">{safe_text(line)}</p>' for line in _said(response))
    html = f"{RETRIEVAL}{body}{said}{_sources_html(response, named, anchors)}"
    return Drawn(html, below if missing else "\n\n".join(filter(None, (printable(text), below))), below)


def _missing(response: RAGResponse) -> str:
    """That there is no answer, and why; empty where there is one."""
    if response.answered:
        return ""
    if not response.sources:
        return f"{MISSING}: no passage fits the question and its filters, and no model was asked."
    count = len(response.sources)
    read = "the passage that was read does not hold" if count == 1 else f"none of the {count} passages that were read holds"
    return f"{MISSING}: {read} the answer."


def _said(response: RAGResponse) -> list[str]:
    """What a reader must know about the citations."""
    lines = [_WORDLESS if response.citations else _UNCITED] if response.outcome == "uncited" else []
    if unknown := response.unknown_citations:
        lines.append(f"{', '.join(f'[{number}]' for number in unknown)} in the answer names no passage.")
    if left := len(response.left_out):
        lines.append(f"{left} more hit{'' if left == 1 else 's'} did not fit into the model's window.")
    return lines


def _named(citations: Sequence[Citation]) -> dict[int, Places]:
    """The numbers that the answer names, in their order, with the places in their passages that speak for it."""
    found: dict[int, list[tuple[int, int]]] = {number: [] for number in sorted({each.number for each in citations})}
    for each in citations:
        offset = each.source.chunk.metadata.start_char
        if each.found:
            found[each.number].append((each.start_char - offset, each.end_char - offset))
    return {number: list(dict.fromkeys(places)) for number, places in found.items()}


def _sources_html(response: RAGResponse, named: Mapping[int, Places], anchors: Mapping[int, str]) -> str:
    shown = "".join(
        hit_html(response.sources[number - 1], marks=places, anchor=anchors[number], label=f"[{number}]")
        for number, places in named.items()
    )
    others = _others(response, named)
    folded = "".join(hit_html(hit, label=f"[{number}]") for number, hit in others)
    if folded:
        title = safe_text(_not_named(response, len(others)))
        shown += f'<details class="racto-fold"><summary>{title}</summary><div>{folded}</div></details>'
    return f'<div class="racto-sources">{shown}</div>' if shown else ""


def _sources_text(response: RAGResponse, named: Mapping[int, Places]) -> str:
    lines = [
        hit_text(response.sources[number - 1], marks=places, label=f"[{number}]", marked=True) for number, places in named.items()
    ]
    others = _others(response, named)
    if others:
        where = (
            " · ".join(filter(None, (f"[{number}] {hit.chunk.metadata.source}", *place(hit.chunk)))) for number, hit in others
        )
        lines.append(f"{_not_named(response, len(others))}: {printable(', '.join(where))}")
    return "\n".join(lines)


def _others(response: RAGResponse, named: Mapping[int, Places]) -> list[tuple[int, RetrievalResult]]:
    return [(number, hit) for number, hit in enumerate(response.sources, start=1) if number not in named]


def _not_named(response: RAGResponse, count: int) -> str:
    passages = f"{count} passage{'' if count == 1 else 's'}"
    return f"{passages} read" if not response.answered else f"{passages} read and not named"


def _name(response: RAGResponse) -> str:
    """A word for this response, the same each time, so that links of several answers on a page lead to their own passages."""
    told = "\0".join((response.query, response.answer.content or "", *(hit.chunk.chunk_id for hit in response.sources)))
    return blake2s(told.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()

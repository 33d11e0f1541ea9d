"""Which passages an answer names, and what in them speaks for it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from racto_nb.rag.chunkers.languages import language_of
from racto_nb.rag.chunkers.sentence_ends import sentence_spans
from racto_nb.rag.documents import Chunk
from racto_nb.rag.passages import NOT_IN_CONTEXT
from racto_nb.rag.results import Citation, Outcome, RetrievalResult
from racto_nb.rag.words import words_of

_LISTED = re.compile(r"[\[\u3010]\s*\d{1,4}(?:\s*(?:[,;]|and|[-\u2013])\s*\d{1,4})*\s*[\]\u3011]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_NUMBERS = re.compile(r"(?P<first>\d{1,4})(?:\s*[-\u2013]\s*(?P<last>\d{1,4}))?")
_MOST_OF_A_RANGE = 50
_ENGLISH = language_of("english")
_REFUSAL = re.compile(
    r"\bthe (?:\w+ )?(?:passages?|context|documents?|texts?) (?:do|does|did) not "
    r"(?:contain|hold|include|provide|have) (?:the|an|any) (?:answer|information)\b"
)
"""The agreed words (NOT_IN_CONTEXT), and what smaller models make of them."""
_NO_ANSWER = " ".join(words_of(NOT_IN_CONTEXT))


def citations_in(answer: str, sources: Sequence[RetrievalResult]) -> tuple[list[Citation], list[int]]:
    """The passages that `answer` names as [n], in order, and the numbers that it names though there is no such passage."""
    citations: list[Citation] = []
    unknown: list[int] = []
    sentences = sentence_spans(answer, _ENGLISH)
    for start, end, number in _named(answer):
        if 1 <= number <= len(sources):
            claim = _claim(answer, sentences, start)
            citations.append(_cited(number, (start, end), claim, sources[number - 1]))
        elif number not in unknown:
            unknown.append(number)
    return citations, unknown


def outcome_of(answer: str, citations: Sequence[Citation]) -> Outcome:
    """Whether `answer` is one, by what it says: "not_in_context" for the agreed words alone, or nearly these without a citation.

    >>> outcome_of("The passages do not contain the answer.", [])
    'not_in_context'
    """
    said = " ".join(words_of(_LISTED.sub(" ", answer)))
    if citations and said != _NO_ANSWER:
        return "answered" if said else "uncited"  # a number alone claims nothing that a passage could speak for
    words = " ".join(words_of(answer)).replace("don t", "do not").replace("doesn t", "does not")
    return "not_in_context" if not words or _REFUSAL.search(words) else "uncited"


def _named(answer: str) -> Iterator[tuple[int, int, int]]:
    """Each number in brackets, with the place of its brackets. A range names all between."""
    written = _CODE.sub(lambda code: " " * len(code.group()), answer)  # an index in code is no citation
    for listed in _LISTED.finditer(written):
        for found in _NUMBERS.finditer(listed.group()):
            first = int(found["first"])
            last = int(found["last"] or first)
            if not first <= last < first + _MOST_OF_A_RANGE:
                last = first
            for number in range(first, last + 1):
                yield listed.start(), listed.end(), number


def _claim(answer: str, sentences: Sequence[tuple[int, int]], place: int) -> str:
    """What the citation at `place` stands behind: its sentence up to there, or the one before where it begins a sentence."""
    at = next((number for number, (start, end) in enumerate(sentences) if start <= place < end), len(sentences) - 1)
    start, end = sentences[at]
    before = _LISTED.sub(" ", answer[start:place])
    if words_of(before):
        return before
    behind = _LISTED.sub(" ", answer[place:end])
    if at and (not words_of(behind) or answer[place - 1 : place] != "\n"):
        return _LISTED.sub(" ", answer[slice(*sentences[at - 1])])
    return behind


def _cited(number: int, place: tuple[int, int], claim: str, source: RetrievalResult) -> Citation:
    span = best_span(claim, source.chunk)
    start, end = span or (0, len(source.chunk.content))
    offset = source.chunk.metadata.start_char
    return Citation(
        number=number,
        start=place[0],
        end=place[1],
        source=source,
        claim=claim.strip(),
        found=span is not None,
        text=source.chunk.content[start:end],
        start_char=offset + start,
        end_char=offset + end,
    )


def best_span(claim: str, chunk: Chunk) -> tuple[int, int] | None:
    """The sentence of `chunk` that has most words of `claim`, rare ones of the chunk counting more. None where it shares none."""
    wanted = set(words_of(claim))
    spans = sentence_spans(chunk.content, _ENGLISH)
    bags = [set(words_of(chunk.content[start:end])) for start, end in spans]
    common = Counter(word for bag in bags for word in bag)
    scores = [sum(1 / common[word] for word in sorted(bag & wanted)) / (len(bag) ** 0.5 or 1.0) for bag in bags]
    best = max(range(len(spans)), key=lambda place: scores[place], default=None)
    if best is None or not scores[best]:
        return None
    start, end = spans[best]
    written = chunk.content[start:end]
    return start + len(written) - len(written.lstrip()), start + len(written.rstrip())

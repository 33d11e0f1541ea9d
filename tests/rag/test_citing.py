"""Which passages an answer names, and what in them speaks for it."""

from __future__ import annotations

import pytest
from fruit_chunks import chunk
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.rag.citing import best_span, citations_in, outcome_of
from racto_nb.rag.passages import NOT_IN_CONTEXT
from racto_nb.rag.results import RetrievalResult

TEXTS = (
    "Refunds are paid within 14 days. Gift cards are never refunded.",
    "The shop opens at nine. On Sundays it is closed.",
    "Apples are red. Pears are green.",
)
SOURCES = [RetrievalResult(chunk=chunk(f"c{n}", text, (1.0, 0.0)), score=1.0, rank=n) for n, text in enumerate(TEXTS, start=1)]


def numbers(answer: str) -> list[int]:
    return [citation.number for citation in citations_in(answer, SOURCES)[0]]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Fourteen days [1].", [1]),
        ("Days [1][3].", [1, 3]),
        ("Days [1, 2; 3].", [1, 2, 3]),
        ("All [1-3].", [1, 2, 3]),
        ("All [1\u20132].", [1, 2]),
        ("Both [1 and 2].", [1, 2]),
        ("List a[i] and [x] and [1a].", []),
        ("None.", []),
        ("", []),
        ("Backwards [3-1].", [3]),
        ("With other brackets\u30102\u3011.", [2]),
        ("Code: `names[1]` and\n```\nx = y[2]\n```\nTrue [3].", [3]),
        ("[2]", [2]),
    ],
)
def test_the_ways_to_name_passages(answer: str, expected: list[int]):
    assert numbers(answer) == expected


def test_the_place_of_a_citation_is_that_of_its_brackets():
    answer = "Days [1]. Closed [2]."

    citations, _ = citations_in(answer, SOURCES)

    assert [answer[each.start : each.end] for each in citations] == ["[1]", "[2]"]


def test_numbers_without_a_passage_are_told():
    citations, unknown = citations_in("Yes [1]. No [4]. So [0] and [4].", SOURCES)

    assert [each.number for each in citations] == [1]
    assert unknown == [4, 0]


@pytest.mark.parametrize(
    ("answer", "claim", "text"),
    [
        ("Refunds take 14 days [1].", "Refunds take 14 days", "Refunds are paid within 14 days."),
        ("You wait. No refund for gift cards [1].", "No refund for gift cards", "Gift cards are never refunded."),
        ("Gift cards are not refunded. [1]", "Gift cards are not refunded.", "Gift cards are never refunded."),
        ("Open from nine [2]. It is closed on Sundays [2].", "Open from nine", "The shop opens at nine."),
        ("[3] says that pears are green.", "says that pears are green.", "Pears are green."),
    ],
)
def test_a_citation_shows_the_sentence_that_speaks_for_it(answer: str, claim: str, text: str):
    first = citations_in(answer, SOURCES)[0][0]

    assert (first.claim, first.text, first.found) == (claim, text, True)
    content, offset = first.source.chunk.content, first.source.chunk.metadata.start_char
    assert content[first.start_char - offset : first.end_char - offset] == text


def test_a_passage_that_shares_no_word_is_shown_whole_and_said_so():
    first = citations_in("Zzz qqq [3].", SOURCES)[0][0]

    assert (first.found, first.text) == (False, TEXTS[2])


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NOT_IN_CONTEXT, "not_in_context"),
        ("the passages do not contain the answer", "not_in_context"),
        (f"Sorry. {NOT_IN_CONTEXT}", "not_in_context"),
        ("", "not_in_context"),
        ("The passage does not contain the answer.", "not_in_context"),
        ("I'm sorry, the provided documents don't include any information on that.", "not_in_context"),
        ("The passages do not contain sugar.", "uncited"),
        ("Fourteen days.", "uncited"),
        ("Fourteen days [1].", "answered"),
        (f"Fourteen days [1]. For gifts: {NOT_IN_CONTEXT}", "answered"),
        ("Fourteen days [7].", "uncited"),
        ("[1]", "uncited"),
        (" [1], [2].", "uncited"),
        ("The passages do not contain the answer [1].", "not_in_context"),
        (f"{NOT_IN_CONTEXT} [1][2]", "not_in_context"),
    ],
)
def test_how_a_question_ended(answer: str, outcome: str):
    assert outcome_of(answer, citations_in(answer, SOURCES)[0]) == outcome


@given(st.text(alphabet="ab [1]29,-.\n", max_size=60))
def test_citations_lie_in_the_answer_and_spans_in_the_passage(answer: str):
    citations, unknown = citations_in(answer, SOURCES)

    assert all(1 <= each.number <= 3 and answer[each.start] == "[" and answer[each.end - 1] == "]" for each in citations)
    assert not set(unknown) & {1, 2, 3}
    for each in citations:
        offset = each.source.chunk.metadata.start_char
        assert each.source.chunk.content[each.start_char - offset : each.end_char - offset] == each.text


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_span_is_a_part_of_the_chunk(claim: str, content: str):
    span = best_span(claim, chunk("c", content, (1.0, 0.0)))

    assert span is None or 0 <= span[0] < span[1] <= len(content)

"""Gold frames: what they may look like, and when a chunk reaches what answers a question."""

import pandas as pd
import polars as pl
import pytest

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag import Document
from racto_nb.rag.assembling import chunks_of
from racto_nb.rag.gold import GoldItem, gold_questions

ROWS = [
    {"question": "Who?", "source": "a.txt", "start": 0, "end": 9, "text": None},
    {"question": "When?", "source": None, "start": None, "end": None, "text": "In May."},
    {"question": "Who?", "source": "b.txt", "start": 4, "end": 8, "text": None},
]


@pytest.mark.parametrize(
    "frame", [list, tuple, iter, pd.DataFrame, pl.DataFrame], ids=["list", "tuple", "iterator", "pandas", "polars"]
)
def test_frames_of_all_kinds_are_the_same_questions(frame):
    who, when = gold_questions(frame(ROWS))

    assert (who.question, who.items) == ("Who?", (GoldItem("a.txt", 0, 9), GoldItem("b.txt", 4, 8)))
    assert (when.question, when.items) == ("When?", (GoldItem(text="In May."),))
    assert who.places == [("a.txt", 0, 9), ("b.txt", 4, 8)]
    assert when.places is None


def test_other_spellings_are_known():
    rows = [
        {"query": "Q", "doc": "a", "start_char": 1, "end_char": 2},
        {"query": "Q", "id": "x"},
        {"query": "Q", "document": "a"},
    ]

    assert gold_questions(rows)[0].items == (GoldItem("a", 1, 2), GoldItem(chunk_id="x"), GoldItem("a"))


@pytest.mark.parametrize(
    ("gold", "kind", "said"),
    [
        ([], UsageError, "has no rows"),
        ("questions.csv", WrongTypeError, "gold is a frame"),
        ({"question": "Q"}, WrongTypeError, "gold is a frame"),
        ([1], WrongTypeError, "gold is a frame"),
        ([{"text": "In May."}], UsageError, "Row 0 of the gold frame has no question"),
        ([{"question": "Q", "text": "A"}, {"question": "Q"}], UsageError, "Row 1 of the gold frame needs source, start and end, or text, or chunk_id"),
        ([{"question": "Q", "source": "a", "start": 3}], UsageError, "Row 0 of the gold frame needs"),
        ([{"question": "Q", "start": 3, "end": 3}], UsageError, "start=3 and end=3 are no stretch"),
    ],
)
def test_what_says_too_little_is_refused_with_its_row(gold, kind, said):
    with pytest.raises(kind, match=said):
        gold_questions(gold)


def chunk(content, start=0, source="docs/a.txt"):
    document = Document(content=" " * start + content, source=source)
    return chunks_of(document, [(start, start + len(content))])[0]


@pytest.mark.parametrize(
    ("item", "reached"),
    [
        (GoldItem("docs/a.txt", 10, 20), True),
        (GoldItem("a.txt", 10, 20), True),
        (GoldItem("b.txt", 10, 20), False),
        (GoldItem("ocs/a.txt", 10, 20), False),
        (GoldItem(None, 10, 20), True),
        (GoldItem("a.txt", 15, 25), True),  # half of it
        (GoldItem("a.txt", 16, 26), False),
        (GoldItem("a.txt", 0, 500), True),  # the chunk lies in it
        (GoldItem("a.txt"), True),
        (GoldItem("b.txt"), False),
        (GoldItem(text="half \n  time"), True),
        (GoldItem(text="at half time, and so on"), True),
        (GoldItem(text="half a time"), False),
        (GoldItem(chunk_id="no such"), False),
        (GoldItem(chunk_id=chunk("half time", 11).chunk_id), True),
    ],
)
def test_a_chunk_reaches_what_it_shares_half_with(item, reached):
    assert item.is_reached_by(chunk("half time", 11)) is reached

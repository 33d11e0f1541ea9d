"""Chunks whose metadata is hard to filter, filters that are hard to translate, and strategies that make more of them."""

from __future__ import annotations

from typing import Any

from contracts.store_table import piece
from hypothesis import strategies as st

from racto_nb.rag import Chunk, Filter
from racto_nb.rag.filters import And, Contains, Eq, In, Not, Or, Range

NAMES = ("year", "team", "flag", "score", "tags", "a.b", 'say "x"', "it's", "$or", "x' OR 1=1 --", "größe", "with space", "page",
         "heading", "source", "chunk_index", "doc_id", "chunk_id", "content", "start_char", "absent", "")  # fmt: skip

HARD: tuple[dict[str, Any], ...] = (
    {"year": 2020, "team": "red", "flag": True, "score": 0.5, "tags": ["a", "b"]},
    {"year": 2021, "team": "blue", "flag": False, "score": 1.0, "tags": ["b", 1, True]},
    {"year": 2020.0, "team": "Red", "flag": None, "score": 1, "tags": []},
    {"year": 2020.5, "team": "", "flag": 1, "score": -1, "tags": "a"},
    {"year": "2020", "team": "red ", "flag": "True", "score": "1", "tags": ["red", "2020", 2020, None]},
    {"year": True, "team": None, "flag": 0, "score": 0, "tags": {"a": 1}},
    {"team": "it's", "score": -0.0, "tags": [["a"]]},
    {"year": 2**53, "team": 'say "red"', "score": 1e300},
    {"year": 2**53 + 1, "team": "a\\b", "score": -1e300},
    {"year": 10**30, "team": "100%", "score": 1e-300},
    {"year": -5, "team": "re_d", "score": 2.5e-17},
    {"a.b": 1, 'say "x"': 2, "it's": "it's", "$or": "x", "x' OR 1=1 --": True, "größe": "groß", "with space": "red", "": "empty"},
    {"a.b": "1", "a": {"b": 1}, "it's": 1, "größe": "GROSS", "with space": 1},
    {"page": 99, "source": "of the extra", "year": "2020-01-02", "team": "Ä\u0301 🙂"},
    {"year": "2019-12-31", "team": "\u0000", "score": 123456789012345678},
    {"year": 1, "team": "x" * 2000, "score": 123456789012345679},
    {"year": 0, "team": "x' OR '1'='1", "score": 3},
    {"year": None, "tags": None},
    {},
)  # fmt: skip

VALUES = (2020, 2020.0, 2020.5, "2020", True, False, 1, 1.0, 0, 0.0, -1, "1", "True", None, "red", "Red", "red ", "", "it's",
          'say "red"', "a\\b", "100%", "%", "re_d", "a", "b", 2**53, 2**53 + 1, 10**30, 1e300, -1e300, 1e-300, 123456789012345678,
          123456789012345679, "2020-01-02", "Ä\u0301 🙂", "\u0000", "x" * 2000, "x' OR '1'='1", "groß", "notes.txt", "other.txt",
          "Terms > Refunds", "text of", "3", 3, 0.5, "doc", "x", "absent", "of the extra", 99, "empty")  # fmt: skip


def hard_chunks() -> list[Chunk]:
    """One chunk for each of HARD; their own fields differ as well, and each has a vector of its own direction."""
    return [
        piece(
            str(row) if row % 2 else f"it's {row}",
            (1.0, row / 4, -row / 7),
            **({"page": row % 4 or None, "heading": "Terms > Refunds" if row % 3 else None} | _own(row) | known),
        )
        for row, known in enumerate(HARD)
    ]


def _own(row: int) -> dict[str, Any]:
    return {
        "source": "notes.txt" if row % 2 else "other.txt",
        "chunk_index": row,
        "start_char": row * 10,
        "end_char": row * 10 + 9,
    }


def _ends() -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from([value for value in VALUES if value is not None and not isinstance(value, bool)])


def _leaves() -> st.SearchStrategy[Filter]:
    name, value = st.sampled_from(NAMES), st.sampled_from(VALUES)
    return st.one_of(
        st.builds(Eq, name, value),
        st.builds(In, name, st.lists(value, max_size=4).map(tuple)),
        st.builds(Range, name, _ends(), _ends(), _ends(), _ends()),
        st.builds(Contains, name, value),
    )


def filters() -> st.SearchStrategy[Filter]:
    """Any filter, mostly of few parts."""
    return st.recursive(
        _leaves(),
        lambda part: st.one_of(
            st.builds(Not, part),
            st.builds(And, st.lists(part, max_size=3).map(tuple)),
            st.builds(Or, st.lists(part, max_size=3).map(tuple)),
        ),
        max_leaves=5,
    )


HARD_FILTERS: tuple[Filter, ...] = (
    *(Eq(name, value) for name in ("year", "flag", "score", "team") for value in (1, 1.0, True, "1", 0, False, None, "", "red")),
    *(Not(Eq(name, value)) for name in ("year", "flag", "page", "heading", "absent") for value in (1, True, None, "Terms > Refunds")),
    *(Eq(name, value) for name in NAMES[5:13] for value in (1, 2, "x", True, "red", "it's", "groß", "1")),
    *(Contains("team", text) for text in ("red", "Red", "", "%", "_", "'", '"', "\\", "🙂", "\u0000")),
    *(Contains("tags", value) for value in ("a", "b", 1, 1.0, True, None, "red", 2020, "2020")),
    *(Range("year", ge=low, lt=high) for low, high in ((2020, 2021), (0, 1), (2**53, None), (None, 0), ("2020", "2021"), (1, "2"))),
    *(Range("score", gt=end) for end in (0, -0.0, 1e300, -1e300, 1e-300, 123456789012345678)),
    Range("year"), And(()), Or(()), Not(And(())), Not(Or(())), In("team", ()), Not(In("team", ())),
    Eq("page", 99), Eq("source", "of the extra"), Eq("year", 2**53), Eq("year", 2**53 + 1), Eq("year", 10**30),
    Not(Contains("tags", "a")), Not(Range("year", ge=2020)), Not(In("year", (2020, None))), In("team", ("red", None, "x" * 2000)),
    And((Eq("source", "notes.txt"), Or((Eq("team", "red"), Contains("content", "text of"))))), Contains("chunk_id", "it's"),
    Or((Eq("absent", 1), Not(Eq("absent", 1)))), Eq("it's", "it's"), Eq("x' OR 1=1 --", True), Eq("content", "text of 3"),
    Eq("chunk_id", "3"), In("chunk_index", (0, 5, 7)), Range("start_char", ge=30, le=60), Contains("source", "notes"),
)  # fmt: skip

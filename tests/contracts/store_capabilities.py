"""The part of docs/capabilities.md about vector stores, from the marks in `store_table.py`."""

from __future__ import annotations

from contracts.store_table import STORES, StoreEntry

CASES = {
    "nearest first": "test_the_nearest_come_first_with_ranks_from_one",
    "cosine scores": "test_scores_are_cosines_also_of_long_and_short_vectors",
    "all filters": "test_every_store_means_the_same_by_any_filter",
    "`top_k` kept": "test_a_filter_never_reduces_the_hits_below_top_k",
    "whole chunks": "test_a_chunk_comes_back_whole",
    "long texts": "test_a_long_text_comes_back_whole",
    "any id": "test_any_text_is_an_id",
    "all or none": "test_another_number_of_dimensions_is_refused_and_changes_nothing",
    "`replace`": "test_the_chunks_of_a_source_are_replaced",
    "threads": "test_many_callers_at_once_lose_nothing",
}
"""What a column says, and the case of the suite that shows it."""

INTRODUCTION = """\
## What each vector store can do

From `tests/contracts/test_vector_stores.py`, which runs the same cases on every store, in both colours (`search` and `asearch`). *ran
against* says on what: where it is a fake, no server could be had. *kept* is whether the chunks are there again the next time.
"""


def stores_part() -> str:
    """The table, and the cases that do not hold."""
    lines = [["store", "ran against", "kept", *CASES], ["---"] * (len(CASES) + 3)]
    lines += [_line(entry) for entry in STORES]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    gaps = [
        f"* {entry.name}: {_sentence(case)}: {gap.reason} (*{gap.kind}*)." for entry in STORES for case, gap in entry.gaps.items()
    ]
    return f"{INTRODUCTION}\n{table}\n\nCases that do not hold:\n\n" + "\n".join(gaps or ["* None."]) + "\n"


def _line(entry: StoreEntry) -> list[str]:
    variant = f", {entry.variant}" if entry.variant else ""
    shown = ["no" if any(gap.partition(":")[0] == case for gap in entry.gaps) else "yes" for case in CASES.values()]
    return [f"`{entry.store_class.__name__}`{variant}", entry.ran, "yes" if entry.persists else "no", *shown]


def _sentence(case: str) -> str:
    name, _, part = case.removeprefix("test_").partition(":")
    words = name.replace("_", " ")
    return f"{words[0].upper()}{words[1:]}{f' ({part})' if part else ''}"

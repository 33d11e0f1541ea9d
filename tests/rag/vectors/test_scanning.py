"""The scan in one byte a number finds what a scan of all numbers finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.rag.vectors.held import Held
from racto_nb.rag.vectors.rounding import rounded_one
from racto_nb.rag.vectors.scanning import nearest
from racto_nb.rag.vectors.shelves import FileShelf, MemoryShelf

KINDS = ("uniform", "cluster", "same", "spiked", "sparse", "far apart in size")
NONE = np.empty(0, np.int64)


def rows_of(kind: str, count: int, dimension: int, seed: int) -> np.ndarray:
    """Vectors of length one: spread out, close together, some of them equal, with one large number, or mostly zeros."""
    chance = np.random.default_rng(seed)
    rows = chance.standard_normal((count, dimension))
    match kind:
        case "cluster":
            rows = chance.standard_normal(dimension) + 0.01 * rows
        case "same":
            rows = rows[chance.integers(0, min(7, count), count)]
        case "spiked":
            rows[:, 0] += 100 * chance.integers(0, 2, count)
        case "sparse":
            rows *= chance.random((count, dimension)) < 0.05
            rows[:, 0] += 1e-3
        case "far apart in size":
            rows *= 10.0 ** chance.integers(-20, 0, (count, dimension))
        case _:
            pass
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def held_of(rows: np.ndarray, dead: np.ndarray = NONE) -> Held:
    shelf = MemoryShelf(rows.shape[1])
    assert shelf.write(0, [rows[:100], rows[100:]]) == len(rows)
    return shelf.held(len(rows), dead)


@settings(max_examples=60)
@given(
    kind=st.sampled_from(KINDS),
    count=st.sampled_from([1, 3, 801, 1_000, 5_000]),
    dimension=st.sampled_from([2, 33, 384]),
    top_k=st.sampled_from([1, 10, 300]),
    share=st.sampled_from([None, 0.0, 0.02, 0.2, 0.3, 0.9]),
    dead_share=st.sampled_from([0.0, 0.01, 0.6]),
    seed=st.integers(0, 5),
)
def test_the_nearest_rows_are_those_of_all_numbers(*, kind, count, dimension, top_k, share, dead_share, seed):
    rows, chance = rows_of(kind, count, dimension, seed), np.random.default_rng(seed + 1)
    dead = np.flatnonzero(chance.random(count) < dead_share)
    mask = None if share is None else chance.random(count) < share
    held = held_of(rows, dead)
    asked = rows_of(kind, 1, dimension, seed + 2)[0]

    found = nearest(held, asked, top_k, mask)
    right = rows.astype(np.float64) @ asked.astype(np.float64)
    counts = held.alive if mask is None else held.alive & mask
    best = np.sort(right[counts])[::-1][:top_k]
    assert len(found.rows) == len(best) == len(set(found.rows.tolist()))
    assert counts[found.rows].all()
    assert np.allclose(right[found.rows], best, atol=3e-6)
    assert np.allclose(found.scores, right[found.rows], atol=3e-6)
    if mask is not None:
        again = nearest(held, asked, top_k, np.flatnonzero(mask))
        assert np.array_equal(again.rows, found.rows)


def test_of_equal_rows_the_earlier_come_first():
    rows = np.repeat(rows_of("uniform", 20, 8, 0), 100, axis=0)

    assert nearest(held_of(rows), rows[500], 5).rows.tolist() == [500, 501, 502, 503, 504]


def test_a_mask_of_earlier_rows_leaves_later_ones_out():
    rows = rows_of("uniform", 2_000, 8, 0)

    assert nearest(held_of(rows), rows[1_500], 1, np.ones(1_000, np.bool_)).rows[0] < 1_000


def test_rounding_is_wrong_by_no_more_than_it_says():
    for kind in KINDS:
        rows = rows_of(kind, 300, 64, 3)
        held = held_of(rows)
        off = np.linalg.norm(held.steps[:, None] * held.rounded.astype(np.float64) - rows, axis=1)
        assert np.allclose(off, held.errors, atol=1e-6)
        near, step, wrong = rounded_one(rows[0])
        assert np.array_equal(near, held.rounded[0])
        assert (step, wrong) == (pytest.approx(held.steps[0]), pytest.approx(held.errors[0], abs=1e-6))


def test_rows_in_files_are_those_in_memory_and_earlier_views_stay(tmp_path):
    rows = rows_of("uniform", 5_000, 16, 0)
    shelf = FileShelf(tmp_path, 0, 16)
    assert shelf.write(0, [rows[:3_000]]) == 3_000
    early = shelf.held(3_000, NONE)
    assert shelf.write(3_000, [rows[3_000:4_000], rows[:500]]) == 4_500  # the last 500 never count
    assert shelf.write(4_000, iter([rows[4_000:]])) == 5_000
    late, right = shelf.held(5_000, NONE), held_of(rows)

    for part in ("exact", "rounded", "steps", "errors"):
        assert np.array_equal(getattr(late, part), getattr(right, part))
        assert np.array_equal(getattr(early, part), getattr(right, part)[:3_000])
    assert shelf.fits(5_000)

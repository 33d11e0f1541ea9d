"""A process of a Dask cluster makes its kit once, whatever its threads do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import cloudpickle

from racto_nb.dask.answering import kit_of
from racto_nb.testing import FakeKit


def test_threads_that_begin_at_once_get_one_kit(tmp_path):
    notes = str(tmp_path / "made")

    def make() -> FakeKit:
        import time
        from pathlib import Path

        with Path(notes).open("a") as made:
            made.write("made\n")
        time.sleep(0.1)
        return FakeKit()

    made_by, start = cloudpickle.dumps(make), threading.Barrier(4)

    def begun(_: int) -> object:
        start.wait(60)
        return kit_of(made_by)

    with ThreadPoolExecutor(4) as pool:
        kits = list(pool.map(begun, range(4)))
    assert len(set(map(id, kits))) == 1
    assert (tmp_path / "made").read_text() == "made\n"

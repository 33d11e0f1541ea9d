"""A program that is killed, by a real SIGKILL, leaves a store with each change whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest

from racto_nb.rag.stores import DuckDBStore

ROUNDS, SIZE, DIMENSION = 20, 50, 16
PROGRAM = f"""
import sys
import numpy as np
from racto_nb.rag import Chunk, ChunkMetadata
from racto_nb.rag.stores import DuckDBStore

def chunks(source, turn):
    rows = np.random.default_rng(turn).standard_normal(({SIZE}, {DIMENSION}))
    return [
        Chunk(chunk_id=f"{{source}}/{{turn}}/{{n}}", doc_id=source, content="x" * 500, embedding=row.tolist(),
              metadata=ChunkMetadata(source=source, chunk_index=n, total_chunks={SIZE}, start_char=0, end_char=1, doc_id=source,
                                     extra={{"turn": turn}}))
        for n, row in enumerate(rows)
    ]

warm = DuckDBStore()
warm.replace("x", chunks("x", 0))
warm.delete(["x/0/1"])
warm.compact()
store = DuckDBStore(sys.argv[1], index=sys.argv[3])
turn = int(sys.argv[2])
print("ready", flush=True)
while True:
    turn += 1
    store.add(chunks(f"batch{{turn}}", turn))
    print("added", turn, flush=True)
    store.replace("versioned", chunks("versioned", turn))
    print("replaced", turn, flush=True)
    if turn % 2:
        store.delete([chunk.chunk_id for chunk in chunks(f"batch{{turn}}", turn)])
        print("deleted", turn, flush=True)
    if turn % 3 == 0:
        store.compact()
"""


def killed(folder: Path, turn: int, index: str, wait: float) -> list[list[str]]:
    """What the program said of its work on the store before it was killed."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(turn), index], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n", program.communicate()[1]
    time.sleep(wait)
    program.kill()
    told, complaints = program.communicate(timeout=60)
    assert program.returncode == -9, complaints
    return [line.split() for line in told.splitlines() if line.count(" ") == 1]


def turns_of(store: DuckDBStore) -> dict[str, int]:
    """The turn of each source; every source is whole."""
    frame = store.sql(
        "SELECT source, count(*) AS n, min(extra->>'$.turn') AS least, max(extra->>'$.turn') AS most FROM chunks GROUP BY 1"
    )
    assert [row for row in frame.to_dicts() if row["n"] != SIZE or row["least"] != row["most"]] == []
    return {row["source"]: int(row["least"]) for row in frame.to_dicts()}


@pytest.mark.slow
def test_each_change_is_whole_or_not_there_after_a_kill(tmp_path):
    chance, turn = random.Random(6), 0
    for number in range(ROUNDS):
        told = killed(tmp_path / "store", turn, "hnsw" if number % 4 == 3 else "auto", chance.uniform(0, 0.25))
        with DuckDBStore(tmp_path / "store") as store:
            turns = turns_of(store)
            for word, which in told:
                batch = f"batch{which}"
                if word == "deleted":
                    assert batch not in turns
                elif word == "added" and int(which) % 2 == 0:
                    assert batch in turns
                elif word == "replaced":
                    assert turns["versioned"] >= int(which)
            for source, of in sorted(turns.items(), key=itemgetter(1))[-4:]:
                _is_found(store, source, of)
            turn = max([turn, *turns.values(), *(int(which) for _, which in told)])
    assert turn > 0


def _is_found(store: DuckDBStore, source: str, turn: int) -> None:
    """Each vector of the source is where its row says, and so are its facts."""
    rows = np.random.default_rng(turn).standard_normal((SIZE, DIMENSION))
    for place in (0, SIZE - 1):
        (hit,) = store.search(rows[place].tolist(), 1, {"source": source, "turn": turn})
        assert (hit.chunk.chunk_id, round(hit.score, 4)) == (f"{source}/{turn}/{place}", 1.0)

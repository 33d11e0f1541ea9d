"""A process that is killed in the middle of an ingestion: each document is there whole or not at all, and a new run completes it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from rag.small_parts import Lines, Words, small_rag

from racto_nb.rag.stores import DuckDBStore

FILES, LINES, KILLS = 24, 30, 20
PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
from rag.small_parts import small_rag
from racto_nb.rag import folders
from racto_nb.rag.stores import DuckDBStore
folders.MOST_FILES = 4
with small_rag(store=DuckDBStore({store!r})) as rag:
    print("begins", rag.count(), flush=True)
    rag.ingest_dir({docs!r})
    print("ends", rag.count(), flush=True)
"""


def written(docs: Path, version: int) -> None:
    """The files of one version: some stay as they were, some change a few lines, some all."""
    for file in range(FILES):
        changed = {0: 0, 1: LINES // 3, 2: LINES}[file % 3]
        lines = [f"file {file} line {line} version {version if line < changed else 0}\n" for line in range(LINES + version % 3)]
        (docs / f"{file:02}.txt").write_text("".join(lines))


def begun(docs: Path, store: Path) -> subprocess.Popen[str]:
    program = PROGRAM.format(tests=str(Path(__file__).parents[1]), store=str(store), docs=str(docs))
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("begins"), process.stderr.read() if process.stderr else line
    return process


def texts(store: DuckDBStore) -> dict[str, str]:
    """What the store holds of each file, put together again. Two chunks at one place would show."""
    chunks = defaultdict(list)
    for chunk in store.get(store.chunk_ids()):
        chunks[Path(chunk.metadata.source).name].append(chunk)
    whole = {}
    for name, found in chunks.items():
        ordered = sorted(found, key=lambda chunk: chunk.metadata.chunk_index)
        assert [chunk.metadata.chunk_index for chunk in ordered] == list(range(ordered[0].metadata.total_chunks)), name
        whole[name] = "".join(chunk.content for chunk in ordered)
    return whole


@pytest.mark.slow
def test_each_document_is_there_whole_or_not_at_all_wherever_its_process_is_killed(tmp_path: Path):
    docs, place = tmp_path / "docs", tmp_path / "store"
    docs.mkdir()
    chance = random.Random(20261129)
    written(docs, 0)
    began = time.monotonic()
    with begun(docs, tmp_path / "measured") as process:
        process.wait()
    usual = time.monotonic() - began
    known: dict[str, set[str]] = defaultdict(set)
    caught_inside = 0
    for version in range(KILLS):
        written(docs, version)
        for file in docs.iterdir():
            known[file.name].add(file.read_text())
        with begun(docs, place) as process:
            time.sleep(chance.uniform(0, usual / 2))
            process.send_signal(signal.SIGKILL)
        with DuckDBStore(place) as store:
            there = texts(store)
        now = {file.name: file.read_text() for file in docs.iterdir()}
        assert all(text in known[name] for name, text in there.items())
        done = sum(there.get(name) == text for name, text in now.items())
        caught_inside += 0 < done < FILES
    with small_rag(store=DuckDBStore(place), embedder=Words(), chunker=Lines()) as rag:
        report = rag.ingest_dir(docs).report
        assert texts(rag.store) == now
        assert rag.count() == report.chunks
        assert len(rag.ingest_dir(docs).report.of("unchanged")) == FILES
    assert caught_inside >= KILLS // 3, "most kills came before or after the work, and show nothing"

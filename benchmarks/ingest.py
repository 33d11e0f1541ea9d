"""What ingesting a folder costs: megabytes, pages and chunks per second of processor time, and the memory that it needs at most.

The readers, the chunker and the store are the real ones; the embedder makes numbers at once, since a model would take nearly all
of the time. A process of its own ingests the folder: half of its bytes are texts of 1 MB, half are PDFs of 200 pages. Goal: at
most 500 MB of memory of the process's own for a folder of 1 GB. (Pages of mapped files come on top and are the system's to take
back; they are told beside it.)

    python benchmarks/ingest.py [megabytes]       (1000 by default; 20 shows the rates in seconds)
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from contenders.telling import figure

GOAL = 500
TEXT_BYTES = 1_000_000
PAGES = 200
DIFFERENT = 16
LINES = 50


def words(chance: random.Random, count: int) -> str:
    """Lines of made-up words."""
    letters = "etaoinshrdlu"
    made = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(400)]
    lines = [" ".join(chance.choices(made, k=12)) + "." for _ in range(count)]
    return "\n".join("\n" + line if number % 6 == 0 else line for number, line in enumerate(lines))


def pdf(chance: random.Random, pages: int) -> bytes:
    """A PDF of `pages` pages with text, written by hand."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids: list[str] = []
    for _ in range(pages):
        lines = words(chance, LINES).replace("\n\n", "\n").splitlines()
        shown = "".join(f"({line}) Tj 0 -14 Td\n" for line in lines)
        stream = f"BT /F1 10 Tf 40 780 Td\n{shown}ET".encode()
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        number = len(bodies)
        box = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
        bodies.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {number} 0 R >>".encode())
        kids.append(f"{number + 1} 0 R")
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>".encode()
    return _joined(bodies)


def _joined(bodies: list[bytes]) -> bytes:
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, table)
    return bytes(data) + end + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, len(data))


def made(folder: Path, megabytes: float) -> dict[str, int]:
    """A folder of about so many megabytes: its bytes, files and pages. Every sixteenth file holds the same as the first."""
    chance, size, files, pages = random.Random(6), 0, 0, 0
    contents: list[bytes] = []
    while size < megabytes * 1_000_000:
        if files < DIFFERENT:
            contents.append(pdf(chance, PAGES) if files % 2 else words(chance, TEXT_BYTES // 75).encode())
        data = contents[files % DIFFERENT]
        pages += PAGES * (files % 2)
        (folder / f"{files:05}{'.pdf' if files % 2 else '.txt'}").write_bytes(data)
        size, files = size + len(data), files + 1
    return {"bytes": size, "files": files, "pages": pages}


class Instantly:
    """Numbers for texts, as a model of 384 dimensions would give them: a list of its own for each."""

    def __init__(self) -> None:
        import numpy as np

        self.numbers = np.random.default_rng(6).standard_normal((4096, 384))

    def __call__(self, texts: list[str]) -> list[list[float]]:
        return [self.numbers[hash(text) % 4096].tolist() for text in texts]


def embedder() -> object:
    """An embedder that takes no time to speak of."""
    from racto_nb.rag.embedders import BaseEmbedder

    class Quick(BaseEmbedder):
        batch_size = 256
        dimension = 384
        identity = "quick"
        numbers = Instantly()

        def embed(self, texts: list[str]) -> list[list[float]]:
            return self.numbers(texts)

        async def aembed(self, texts: list[str]) -> list[list[float]]:
            return self.numbers(texts)

    return Quick()


def memory() -> dict[str, int]:
    """What the process holds, in kB: all of it, and what is its own and not a mapped file's."""
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in told.splitlines())
    return {name: int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon")}


def watched(work: Callable[[], None]) -> dict[str, int]:
    """The most memory while `work` runs, in MB."""
    most = memory()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            for name, size in memory().items():
                most[name] = max(most[name], size)

    watcher = threading.Thread(target=look)
    watcher.start()
    work()
    ended.set()
    watcher.join()
    return {name: size // 1000 for name, size in most.items()}


def ingested(folder: str, store: str) -> dict[str, float]:
    """Ingest the folder twice in this process: the figures of both."""
    from racto_nb.rag import RactoRAG
    from racto_nb.rag.stores import DuckDBStore

    figures: dict[str, float] = {}
    with RactoRAG(DuckDBStore(store), embedder()) as rag:  # type: ignore[arg-type]  (a class made where it is needed)

        def first() -> None:
            begun, cpu = time.perf_counter(), time.process_time()
            figures["chunks"] = len(rag.ingest_dir(folder))
            figures["seconds"], figures["cpu"] = time.perf_counter() - begun, time.process_time() - cpu

        figures |= watched(first)
        cpu = time.process_time()
        report = rag.ingest_dir(folder).report
        figures["again"] = time.process_time() - cpu
        assert len(report.of("unchanged")) == len(report.files)
    return figures


def main(megabytes: float = 1000) -> int:
    """Print the figures. 1 where the memory is more than the goal, or something is missing."""
    with tempfile.TemporaryDirectory() as place:
        docs = Path(place, "docs")
        docs.mkdir()
        corpus = made(docs, megabytes)
        child = [sys.executable, __file__, "--child", str(docs), str(Path(place, "store"))]
        told = subprocess.run(child, check=True, capture_output=True, text=True).stdout
    figures = json.loads(told)
    print(f"{corpus['bytes'] / 1e6:.0f} MB, {corpus['files']} files, {corpus['pages']} pages of PDF: {figures['chunks']} chunks")
    print(f"{figures['seconds']:.0f} s, {figures['cpu']:.0f} s of processor time")
    for name, count in (("MB", corpus["bytes"] / 1e6), ("pages", corpus["pages"]), ("chunks", figures["chunks"])):
        figure(f"{name} taken in", count / figures["cpu"], f"{name} per second")
        print(f"{count / figures['cpu']:12.1f} {name} per second of processor time")
    print(f"{figures['again']:.0f} s of processor time to find that nothing has changed")
    print(f"{figures['RssAnon']} MB of memory at most (goal {GOAL}); {figures['VmRSS']} MB with mapped files")
    return int(figure(f"memory at most, for {corpus['bytes'] / 1e6:.0f} MB of files", figures["RssAnon"], "MB", at_most=GOAL))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(ingested(*sys.argv[2:4])))
        sys.exit()
    sys.exit(main(*map(float, sys.argv[1:2])))

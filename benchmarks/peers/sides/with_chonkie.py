"""Chonkie: its recursive chunker by letters, which knows no overlap."""

from __future__ import annotations

from asking import SIZE, Job, Task, cutting, text_of
from chonkie import RecursiveChunker

JOBS = ["chunk"]


def chunk(task: Task) -> Job:
    chunker, text = RecursiveChunker(tokenizer="character", chunk_size=SIZE), text_of(task)
    return cutting(lambda: [each.text for each in chunker.chunk(text)])

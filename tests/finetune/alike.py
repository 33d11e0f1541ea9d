"""Examples made of questions alone, and the originals that likeness is measured on."""

from __future__ import annotations

import csv

import pytest
from shared_material import MISSING, shared_path

from racto_nb.finetune import RactoTrainingExample


def asked(*questions: str) -> list[RactoTrainingExample]:
    """An example for each question, all with the same answer."""
    return [RactoTrainingExample.from_pair(question, "yes") for question in questions]


def banking(name: str) -> list[tuple[str, str]]:
    """The texts and labels of banking77's "train" or "test"; the test is skipped where they are not on this machine."""
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    with (folder / "data" / "banking77" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]

"""Examples into files and texts. Kind: threaded; it blocks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.format import format_named
from racto_nb.finetune.record_lines import lines_of
from racto_nb.finetune.whole_files import target_of, whole_file


def write_file(examples: Sequence[RactoTrainingExample], path: str | os.PathLike[str], provider: str, *, overwrite: bool) -> Path:
    """Write a line for each example. What cannot be written leaves things as they were."""
    form, target = format_named(provider), target_of(path, overwrite=overwrite)
    with whole_file(target, overwrite=overwrite) as file:
        for lines in lines_of(examples, form):
            file.write(lines)
    return Path(path)


def text_of(examples: Sequence[RactoTrainingExample], provider: str) -> str:
    """The same as a text."""
    return b"".join(lines_of(examples, format_named(provider))).decode()

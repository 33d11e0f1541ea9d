"""Datasets in Parquet files. Kind: threaded; it blocks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import MissingFileError, UnreadableFileError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.frames import FrameColumns, polars_frame, read_frame
from racto_nb.finetune.reading import Reading
from racto_nb.finetune.whole_files import path_given, target_of, whole_file


def read_parquet(path: str | os.PathLike[str], provider: str | None, columns: FrameColumns) -> Reading:
    """All examples of a file."""
    import polars as pl

    place = expanded(path_given(path))
    if not place.exists():
        raise MissingFileError(str(path), names_near(place))
    try:
        with place.open("rb") as file:
            frame = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        msg = f"{str(path)!r} cannot be read as a Parquet file: {error}."
        raise UnreadableFileError(msg, str(path)) from error
    return read_frame(frame, provider, **columns)


def write_parquet(examples: Sequence[RactoTrainingExample], path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Write a row for each example. What cannot be written leaves things as they were."""
    target, frame = target_of(path, overwrite=overwrite), polars_frame(examples)
    # It is compressed inside, and readers of Parquet unpack nothing around it, whatever its name ends in.
    with whole_file(target, overwrite=overwrite, packs=False) as file:
        frame.write_parquet(file)
    return Path(path)

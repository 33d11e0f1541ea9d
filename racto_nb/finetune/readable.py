"""The part of a dataset that reads: JSONL, frames, Parquet and Hugging Face datasets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Self, Unpack

from racto_nb.finetune.collection import Collection
from racto_nb.finetune.formats.format import USUAL
from racto_nb.finetune.frames import FrameColumns, read_frame, refuse_other
from racto_nb.finetune.parquet_files import read_parquet
from racto_nb.finetune.reading import OnError, Reading, RejectedRecord, read_file, read_text
from racto_nb.flow.threads import in_thread


class Readable(Collection):
    """Makes datasets of what others wrote."""

    _rejected: tuple[RejectedRecord, ...] = ()

    @property
    def rejected(self) -> tuple[RejectedRecord, ...]:
        """What could not be read, where `on_error="collect"` was given. Datasets that are made of this one have none."""
        return self._rejected

    @classmethod
    def from_jsonl(cls, path: str | os.PathLike[str], provider: str | None = USUAL, *, on_error: OnError = "raise") -> Self:
        """Read a file with a JSON record in each line, as `export_jsonl` and others write it.

        `provider` is the format: "openai", "openai_dpo", "openai_rft", "anthropic", "gemini", "vertex", "gemini_preference",
        "sharegpt", "alpaca" or "racto". With "auto", or None, each record is read as what it looks like. Files that gzip has
        packed are unpacked, and a file that is one JSON list of records is read too. The file is read piece by piece.

        Nothing is dropped: a record that is not of the format raises DatasetFormatError with its `line`, what is wrong and how
        it begins. With `on_error="collect"` such records are put aside in `dataset.rejected`, and the others are kept. Raises
        MissingFileError for a path that leads nowhere, UnreadableFileError for a file that may not be read or is damaged, and
        UsageError for a format that nobody knows.

        >>> import tempfile
        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("What is a list?", "An ordered sequence.")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = data.export_jsonl(f"{folder}/train.jsonl")
        ...     RactoDataset.from_jsonl(path) == data
        True
        """
        return cls._read(read_file(path, provider, on_error))

    @classmethod
    async def afrom_jsonl(
        cls, path: str | os.PathLike[str], provider: str | None = USUAL, *, on_error: OnError = "raise"
    ) -> Self:
        """Read a file with a JSON record in each line, as `export_jsonl` and others write it."""
        return cls._read(await in_thread(read_file, path, provider, on_error))

    @classmethod
    def from_jsonl_string(cls, text: str, provider: str | None = USUAL, *, on_error: OnError = "raise") -> Self:
        """Read a text with a JSON record in each line, as `to_jsonl_string` writes it. Otherwise like `from_jsonl`.

        >>> from racto_nb.finetune import RactoDataset
        >>> RactoDataset.from_jsonl_string('{"messages": [{"role": "user", "content": "Hi"}]}')[0].messages[0].content
        'Hi'
        """
        return cls._read(read_text(text, provider, on_error))

    @classmethod
    def from_frame(
        cls,
        frame: object,
        provider: str | None = "auto",
        *,
        user: str | None = None,
        assistant: str | None = None,
        system: str = "",
        system_column: str | None = None,
        tags: Sequence[str] = (),
        on_error: OnError = "raise",
    ) -> Self:
        """Read a table: a DataFrame of pandas or polars, a Table of pyarrow, a Hugging Face Dataset, or a list of dicts.

        `user` and `assistant` name the columns of questions and answers; `system` is a text before each, or `system_column` the
        column of it. Without them each row is a record: one of `to_polars` and its like, or one of the format `provider`, with a
        column for each of its keys ("messages", "instruction"); "auto" is what the row looks like. A null in a table is nothing.
        The columns `tags` become tags of the examples, so that `split` can keep them together.

        A row that has no example raises DatasetFormatError with its number, counted from 0, or is put aside in
        `dataset.rejected` with `on_error="collect"`. Raises UsageError for a column that is not there, and WrongTypeError for
        what is no table.

        >>> from racto_nb.finetune import RactoDataset
        >>> rows = [{"question": "What is a list?", "answer": "An ordered sequence.", "topic": "types"}]
        >>> RactoDataset.from_frame(rows, user="question", assistant="answer", tags=["topic"])[0].tags
        {'topic': 'types'}
        """
        given = FrameColumns(
            user=user, assistant=assistant, system=system, system_column=system_column, tags=tags, on_error=on_error
        )
        return cls._read(read_frame(frame, provider, **given))

    @classmethod
    def from_pandas(cls, frame: object, provider: str | None = "auto", **columns: Unpack[FrameColumns]) -> Self:
        """Read a pandas DataFrame. What it takes is in `from_frame`; WrongTypeError for another table."""
        refuse_other(frame, "pandas")
        return cls._read(read_frame(frame, provider, **columns))

    @classmethod
    def from_polars(cls, frame: object, provider: str | None = "auto", **columns: Unpack[FrameColumns]) -> Self:
        """Read a polars DataFrame. What it takes is in `from_frame`; WrongTypeError for another table."""
        refuse_other(frame, "polars")
        return cls._read(read_frame(frame, provider, **columns))

    @classmethod
    def from_arrow(cls, table: object, provider: str | None = "auto", **columns: Unpack[FrameColumns]) -> Self:
        """Read a pyarrow Table. What it takes is in `from_frame`; WrongTypeError for another table."""
        refuse_other(table, "pyarrow")
        return cls._read(read_frame(table, provider, **columns))

    @classmethod
    def from_hf(cls, dataset: object, provider: str | None = "auto", **columns: Unpack[FrameColumns]) -> Self:
        """Read a Hugging Face Dataset, or any iterable of rows such as one that is streamed. What it takes is in `from_frame`."""
        return cls._read(read_frame(dataset, provider, **columns))

    @classmethod
    def from_parquet(cls, path: str | os.PathLike[str], provider: str | None = "auto", **columns: Unpack[FrameColumns]) -> Self:
        """Read a Parquet file, as `to_parquet` and others write it. What it takes is in `from_frame`.

        Raises MissingFileError for a path that leads nowhere, and UnreadableFileError for a file that is damaged or none of
        Parquet.
        """
        return cls._read(read_parquet(path, provider, columns))

    @classmethod
    async def afrom_parquet(
        cls, path: str | os.PathLike[str], provider: str | None = "auto", **columns: Unpack[FrameColumns]
    ) -> Self:
        """Read a Parquet file, as `to_parquet` and others write it. What it takes is in `from_frame`."""
        return cls._read(await in_thread(read_parquet, path, provider, columns))

    @classmethod
    def _read(cls, reading: Reading) -> Self:
        dataset = cls()
        dataset._examples = reading.examples
        dataset._rejected = tuple(reading.rejected)
        return dataset

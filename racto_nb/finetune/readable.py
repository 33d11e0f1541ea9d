"""The part of a dataset that reads: JSONL, frames, Parquet and Hugging Face datasets."""

from __future__ import annotations

import os
from typing import Self

from racto_nb.finetune.collection import Collection
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
    def from_jsonl(cls, path: str | os.PathLike[str], provider: str | None = "openai", *, on_error: OnError = "raise") -> Self:
        """Read a file with a JSON record in each line, as `export_jsonl` and others write it.

        `provider` is the format: "openai", "openai_dpo", "openai_rft", "anthropic", "gemini", "gemini_preference", "sharegpt",
        "alpaca" or "racto". With "auto", or None, each record is read as what it looks like. Files that gzip has packed are
        unpacked, and a file that is one JSON list of records is read too. The file is read piece by piece.

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
        cls, path: str | os.PathLike[str], provider: str | None = "openai", *, on_error: OnError = "raise"
    ) -> Self:
        """Read a file with a JSON record in each line, as `export_jsonl` and others write it."""
        return cls._read(await in_thread(read_file, path, provider, on_error))

    @classmethod
    def from_jsonl_string(cls, text: str, provider: str | None = "openai", *, on_error: OnError = "raise") -> Self:
        """Read a text with a JSON record in each line, as `to_jsonl_string` writes it. Otherwise like `from_jsonl`.

        >>> from racto_nb.finetune import RactoDataset
        >>> RactoDataset.from_jsonl_string('{"messages": [{"role": "user", "content": "Hi"}]}')[0].messages[0].content
        'Hi'
        """
        return cls._read(read_text(text, provider, on_error))

    @classmethod
    def _read(cls, reading: Reading) -> Self:
        dataset = cls()
        dataset._examples = reading.examples
        dataset._rejected = tuple(reading.rejected)
        return dataset

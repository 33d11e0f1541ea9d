"""The part of a dataset that writes: JSONL, frames, Parquet and Hugging Face datasets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from racto_nb.finetune.collection import Collection
from racto_nb.finetune.formats.format import USUAL
from racto_nb.finetune.frames import arrow_table, hf_dataset, pandas_frame, polars_frame
from racto_nb.finetune.parquet_files import write_parquet
from racto_nb.finetune.writing import text_of, write_file
from racto_nb.flow.threads import in_thread

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class Writable(Collection):
    """Writes a dataset for providers, trainers and others."""

    def export_jsonl(self, path: str | os.PathLike[str], provider: str = USUAL, *, overwrite: bool = False) -> Path:
        """Write a file with a record in each line, and give its path.

        `provider` is the format: "openai", "openai_dpo", "openai_rft", "anthropic", "gemini", "vertex", "gemini_preference",
        "sharegpt", "alpaca" or "racto", which keeps everything. A path that ends in `.gz` is packed with gzip.

        The file comes into being whole or not at all, also when the program dies in between. Raises DatasetFileExistsError, a
        FileExistsError, for a file that is there, unless `overwrite` is set, and DatasetFormatError, with the place of the
        `example`, for what the format cannot hold: nothing is left out silently, and what was there is as it was.

        >>> import tempfile
        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("What is a list?", "An ordered sequence.")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     data.export_jsonl(f"{folder}/train.jsonl").read_text().count("assistant")
        1
        """
        return write_file(self.examples, path, provider, overwrite=overwrite)

    async def aexport_jsonl(self, path: str | os.PathLike[str], provider: str = USUAL, *, overwrite: bool = False) -> Path:
        """Write a file with a record in each line, and give its path."""
        return await in_thread(write_file, self.examples, path, provider, overwrite=overwrite)

    def to_jsonl_string(self, provider: str = USUAL) -> str:
        """The same as a text: a record in each line. Raises DatasetFormatError for what the format cannot hold.

        >>> from racto_nb.finetune import RactoDataset
        >>> RactoDataset.from_pairs([("Hi", "Hello")]).to_jsonl_string()[:40]
        '{"messages":[{"role":"user","content":"H'
        """
        return text_of(self.examples, provider)

    def to_polars(self) -> pl.DataFrame:
        """A polars DataFrame with a row for each example, from which `from_polars` makes an equal dataset.

        `messages` are lists of structs; `tools`, `reference` and `extra`, and in messages `attachments`, `parts` and `extra`, are
        texts of JSON. There are only columns that an example has something for. Raises DatasetFormatError, with the place of the
        example, for what a table cannot hold.

        >>> from racto_nb.finetune import RactoDataset
        >>> RactoDataset.from_pairs([("Hi", "Hello")]).to_polars().columns
        ['messages']
        """
        return polars_frame(self.examples)

    def to_pandas(self) -> pd.DataFrame:
        """A pandas DataFrame with a row for each example; messages are lists of dicts. Otherwise like `to_polars`."""
        return pandas_frame(self.examples)

    def to_arrow(self) -> object:
        """A pyarrow Table with a row for each example, like `to_polars`. It needs `pip install 'racto-nb[finetune]'`."""
        return arrow_table(self.examples)

    def to_hf(self) -> object:
        """A Hugging Face Dataset with a row for each example, like `to_polars`. It needs `pip install 'racto-nb[finetune]'`."""
        return hf_dataset(self.examples)

    def to_parquet(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a Parquet file with a row for each example, and give its path. `from_parquet` reads all of it.

        It comes into being whole or not at all, and nothing is overwritten unasked: see `export_jsonl`.
        """
        return write_parquet(self.examples, path, overwrite=overwrite)

    async def ato_parquet(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a Parquet file with a row for each example, and give its path. `from_parquet` reads all of it."""
        return await in_thread(write_parquet, self.examples, path, overwrite=overwrite)

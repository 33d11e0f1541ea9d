"""The part of a dataset that writes: JSONL, frames, Parquet and Hugging Face datasets."""

from __future__ import annotations

import os
from pathlib import Path

from racto_nb.finetune.collection import Collection
from racto_nb.finetune.writing import text_of, write_file
from racto_nb.flow.threads import in_thread


class Writable(Collection):
    """Writes a dataset for providers, trainers and others."""

    def export_jsonl(self, path: str | os.PathLike[str], provider: str = "openai", *, overwrite: bool = False) -> Path:
        """Write a file with a record in each line, and give its path.

        `provider` is the format: "openai", "openai_dpo", "openai_rft", "anthropic", "gemini", "gemini_preference", "sharegpt",
        "alpaca" or "racto", which keeps everything. A path that ends in `.gz` is packed with gzip.

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

    async def aexport_jsonl(self, path: str | os.PathLike[str], provider: str = "openai", *, overwrite: bool = False) -> Path:
        """Write a file with a record in each line, and give its path."""
        return await in_thread(write_file, self.examples, path, provider, overwrite=overwrite)

    def to_jsonl_string(self, provider: str = "openai") -> str:
        """The same as a text: a record in each line. Raises DatasetFormatError for what the format cannot hold.

        >>> from racto_nb.finetune import RactoDataset
        >>> RactoDataset.from_pairs([("Hi", "Hello")]).to_jsonl_string("openai")[:40]
        '{"messages":[{"role":"user","content":"H'
        """
        return text_of(self.examples, provider)

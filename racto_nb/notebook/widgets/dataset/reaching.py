"""Where a page may have data written: what it says may come from anybody whose text is shown in it. Kind: threaded; it blocks."""

from __future__ import annotations

from pathlib import Path

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError
from racto_nb.finetune.whole_files import path_given

ENDINGS = (".jsonl", ".json", ".ndjson", ".parquet", ".csv", ".tsv", ".jsonl.gz", ".json.gz", ".ndjson.gz")
"""Names of files that hold data."""


def reachable(path: str, own: Path | None) -> Path:
    """Where `path` leads, links followed. UsageError for what a page may not write.

    It may write data below the working directory and the folder of the data's `own` file, in no hidden place, and nothing else.
    """
    place = expanded(path_given(path)).resolve()
    folders = [Path.cwd().resolve(), *([] if own is None else [own.resolve().parent])]
    below = [place.relative_to(folder).parts for folder in folders if place.is_relative_to(folder)]
    if not any(parts and not any(name.startswith(".") for name in parts) for parts in below):
        said = " or ".join(dict.fromkeys(repr(str(folder)) for folder in folders))
        raise UsageError(f"From here, data goes below {said} alone, not to {path!r}. In a cell: editor.data.export_jsonl(FILE).")
    if not place.name.lower().endswith(ENDINGS):
        raise UsageError(f"From here, data is exported to files of data alone ({', '.join(ENDINGS)}), not to {place.name!r}.")
    return place

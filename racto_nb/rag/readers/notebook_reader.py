"""Jupyter notebooks: their own format is JSON, read as it is."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from racto_nb.rag.readers.composing import Composed, Composer
from racto_nb.rag.readers.decoding import decoded, unified
from racto_nb.rag.readers.file_reader import FileReader, broken
from racto_nb.rag.readers.headings import markdown_headings
from racto_nb.rag.readers.opening import FileBytes

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class NotebookReader(FileReader):
    """Reads the cells of a notebook in their order: Markdown, code, and the text that code printed or showed.

    Each cell with its outputs is a mark, with its number from 1 and its kind as title ("markdown", "code"). Headings of Markdown
    are marks. Of an error its name and message are read; pictures, HTML and widgets are not. The metadata say `total_cells` and
    `language`. Files of more than `max_bytes` are refused.
    """

    endings = frozenset({".ipynb"})
    wordless = "its cells are empty."

    def _parsed(self, file: FileBytes) -> Composed:
        read = decoded(file.data, "utf-8", source=file.source)
        try:
            notebook = json.loads(read.text)
        except RecursionError as error:
            raise broken(file, "its values are nested too deep") from error
        cells = _cells(notebook)
        if cells is None:
            raise broken(file, "it has no list of cells")
        composer = Composer()
        for number, cell in enumerate(cells, 1):
            _cell(composer, cell, number)
        language = notebook.get("metadata", {}).get("kernelspec", {}).get("language")
        return composer.composed(total_cells=len(cells), language=language if isinstance(language, str) else None)


def _cells(notebook: object) -> list[Any] | None:
    if not isinstance(notebook, dict):
        return None
    whole = cast("dict[str, Any]", notebook)
    found: object = whole.get("cells")
    if found is None and isinstance(whole.get("worksheets"), list):  # before 2015, there were sheets
        sheets: list[Any] = whole["worksheets"]
        return [cell for sheet in sheets for cell in sheet["cells"]]
    return cast("list[Any]", found) if isinstance(found, list) else None


def _cell(composer: Composer, cell: Any, number: int) -> None:
    kind = str(cell["cell_type"])
    source = _joined(cell.get("source", cell.get("input", ""))).strip("\n")
    if kind == "heading":
        source = f"{'#' * int(cell.get('level', 1))} {source}"
    outputs: list[Any] = cell.get("outputs") or []
    texts = [source, *(_shown(output).strip("\n") for output in outputs)]
    texts = [text for text in texts if text.strip()]
    if not texts:
        return
    composer.separate()
    start = composer.add("\n\n".join(texts))
    composer.mark("cell", start, number=number, title=kind)
    if kind in {"markdown", "heading"}:
        composer.marks.extend(markdown_headings(texts[0], offset=start))


def _shown(output: Any) -> str:
    match output.get("output_type"):
        case "stream":
            return _joined(output.get("text", ""))
        case "error" | "pyerr":
            return _joined(f"{output.get('ename', 'Error')}: {output.get('evalue', '')}")
        case _:
            return _joined(output.get("data", {}).get("text/plain", output.get("text", "")))


def _joined(text: Any) -> str:
    whole = "".join(map(str, text)) if isinstance(text, list) else str(text)  # pyright: ignore[reportUnknownArgumentType]
    return _ANSI.sub("", unified(whole)) if "\x1b" in whole or "\r" in whole else whole

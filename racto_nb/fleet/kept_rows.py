"""The file that keeps the answers to the rows of a frame, so that a fleet is asked for each once. Kind: threaded.

One line of JSON an answer, under a hash of its text; the first line names the question. Tasks that were sent stand there too,
and who begins again waits for them in place of sending others. A line that was torn when the program died is cut off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, cast

import orjson
from blake3 import blake3

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError
from racto_nb.fleet.carrying import Data
from racto_nb.flow.threads import ThreadedPort
from racto_nb.pipelines.list_classifier.checkpointing import json_line, lock_file

_FORM = "racto_nb.fleet_rows/1"


@dataclass(frozen=True, slots=True)
class Keep:
    """Write these answers down, by the keys of their texts, and that these tasks were read."""

    answers: Mapping[str, Data]
    read: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class KeepSent:
    """Write down that these tasks were sent, each for the texts of these keys, at this moment (seconds since 1970)."""

    tasks: Mapping[str, Sequence[str]]
    at: float


@dataclass(frozen=True, slots=True)
class Known:
    """What does the file know?"""


@dataclass(frozen=True, slots=True)
class Done:
    """Wait for the disk and close the file. The next request opens it again."""


@dataclass(slots=True)
class Kept:
    """Answers by the keys of their texts, and tasks that nobody has read: the keys of their texts, and when they were sent."""

    answers: dict[str, Data] = field(default_factory=dict[str, Data])
    sent: dict[str, tuple[list[str], float]] = field(default_factory=dict[str, "tuple[list[str], float]"])


Request = Keep | KeepSent | Known | Done


class RowsFile(ThreadedPort[Request, Kept | None]):
    """The file at `path`, of the question that `identity` names. Nothing is opened before the first request.

    Raises UsageError for a file of another question, for one that is no checkpoint, and for one that another program writes.
    """

    def __init__(self, path: str | os.PathLike[str], identity: str) -> None:
        super().__init__("rows")
        self._path, self._identity = expanded(path).absolute(), identity
        self._file: IO[bytes] | None = None

    def perform(self, request: Request) -> Kept | None:
        """Open the file if need be, and do what is asked."""
        match request:
            case Known():
                return self._read()
            case Keep(answers, read):
                self._add([{"key": key, "answer": answer} for key, answer in answers.items()] + [{"read": one} for one in read])
            case KeepSent(tasks, at):
                self._add([{"sent": task_id, "keys": list(keys), "at": at} for task_id, keys in tasks.items()])
            case Done():
                file, self._file = self._file, None
                if file is not None:
                    with file:
                        os.fsync(file.fileno())
        return None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+b")
            try:
                lock_file(file, self._path)
                self._begin(file)
            except BaseException:
                file.close()
                raise
            self._file = file
        return self._file

    def _begin(self, file: IO[bytes]) -> None:
        file.seek(0)
        whole = file.read()
        head = orjson.dumps({"form": _FORM, "question": self._identity}) + b"\n"
        sound = whole.rfind(b"\n") + 1
        if not sound and head.startswith(whole):
            file.truncate(0)
            file.write(head)
            file.flush()
            return
        first = json_line(whole.partition(b"\n")[0]) or {}
        if first.get("form") != _FORM:
            msg = f"{str(self._path)!r} is no checkpoint of a frame on a fleet, and is left as it is. Give another path."
            raise UsageError(msg)
        if first.get("question") != self._identity:
            msg = (
                f"The checkpoint {str(self._path)!r} is of another question, worker or prompt: its answers do not belong to this "
                "one. Give another path, or remove the file to begin anew."
            )
            raise UsageError(msg)
        file.truncate(sound)

    def _read(self) -> Kept:
        file, kept = self._opened(), Kept()
        file.seek(0)
        for line in file.read().splitlines()[1:]:
            match _read(line):
                case {"key": str() as key, "answer": answer}:
                    kept.answers[key] = cast("Data", answer)
                case {"sent": str() as task_id, "keys": keys, "at": float() | int() as at}:
                    kept.sent[task_id] = (cast("list[str]", keys), at)
                case {"read": str() as task_id}:
                    kept.sent.pop(task_id, None)
                case _:
                    msg = f"A line of the checkpoint {str(self._path)!r} is damaged: {line[:80]!r}. Remove it, or the file."
                    raise UsageError(msg)
        return kept

    def _add(self, lines: Sequence[Data]) -> None:
        file = self._opened()
        file.write(b"".join([json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines]))
        file.flush()


def key_of(text: str) -> str:
    """The name of a text: a hash of it, so that the file does not hold what was asked."""
    return blake3(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def identity_of(worker: str, question: Data) -> str:
    """The name of what is asked of each row."""
    try:
        whole = orjson.dumps([worker, question], option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a long integer, in the arguments of an earlier call of a tool for example
        whole = json.dumps([worker, question], sort_keys=True).encode()
    return blake3(whole).hexdigest()[:32]


def _read(line: bytes) -> dict[str, object] | None:
    """A line, with integers of any length: orjson makes floats of long ones, and Pydantic reads less deep than it writes."""
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None

"""Where classifications are written down: an object with `log`, a function, or a file. Kind: threaded."""

from __future__ import annotations

import inspect
import os
import threading
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias, cast, runtime_checkable

from racto_nb.exceptions import PipelineWarning, WrongTypeError
from racto_nb.flow.effects import Flow, call
from racto_nb.kits.warning import callers_level
from racto_nb.pipelines.list_classifier.results import AuditEntry


@runtime_checkable
class AuditLogger(Protocol):
    """What keeps audit entries. `log` may be async where only the async methods of a classifier are used."""

    def log(self, entry: AuditEntry) -> object: ...


@runtime_checkable
class EventLogger(Protocol):
    """What keeps a question and its answer, as KafkaAuditLogger does: by the names of its parameters."""

    def log(
        self, *, user_id: str, model: str, prompt: str, response: str, request_id: str | None, metadata: dict[str, object] | None
    ) -> object: ...


AuditTarget: TypeAlias = AuditLogger | EventLogger | Callable[[AuditEntry], object] | str | Path
"""What an `audit_logger` may be: an object with `log`, a function of an AuditEntry, or the path of a file of JSON lines."""

_EVENT = ("user_id", "model", "prompt", "response", "metadata")


def write_of(target: AuditTarget, model: str) -> Callable[[AuditEntry], object]:
    """What writes an entry to `target`. `model` is what loggers of events are told.

    Raises WrongTypeError for what takes no entries: a log that says nothing is found when the classifier is made, and not when
    somebody needs it.
    """
    if isinstance(target, str | Path):
        return JsonLines(Path(target)).write
    log = getattr(target, "log", None)
    function = log if callable(log) else target
    if callable(function) and not isinstance(function, type):
        if _takes(function, (object(),), {}):
            return function
        if _takes(function, (), dict.fromkeys(_EVENT)):
            return partial(_as_event, function, model)
    msg = (
        f"audit_logger is an object with log(entry), a function that takes an AuditEntry, or the path of a file; {target!r:.80} "
        "takes no entry."
    )
    raise WrongTypeError(msg)


def _as_event(log: Callable[..., object], model: str, entry: AuditEntry) -> object:
    said = f"[error] {entry.error}" if entry.error is not None else ", ".join(entry.selected)
    return log(
        user_id=entry.user_id or "", model=model, prompt=entry.user_query, response=said, metadata=entry.model_dump(mode="json")
    )


def _takes(function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> bool:
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    except ValueError:  # a function of a compiled library, of which nobody can tell
        return not kwargs
    return True


class JsonLines:
    """A file to which entries are added, one line of JSON each.

    A line goes out in one write at the end of the file, so that several processes can add to the same file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._turn = threading.Lock()

    def write(self, entry: AuditEntry) -> None:
        """Add one line. Raises OSError where the file cannot be written."""
        line = entry.model_dump_json().encode() + b"\n"
        with self._turn:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                written = os.write(file, line)
            finally:
                os.close(file)
        if written != len(line):
            msg = f"only {written} of {len(line)} bytes of an entry could be written"
            raise OSError(msg)


def audited(write: Callable[[AuditEntry], object], entry: AuditEntry) -> Flow[None]:
    """Write `entry`. What goes wrong is a PipelineWarning: the result is there, and nobody shall lose it."""
    try:
        yield from call(partial(write, entry))
    except Exception as error:  # noqa: BLE001  (told as a warning)
        warn(f"A classification could not be written into the audit log ({type(error).__name__}: {error}).")


def warn(message: str) -> None:
    """Warn with PipelineWarning, at the user's line."""
    warnings.warn(message, PipelineWarning, stacklevel=callers_level())


def model_of(kit: object) -> str:
    """The name of the model that a kit asks, its class where it tells none."""
    name = cast("object", getattr(kit, "model", None))
    return name if isinstance(name, str) and name else type(kit).__name__

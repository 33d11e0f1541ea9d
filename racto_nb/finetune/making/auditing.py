"""Examples from the audit log of a classifier: a text, and the label that it was given. Kind: threaded.

An entry is read by its fields, so that a dict, a line of JSON and an object of the classifier all are one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

import msgspec

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import MissingFileError, UsageError, WrongTypeError
from racto_nb.finetune.examples import Provenance, RactoTrainingExample
from racto_nb.finetune.making.made import Harvest, Made


@runtime_checkable
class Audited(Protocol):
    """An entry of an audit log: a text, the labels that were chosen for it, and whether they are to be trusted."""

    @property
    def user_query(self) -> str: ...
    @property
    def selected(self) -> list[str]: ...
    @property
    def confidences(self) -> list[float] | None: ...
    @property
    def uncertain(self) -> bool: ...
    @property
    def error(self) -> str | None: ...
    @property
    def timestamp(self) -> str: ...


AuditSource: TypeAlias = str | os.PathLike[str] | Iterable[Audited | Mapping[str, Any]]
"""The path of a file of JSON lines, or entries."""


class _Fields(msgspec.Struct, frozen=True):
    user_query: str
    selected: list[str] = []
    confidences: list[float] | None = None
    uncertain: bool = False
    error: str | None = None
    timestamp: str = ""


def examples_from_audit(
    entries: AuditSource, *, system: str = "", separator: str = ", ", min_confidence: float | None = None
) -> Made[Sequence[RactoTrainingExample]]:
    """An example for each entry that has a sure label: the text, and the label as the answer and in `tags["label"]`.

    `system` is what the tuned model will be told before the text. Several labels are joined by `separator`. What is uncertain,
    failed, has no label, or a lower confidence than `min_confidence` is left out. Raises MissingFileError, WrongTypeError.
    """
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        msg = f"min_confidence lies in 0 to 1, not {min_confidence!r}."
        raise UsageError(msg)
    harvest = Harvest()
    for where, entry in _entries(entries, harvest):
        confidence = min(entry.confidences) if entry.confidences else None
        if entry.error is not None:
            harvest.leave(where, "failed", f"The classification failed: {entry.error}")
        elif not entry.selected or not entry.user_query.strip():
            harvest.leave(where, "empty", "There is no label." if entry.user_query.strip() else "There is no text.")
        elif entry.uncertain:
            harvest.leave(where, "uncertain", "The classifier was not sure.")
        elif min_confidence is not None and (confidence is None or confidence < min_confidence):
            known = "not known" if confidence is None else f"{confidence:g}"
            harvest.leave(where, "uncertain", f"The confidence is {known}, and {min_confidence:g} is asked for.")
        else:
            label = separator.join(entry.selected)
            note = "" if confidence is None else f"confidence {confidence:g}"
            example = RactoTrainingExample.from_pair(entry.user_query, label, system=system)
            source = Provenance("classifier", where, made=entry.timestamp, note=note)
            harvest.examples.append(msgspec.structs.replace(example, tags={"label": label}, provenance=source))
    return harvest.made()


def _entries(source: AuditSource, harvest: Harvest) -> Iterator[tuple[str, _Fields]]:
    """The entries with their places. Lines that are none are left out."""
    if not isinstance(source, str | os.PathLike):
        for number, entry in enumerate(_listed(source)):
            yield f"entry {number}", _fields(entry, number)
        return
    path = expanded(os.fspath(source))
    for number, line in enumerate(_lines(path), 1):
        where = f"{path.name}, line {number}"
        try:
            yield where, msgspec.json.decode(line, type=_Fields)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            harvest.leave(where, "unreadable", f"The line is no entry of an audit log ({error}).")


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().split(b"\n") if line.strip()]
    except FileNotFoundError:
        raise MissingFileError(str(path), names_near(path)) from None


def _listed(source: object) -> Iterable[object]:
    if isinstance(source, Iterable) and not isinstance(source, Mapping | bytes):
        return cast("Iterable[object]", source)
    msg = "An audit log is the path of a file of JSON lines, or a list of entries, and not one entry or something else."
    raise WrongTypeError(msg)


def _fields(entry: object, number: int) -> _Fields:
    try:
        return msgspec.convert(entry, _Fields, from_attributes=not isinstance(entry, Mapping))
    except msgspec.ValidationError as error:
        msg = f"Entry {number} is no entry of an audit log ({error}): it is {type(entry).__name__}."
        raise WrongTypeError(msg) from None

"""The edits of a dataset in a file beside its own, so that nothing is lost when a kernel dies. Kind: threaded; it blocks.

Each edit is a line that is on the disk before it is called saved; a line that was cut off is not one. A line says which examples
it replaces, by their digests, and what all examples together come to after it, so that edits are made again only on the data that
they were made on. The file of the data never changes by this.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from racto_nb.exceptions import UnreadableFileError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.format import format_named
from racto_nb.notebook.widgets.dataset.holding import held, let_go

_ENCODE = msgspec.msgpack.Encoder(order="deterministic", enc_hook=repr).encode
_ALL = 1 << 64
CALM, CALM_PAUSE = 400, 0.004
"""What looks at all examples in the background rests after so many of them, for so many seconds: edits come between."""


class Change(msgspec.Struct, frozen=True):
    """`after` stands in place of `before`, from `place` on."""

    place: int
    before: tuple[RactoTrainingExample, ...]
    after: tuple[RactoTrainingExample, ...]


class Group(msgspec.Struct, frozen=True):
    """Changes that are one edit for who makes them."""

    what: str
    changes: tuple[Change, ...]
    who: str = ""
    why: str = ""
    when: str = ""


def inverse(group: Group) -> Group:
    """The edit that takes `group` back."""
    back = tuple(Change(change.place, change.after, change.before) for change in reversed(group.changes))
    return Group(f"take back: {group.what}", back, group.who, group.why)


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change in the file: `before` are digests, `after` records of our own form."""

    place: int
    before: tuple[int, ...]
    after: tuple[dict[str, object], ...]

    def on(self, data: RactoDataset) -> Change | None:
        """The change of these examples; None where others stand there than those that were changed."""
        end = min(self.place + len(self.before), len(data))
        there = tuple(data[place] for place in range(self.place, end))
        if self.place > len(data) or tuple(map(digest, there)) != self.before:
            return None
        return Change(self.place, there, self.come())

    def come(self) -> tuple[RactoTrainingExample, ...]:
        """The examples that stand there afterwards."""
        lines = b"".join(msgspec.json.encode(record) + b"\n" for record in self.after).decode()
        return RactoDataset.from_jsonl_string(lines, "racto").examples


class Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of the file: an edit, and what all examples come to after it. The first line has only what they come to.

    `back` takes the edit before it back. `outside` stands where the data was changed elsewhere: that is not in the file.
    """

    total: int
    what: str = ""
    who: str = ""
    why: str = ""
    when: str = ""
    back: bool = False
    outside: bool = False
    changes: tuple[Written, ...] = ()


def digest(example: RactoTrainingExample) -> int:
    """A number that stands for all of an example."""
    try:
        data = _ENCODE(example)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError):  # half of a letter, a number of more than 64 bits
        data = repr(example).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())


def total(examples: Iterable[RactoTrainingExample]) -> int:
    """A number that stands for all examples, in whatever order."""
    found = 0
    for number, example in enumerate(examples, 1):
        found += digest(example)
        if number % CALM == 0:
            time.sleep(CALM_PAUSE)
    return found % _ALL


class Journal:
    """The file of edits beside `path`, between `open` and `close`. What all examples come to goes along with each edit."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f".{path.name[:200]}.edits")
        self._sum: int | None = None
        self._turn = threading.Lock()
        self._begun = False
        self._lock: BinaryIO | None = None
        self.closed = False
        self.held = 0  # edits in the file that the examples have already

    def open(self) -> None:
        """Let nobody else write edits there. UsageError where somebody does."""
        self._lock = held(self._beside)

    def close(self) -> None:
        """Write nothing any more: another editor may."""
        self.closed = True
        lock, self._lock = self._lock, None
        if lock is not None:
            let_go(lock, self._beside)

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    @property
    def ready(self) -> bool:
        """Whether it is known what the examples come to."""
        return self._sum is not None

    def begin(self, examples: Sequence[RactoTrainingExample]) -> int:
        """What `examples`, as they are before the first edit, come to. It takes its time, once."""
        with self._turn:
            if self._sum is None:
                self._sum = total(examples)
            return self._sum

    def restorable(self, examples: Sequence[RactoTrainingExample]) -> list[Line] | None:
        """The edits that were made on `examples` and are in the file alone; None where it belongs to other data."""
        lines = self._read()
        if not lines:
            return []
        here = self.begin(examples)
        starts = [number for number, line in enumerate(lines) if line.total == here]
        if not starts:
            return None
        self._begun = True
        # Examples in another order come to the same: the edits themselves say where the data stands among them.
        start = next((at for at in starts[:-1] if _fit(lines[at + 1 :], list(map(digest, examples)))), starts[-1])
        self.held = len(_still_made(lines[: start + 1]) or ()) if start else 0
        return _still_made(lines[start + 1 :])

    def put_aside(self) -> Path:
        """Give the file another name, so that nothing in it is lost. The new name."""
        numbered = (self.path.with_name(f"{self.path.name}.{number}") for number in range(1, 10_000))
        free = next(place for place in numbered if not place.exists())
        self.path.rename(free)
        self._begun = False
        return free

    def begin_anew(self, base: int | None, groups: Iterable[Group] = ()) -> None:
        """Hold these edits alone, of examples that come to `base`. The others are somewhere else."""
        if self.closed:
            return
        self._sum = base
        lines = [Line(base or 0)]
        for group in groups:
            lines.append(self._line(group))
            self._sum = lines[-1].total
        self._begun = len(lines) > 1
        if not self._begun:
            self.path.unlink(missing_ok=True)
            return
        new = self.path.with_name(f"{self.path.name}.new")  # a kernel that dies here leaves the old file, which is as good
        with self._named_errors():
            _added(new, lines, "wb")
            new.replace(self.path)

    @property
    def now(self) -> int | None:
        """What the examples come to; None where that is not known."""
        return self._sum

    def comes_to(self, group: Group) -> int:
        """What the examples come to when the edit is made."""
        come_to = self._sum or 0
        for change in group.changes:
            come_to = (come_to - sum(map(digest, change.before)) + sum(map(digest, change.after))) % _ALL
        return come_to

    def write(self, group: Group, *, back: bool = False, kept: bool = True) -> None:
        """Add an edit; one that takes the last edit in the file back (`back`) is said without its examples.

        One that is in the file already is counted alone (`kept` is False). UnreadableFileError where it cannot be written.
        """
        if not kept:
            self._sum = self.comes_to(group)
            return
        self._append(self._line(group, back=back))

    def outside(self, examples: Sequence[RactoTrainingExample]) -> None:
        """The data was changed elsewhere: `examples` are what it is now."""
        if self._begun and not self.closed:
            self._append(Line(total(examples), outside=True))
        else:
            self._sum = None

    def _line(self, group: Group, *, back: bool = False) -> Line:
        changes = () if back else tuple(map(_written, group.changes))
        when = group.when or datetime.now(UTC).isoformat(timespec="seconds")
        return Line(self.comes_to(group), group.what, group.who, group.why, when, back, changes=changes)

    def _append(self, line: Line) -> None:
        first = [] if self._begun else [Line(self._sum or 0)]
        self._sum = line.total
        with self._named_errors():
            _added(self.path, [*first, line], "ab")
        self._begun = True

    @contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            said = f"The edit cannot be kept in {self.path.name!r}: {error.strerror or error}. It dies with the kernel."
            raise UnreadableFileError(said, str(self.path), error.errno) from error

    def _read(self) -> list[Line]:
        """The whole lines of the file. A line that was cut off when its writer died is none, and goes away."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        found: list[Line] = []
        good = 0
        for raw in data.splitlines(keepends=True):
            try:
                found.append(msgspec.json.decode(raw if raw.endswith(b"\n") else b"", type=Line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                break
            good += len(raw)
        if good < len(data):
            os.truncate(self.path, good)
        return found


def _added(path: Path, lines: Sequence[Line], mode: Literal["ab", "wb"]) -> None:
    """Write lines; they are on the disk when it ends."""
    with path.open(mode) as file:
        file.write(msgspec.json.Encoder().encode_lines(lines))
        file.flush()
        os.fsync(file.fileno())


def _still_made(lines: Sequence[Line]) -> list[Line] | None:
    """The edits that were not taken back, to where the data was changed elsewhere. None where one before them was."""
    made: list[Line] = []
    for line in lines:
        if not (line.what or line.back or line.outside):  # the first line
            continue
        if line.outside:
            return [*made, line]
        if line.back and not made:
            return None
        if line.back:
            made.pop()
        else:
            made.append(line)
    return made


def _fit(lines: Sequence[Line], there: list[int]) -> bool:
    """Whether edits can be made on examples with these digests."""
    for line in _still_made(lines) or ():
        for change in line.changes:
            end = change.place + len(change.before)
            if change.place > len(there) or tuple(there[change.place : end]) != change.before:
                return False
            there[change.place : end] = map(digest, change.come())
    return True


def _written(change: Change) -> Written:
    form = format_named("racto")
    return Written(change.place, tuple(map(digest, change.before)), tuple(form.record(example) for example in change.after))

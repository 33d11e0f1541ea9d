"""What a recording in use knows: which requests are answered from it, which are asked, and what becomes of their answers."""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from racto_nb._secrecy import Secrets
from racto_nb._taping import REPLAYING
from racto_nb.replay.entries import Entry
from racto_nb.replay.file import Append, Load, RecordingFile
from racto_nb.replay.keys import Asked
from racto_nb.replay.missing import missed
from racto_nb.replay.scrubbing import Clean, scrubbed

Mode = Literal["record", "replay", "auto", "off"]
USED_VARIABLE = "RACTO_REPLAY_USED"
"""The environment variable that names a file in which a run notes what it used of its recordings."""
_MOST_KNOWN = 1_000
_WORD = re.compile(r"[^\s*]+")


@dataclass(slots=True)
class _Known:
    """The entries by their places, and how often each request was met since the recording was put to use."""

    entries: dict[tuple[str, int], Entry] = field(default_factory=dict[tuple[str, int], Entry])
    met: Counter[str] = field(default_factory=Counter[str])
    loaded: bool = False


class Keeper:
    """The entries of one recording, and how far its use has come. What it does to a file it leaves to `file`."""

    def __init__(self, path: Path, mode: Mode, *, speed: float = 0.0) -> None:
        self.path = path
        self.mode: Mode = mode
        self.speed = speed
        self.replayed = 0
        self.recorded = 0
        self.file = RecordingFile(path)
        self._known = _Known()
        self._turn = threading.Lock()

    @property
    def replays(self) -> bool:
        """Whether what is recorded is not asked again."""
        return self.mode in REPLAYING

    @property
    def asks(self) -> bool:
        """Whether what is not recorded is asked."""
        return self.mode != "replay"

    def load(self) -> int:
        """Read the file, where that has not happened yet; how many interactions it has."""
        if not self._known.loaded:
            self.loaded(self.file.send(self.wanted))
        return len(self._known.entries)

    @property
    def is_loaded(self) -> bool:
        """Whether the file was read."""
        return self._known.loaded

    @property
    def wanted(self) -> Load:
        """How the file is read."""
        return Load(needed=self.mode == "replay")

    def loaded(self, entries: list[Entry]) -> None:
        """Know `entries`, the later ones before the earlier. Those of two threads that read at once are the same."""
        with self._turn:
            if not self._known.loaded:
                self._known.entries = {entry.place: entry for entry in entries}
                self._known.loaded = True

    def found(self, asked: Asked, *, fresh: bool) -> Entry | None:
        """The entry that answers `asked`, None where it is to be asked. Raises ReplayMissError where it may not be."""
        if not self.replays or (fresh and self.asks):
            return None
        with self._turn:
            known = self._known
            number = known.met[asked.key]
            entry = known.entries.get((asked.key, number))
            if entry is not None and not (self.asks and entry.failure is not None):
                known.met[asked.key] += 1
                self.replayed += 1
                return entry
            entries = [] if self.asks else list(known.entries.values())
        if not self.asks:
            raise missed(asked, entries, file=self.path.name, taken=number)
        return None

    def noted(self, entry: Entry, clean: Clean) -> bytes | None:
        """The line for `entry`, with its number and without secrets. None where the file says the same already."""
        entry = scrubbed(entry, clean)
        with self._turn:
            entry = replace(entry, number=self._known.met[entry.asked.key])
            self._known.met[entry.asked.key] += 1
            before = self._known.entries.get(entry.place)
            self._known.entries[entry.place] = entry
            self.recorded += 1
        return None if entry.says_the_same(before) else entry.line


def used(entry: Entry) -> Append | None:
    """How it is noted that `entry` was used, None where nobody wants to know."""
    notes = os.environ.get(USED_VARIABLE, "").strip()
    line = f"{entry.asked.key} {entry.number}\n".encode()
    return Append(Path(notes), lambda: line, header=b"") if notes else None


def cleaner(redacted: Callable[[str], str]) -> Clean:
    """What takes secrets out of a text: those of the environment, and the key of the provider, which `redacted` knows.

    The latter also takes out words that are masked with asterisks, which in an answer may be emphasis: those are left alone.
    """
    secrets = Secrets.of(os.environ)
    known: dict[str, str] = {}  # most texts in the events of a stream are in all of them

    def clean(text: str) -> str:
        if (before := known.get(text)) is not None:
            return before
        after = secrets.cleaned(text)
        if redacted(after) != after:
            after = _WORD.sub(lambda word: redacted(word[0]), after)
        if len(known) < _MOST_KNOWN:
            known[text] = after
        return after

    return clean

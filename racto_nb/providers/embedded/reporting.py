"""Who is told how a download goes: a bar on standard error, or nobody."""

from __future__ import annotations

import sys
import time
from typing import Protocol, TextIO

from racto_nb.providers.embedded.listing import size_in_words

_INTERVAL = 0.25
_TENTHS = 10


class Reporter(Protocol):
    """Told what happens while a model is fetched or checked.

    What a method raises ends the download as an interrupt does: helpers are stopped, the partial file is kept, and the exception
    goes on to the caller. That is how another thread stops a download.
    """

    def say(self, text: str) -> None:
        """One sentence for the user."""
        ...

    def progress(self, done: int, total: int, what: str) -> None:
        """`done` of `total` bytes of `what` are there. Called often."""
        ...

    def finished(self) -> None:
        """Nothing more is coming, for better or worse."""
        ...


class SilentReporter:
    """Shows nothing and keeps the sentences in `messages`.

    >>> quiet = SilentReporter()
    >>> quiet.say("Downloading.")
    >>> quiet.messages
    ['Downloading.']
    """

    def __init__(self) -> None:
        self.messages: list[str] = []

    def say(self, text: str) -> None:
        self.messages.append(text)

    def progress(self, done: int, total: int, what: str) -> None:
        """Not kept."""

    def finished(self) -> None:
        """Nothing to close."""


class _Display(Protocol):
    """How progress of one thing is drawn."""

    def show(self, done: int) -> None: ...

    def close(self) -> None: ...


class _Bar:
    """tqdm's bar: size, rate and time left."""

    def __init__(self, total: int, what: str, stream: TextIO) -> None:
        from tqdm.std import tqdm

        class QuietBar(tqdm):  # type: ignore[type-arg]
            monitor_interval = 0  # the monitor is a thread that lives on after the bar

        self._bar = QuietBar(total=total, desc=what, unit="B", unit_scale=True, file=stream, mininterval=_INTERVAL)

    def show(self, done: int) -> None:
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Lines:
    """A line every tenth, where there is no tqdm."""

    def __init__(self, total: int, what: str, stream: TextIO) -> None:
        self._total, self._what, self._stream = total, what, stream
        self._shown = -1

    def show(self, done: int) -> None:
        tenth = _TENTHS * done // self._total if self._total else _TENTHS
        if tenth != self._shown:
            self._shown = tenth
            self._stream.write(f"{self._what}: {size_in_words(done)} of {size_in_words(self._total)}\n")

    def close(self) -> None:
        self._stream.flush()


class StderrReporter:
    """Sentences and a progress bar on standard error, redrawn at most four times a second."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`; standard error when that is None."""
        self._stream = stream
        self._display: _Display | None = None
        self._what = ""
        self._due = 0.0

    def say(self, text: str) -> None:
        self.finished()
        out = self._out()
        out.write(f"{text}\n")
        out.flush()

    def progress(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if what == self._what and done < total and now < self._due:
            return
        if self._display is None or what != self._what:
            self.finished()
            self._display, self._what = _display(total, what, self._out()), what
        self._display.show(done)
        self._due = now + _INTERVAL

    def finished(self) -> None:
        if self._display is not None:
            self._display.close()
        self._display, self._what = None, ""

    def _out(self) -> TextIO:
        # Looked up each time: a notebook kernel and tests replace it.
        return self._stream or sys.stderr


def _display(total: int, what: str, stream: TextIO) -> _Display:
    try:
        return _Bar(total, what, stream)
    except ImportError:  # tqdm only makes it prettier
        return _Lines(total, what, stream)

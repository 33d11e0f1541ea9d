"""How calls are recorded and replayed here: in a block, in this process, or as the environment says."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from types import TracebackType
from typing import cast, get_args

from racto_nb._taping import TAPING, VARIABLE
from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.replay.keeping import Mode
from racto_nb.replay.recording import Recording

FILE_VARIABLE = "RACTO_REPLAY_FILE"
"""The environment variable that names the recording where the line or the block does not."""
DEFAULT_FILE = "racto.replay.jsonl"
_SUFFIX = ".replay.jsonl"
_NOTEBOOK_VARIABLE = "JPY_SESSION_NAME"
MODES: tuple[Mode, ...] = get_args(Mode)


class replay:  # noqa: N801  (reads as a word in a `with` line)
    """Answer the calls of a `with` block from the recording `file`, without asking anybody.

    `mode` is "replay" (what is not recorded is a ReplayMissError, and nothing is sent), "auto" (what is not recorded is asked and
    recorded), "record" (everything is asked and recorded) or "off". Without a `file`, `default_file()` names it. Streams are
    replayed piece by piece: at once with `speed=0`, as they came with 1.0, twice as fast with 2.0.

    No key, no library and no model is needed for what is recorded. The block holds for the calls that begin in it, in its own
    thread or task and in those that racto_nb begins for them; threads of yours are outside of it (`switch` holds for all).

    Raises UsageError or WrongTypeError for wrong arguments here, ReplayFileError for what is no recording at the first call.

    >>> from racto_nb.models import ChatConfig
    >>> from racto_nb.testing import FakeKit
    >>> question = ChatConfig(user_message="What is 2 + 2?")
    >>> with record("doctest.replay.jsonl"):
    ...     FakeKit(["4"]).chat(question).content
    '4'
    >>> with replay("doctest.replay.jsonl") as tape:
    ...     FakeKit([]).chat(question).origin, tape.replayed
    ('replay', 1)
    >>> Path("doctest.replay.jsonl").unlink()
    """

    def __init__(self, file: str | os.PathLike[str] | None = None, *, mode: Mode = "replay", speed: float = 0.0) -> None:
        self._recording = recording_of(mode, file, speed=speed)
        self._stack = ExitStack()

    def __enter__(self) -> Recording:
        self._stack.enter_context(TAPING.block(self._recording))
        return self._recording

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()


def record(file: str | os.PathLike[str] | None = None) -> replay:
    """Ask all calls of a `with` block, and record them: `replay(file, mode="record")`."""
    return replay(file, mode="record")


def switch(mode: Mode, file: str | os.PathLike[str] | None = None, *, speed: float = 0.0) -> Recording:
    """Record or replay all calls of this process from now on, in all threads; blocks go before it. Counts begin anew.

    The arguments are those of `replay`. `switch("off")` ends it.
    """
    return use(recording_of(mode, file, speed=speed))


def use(recording: Recording) -> Recording:
    """Let `recording` hold for this process."""
    TAPING.set(recording)
    return recording


def current() -> Recording | None:
    """The recording that holds for calls made here and now, None where there is none."""
    held = cast("Recording | None", TAPING.get())
    recording = _ENVIRONMENT.recording() if held is None else held
    return None if recording is None or recording.mode == "off" else recording


def recording_of(mode: str, file: str | os.PathLike[str] | None, *, speed: float = 0.0) -> Recording:
    """The recording `file` in one of the MODES. Raises UsageError or WrongTypeError."""
    if mode not in MODES:
        message = f"{mode!r} is no way to replay: use {', '.join(MODES[:-1])} or {MODES[-1]}.{did_you_mean(str(mode), MODES)}"
        raise UsageError(message)
    if isinstance(speed, bool) or not isinstance(speed, Real):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"speed is a number, 1.0 for that of the recording and 0 for at once; got {speed!r}."
        raise WrongTypeError(message)
    if not math.isfinite(speed) or speed < 0:
        message = f"speed is 0 or more, not {speed!r}."
        raise UsageError(message)
    if file is not None and not isinstance(file, str | os.PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"The recording is named by a path, not {file!r:.60}."
        raise WrongTypeError(message)
    path = default_file() if file is None or not os.fspath(file) else Path(file)
    return Recording(path, mode, speed=float(speed))


def default_file(environ: Mapping[str, str] | None = None) -> Path:
    """The recording of calls that name none.

    That is the one that RACTO_REPLAY_FILE names; else the one beside the notebook, where Jupyter says which one that is
    (`analysis.replay.jsonl` for `analysis.ipynb`); else `racto.replay.jsonl` in the working directory, as under nbclient, nbval
    and papermill, which do not say it.

    >>> default_file({"JPY_SESSION_NAME": "analysis.ipynb"}).name
    'analysis.replay.jsonl'
    """
    environ = os.environ if environ is None else environ
    if named := environ.get(FILE_VARIABLE, "").strip():
        return Path(named)
    notebook = Path(environ.get(_NOTEBOOK_VARIABLE, ""))
    if notebook.suffix == ".ipynb" and notebook.parent.is_dir():
        return notebook.with_name(notebook.stem + _SUFFIX)
    return Path(DEFAULT_FILE)


def recording_from(said: str) -> Recording | None:
    """What RACTO_REPLAY says: nothing, `mode` or `mode:file`. Raises UsageError for another mode."""
    mode, _, file = said.partition(":")
    if not said.strip():
        return None
    try:
        return recording_of(mode.strip(), file.strip() or None)
    except UsageError as error:
        message = f"The environment variable {VARIABLE}={said!r}: {error}"
        raise UsageError(message) from None


@dataclass(slots=True)
class _Environment:
    """The recording that the environment names. One for the process: its requests are counted together."""

    said: tuple[str, str] = ("", "")
    held: Recording | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)

    def recording(self) -> Recording | None:
        """The recording that the environment names now, a new one where it names another."""
        said = os.environ.get(VARIABLE, ""), os.environ.get(FILE_VARIABLE, "")
        with self.turn:
            if said != self.said:
                self.held = recording_from(said[0])
                self.said = said
            return self.held


_ENVIRONMENT = _Environment()
"""State of the module, as `Scoped` is: the environment belongs to the process."""

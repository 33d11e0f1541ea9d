"""`%racto replay`: record what models answer in this notebook, and replay it."""

from __future__ import annotations

from racto_nb.notebook.display.tables import show_text
from racto_nb.replay.blocks import current, recording_of, use

_SAYS = {
    "record": "Calls are asked and recorded in {file!r} from now on.",
    "replay": "Calls are replayed from {file!r} from now on; nobody is asked.",
    "auto": "Calls are replayed from {file!r} from now on; what is not there is asked and recorded.",
    "off": "Calls are neither recorded nor replayed.",
}


def replay_line(words: str) -> None:
    """Carry out `MODE [FILE]`, or say what holds where nothing is written. Raises UsageError and ReplayFileError."""
    if not words:
        held = current()
        show_text(_SAYS["off"] if held is None else _SAYS[held.mode].format(file=str(held.path)))
        return
    mode, _, file = words.partition(" ")
    recording = recording_of(mode, _unquoted(file.strip()) or None)
    if recording.mode != "off":
        recording.load()  # what is no recording is said now
    use(recording)
    show_text(_SAYS[recording.mode].format(file=str(recording.path)))


def _unquoted(file: str) -> str:
    return file[1:-1] if len(file) > 1 and file[0] == file[-1] and file[0] in "\"'" else file

"""Which display an answer gets: by the mode that the user has set, and by where the notebook runs."""

from __future__ import annotations

from racto_nb.notebook.display.arriving import AnswerDisplay
from racto_nb.notebook.display.streaming import LiveAnswer, StaticAnswer, Unshown
from racto_nb.notebook.display.terminal import TerminalAnswer


def chosen_display(mode: str, *, in_kernel: bool, model: str, budget: int, code: str = "") -> AnswerDisplay:
    """The display for `mode`: `live`, `static`, `off`, or `auto`, which is live. A terminal shows live answers as plain text."""
    if mode in {"auto", "live"}:
        if not in_kernel:
            return TerminalAnswer()
        return LiveAnswer(model, budget, code)
    return StaticAnswer(code, quiet=mode == "off")


def background_display(mode: str, name: str, *, in_kernel: bool, model: str, budget: int, code: str = "") -> AnswerDisplay:
    """The display of an answer in the background, which will be in the variable `name`.

    Live ones grow below the cell that asked. Elsewhere nothing can be added to a cell that has ended: there the cell says once
    that the answer is awaited, and the cell that waits for it shows it, as any value.
    """
    if mode in {"auto", "live"} and in_kernel:
        return LiveAnswer(model, budget, code, where=f" · in the background: await {name}", single=True)
    return Unshown(quiet=True, notice="" if mode == "off" else f"{model} was asked in the background: await {name}")

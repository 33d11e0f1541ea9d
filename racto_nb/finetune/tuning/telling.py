"""Who hears how far a job is: the log `racto_nb.finetune.progress`, at level INFO. A notebook that listens there shows the lines.

Where nobody listens they go to standard error.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from racto_nb.flow.effects import Flow, call

_progress = logging.getLogger("racto_nb.finetune.progress")


@dataclass(slots=True, eq=False, weakref_slot=True)
class Teller:
    """Says lines for the tuner `who`, where they are wanted (`verbose`).

    One object is one run: `lines` are those so far, and `ended` says that its job has ended.
    """

    who: str
    verbose: bool
    lines: list[str] = field(default_factory=list[str])
    ended: bool = False

    def say(self, line: str) -> Flow[None]:
        """Say one line, as a step of a flow."""
        if self.verbose:
            yield from call(partial(self._said, f"[{self.who}] {line}"))

    def _said(self, line: str) -> None:
        self.lines.append(line)
        with suppress(Exception):  # a broken pipe, or a display that fails, ends no training that is paid
            self._shown(line)

    def _shown(self, line: str) -> None:
        if _progress.isEnabledFor(logging.INFO) and _is_heard(_progress):
            _progress.info("%s", line, extra={"tuning_run": self})
        else:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


def _is_heard(log: logging.Logger) -> bool:
    """Whether a handler takes lines of the level INFO. One that takes warnings alone would swallow them."""
    at: logging.Logger | None = log
    while at is not None:
        if any(each.level <= logging.INFO and not isinstance(each, logging.NullHandler) for each in at.handlers):
            return True
        at = at.parent if at.propagate else None
    return False

"""What the lower rows know of a recording: whether calls that are made here may be answered from one."""

from __future__ import annotations

import os
from typing import Protocol

from racto_nb._scoped import Scoped

VARIABLE = "RACTO_REPLAY"
"""The environment variable that says how calls are recorded or replayed where nothing else does: mode, or mode:file."""
REPLAYING = frozenset({"replay", "auto"})
"""The modes in which recorded requests are not asked again."""


class Taping(Protocol):
    """How calls are recorded or replayed here."""

    @property
    def replays(self) -> bool:
        """Whether what is recorded is not asked again."""
        ...


TAPING: Scoped[Taping | None] = Scoped("replay", None)
"""What a block or the process has said; None where neither has, and the environment decides."""


def is_replaying() -> bool:
    """Whether calls may be answered from a recording, so that it is too early to miss a key or a library."""
    taping = TAPING.get()
    if taping is not None:
        return taping.replays
    return os.environ.get(VARIABLE, "").partition(":")[0].strip() in REPLAYING

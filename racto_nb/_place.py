"""Where a call is made: in which process, notebook and cell. What only a notebook knows is told by whoever runs in one."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache

from racto_nb._scoped import Scoped


@dataclass(frozen=True, slots=True)
class Place:
    """A `notebook`, as the path that its server names, and a `cell` of it, by its id; None where there is none."""

    notebook: str | None = None
    cell: str | None = None


NOWHERE = Place()
HERE: Scoped[Place] = Scoped("place", NOWHERE)
"""Where calls are made that begin now. Work in the background keeps, as a block, the place in which it began."""


def session_id() -> str:
    """A name for this process that no other one has, and that sorts by when it began. A forked child has its own."""
    return _session(os.getpid())


@lru_cache(maxsize=1)
def _session(process: int) -> str:
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{process}-{secrets.token_hex(3)}"

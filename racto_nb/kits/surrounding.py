"""What stands around a call at this moment, as the process and the blocks it is made in have said."""

from __future__ import annotations

from racto_nb.kits.calling import Surroundings
from racto_nb.replay.blocks import current


def surroundings() -> Surroundings:
    """What holds for a call that begins here and now."""
    return Surroundings(tape=current())

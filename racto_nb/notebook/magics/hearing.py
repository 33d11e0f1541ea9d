"""What kits warn of while a cell asks: said once, below the answer, without a place in the interpreter's own files.

Python keeps its filters of warnings for all threads together, so they are changed on the main thread alone, and put back before
the cell ends. What is warned of meanwhile by a thread that the cell waits for is heard too.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager

from racto_nb.exceptions import DroppedOptionWarning, RetiredModelWarning, TruncatedContextWarning

_OURS = (DroppedOptionWarning, RetiredModelWarning, TruncatedContextWarning)


@contextmanager
def heard() -> Generator[list[str]]:
    """The list of what kits have warned of, each text once; it is filled when the block ends. Other warnings stay warnings."""
    notes: list[str] = []
    if threading.current_thread() is not threading.main_thread():
        yield notes
        return
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            yield notes
    finally:
        notes += dict.fromkeys(str(warning.message) for warning in caught if isinstance(warning.message, _OURS))
        for warning in caught:
            if not isinstance(warning.message, _OURS):
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)

"""Say that a server failed: once for an outage, and again for the next one."""

from __future__ import annotations

import threading
import time
import warnings

from racto_nb.exceptions import ServiceWarning


class Telling:
    """What one object says of its server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told = False
        self._outages = 0

    def failed(self, error: Exception, instead: str) -> None:
        """Warn with ServiceWarning of `error` and what is done `instead`, if this is new."""
        with self._lock:
            told, self._told = self._told, True
            self._outages += not told
            number = self._outages
        if not told:
            # Python shows a text once for a line of a program, so that each outage needs a text of its own.
            at = time.strftime("%H:%M:%S")
            say(f"{error} {instead} This is said once for an outage, the {_ordinal(number)} here, which began at {at}.")

    def worked(self) -> None:
        """Note that the server is there: its next outage is news."""
        if self._told:
            with self._lock:
                self._told = False


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def say(message: str) -> None:
    """Warn with ServiceWarning at the user's line."""
    from racto_nb.kits.warning import callers_level  # it looks at prices and catalogues, which most processes need not

    warnings.warn(message, ServiceWarning, stacklevel=callers_level())

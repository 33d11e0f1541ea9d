"""Behaviour in time where the clock is a server's, which goes on while a busy machine does something else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest


def in_time(seconds: float, attempt: Callable[[str], Any]) -> Any:
    """What `attempt(user)` gives, with one user after the other until it took less than that: a server's clock waits for nobody."""
    for number in range(50):
        begun = time.monotonic()
        found = attempt(f"u{number}")
        if time.monotonic() - begun < seconds:
            return found
    pytest.fail(f"50 attempts took longer than {seconds} s each")

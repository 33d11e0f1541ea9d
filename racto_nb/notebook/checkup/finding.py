"""One thing that the doctor looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, its `state`, and the `advice` (empty: none). `wrong` says that something should be done about it."""

    what: str
    state: str
    advice: str = ""
    wrong: bool = False


def without_password(value: str) -> str:
    """`value` with what stands before the @ of an address left out.

    >>> without_password("https://me:secret@hub.example/api")
    'https://…@hub.example/api'
    """
    return re.sub(r"//[^/\s]*@", "//…@", value)

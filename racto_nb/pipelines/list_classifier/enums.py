"""Labels as members of an enum. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, cast

_NO_NAME = re.compile(r"\W+")


def enum_of(options: Iterable[str], name: str) -> type[Enum]:
    """An enum whose members are texts: `options` as values, and as names the options in capitals with underscores.

    Options whose names would be the same, or none at all, get a number behind.

    >>> list(enum_of(["Billing", "Tech support"], "Topic"))
    [<Topic.BILLING: 'Billing'>, <Topic.TECH_SUPPORT: 'Tech support'>]
    """
    members: dict[str, str] = {}
    for option in options:
        bare = _NO_NAME.sub("_", option).strip("_").upper() or "OPTION"
        member = f"_{bare}" if bare[0].isdigit() or bare == "MRO" else bare
        number = 2
        while member in members:
            member, number = f"{bare}_{number}", number + 1
        members[member] = option
    make = cast("Any", Enum)  # the functional form is not typed for a second base
    return cast("type[Enum]", make(name, members, type=str))

"""Names of columns that differ. Pure, and of the standard library only: child processes use it too."""

from __future__ import annotations

from collections.abc import Sequence


def unique_names(names: Sequence[str]) -> list[str]:
    """`names`, with a number behind those that were there before. Databases do not tell large letters from small ones.

    >>> unique_names(["id", "ID", "id_2", "id"])
    ['id', 'ID_3', 'id_2', 'id_4']
    """
    taken = {name.lower() for name in names}
    seen = set[str]()
    made = list[str]()
    for name in names:
        unique, number = name, 1
        while unique.lower() in seen or (number > 1 and unique.lower() in taken):
            number += 1
            unique = f"{name}_{number}"
        seen.add(unique.lower())
        made.append(unique)
    return made

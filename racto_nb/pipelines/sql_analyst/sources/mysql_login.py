"""What a login may do in MySQL and MariaDB, read from SHOW GRANTS: refused, warned of, or a reader. Pure.

A READ ONLY transaction holds back all that writes to tables. It does not hold back functions and clauses of a SELECT that read
and write files of the server: who has the right to those is refused, and so is who may administer the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from racto_nb.exceptions import UnsafeLoginError

_GRANT = re.compile(r"^GRANT (?P<rights>.+) ON (?:TABLE |FUNCTION |PROCEDURE )?(?P<place>\S.*?) TO ", re.IGNORECASE)
_COLUMNS = re.compile(r"\s*\([^)]*\)")
_EVERYWHERE = "*.*"
_ALL = "ALL PRIVILEGES"
_UNSAFE = frozenset(
    {
        "BINLOG ADMIN", "BINLOG_ADMIN", "CLONE_ADMIN", "CONNECTION ADMIN", "CONNECTION_ADMIN", "CREATE USER", "FILE",
        "PERSIST_RO_VARIABLES_ADMIN", "READ ONLY ADMIN", "READ_ONLY ADMIN", "RELOAD", "REPLICATION SLAVE ADMIN",
        "REPLICATION_SLAVE_ADMIN", "ROLE_ADMIN", "SERVICE_CONNECTION_ADMIN", "SET USER", "SET_ANY_DEFINER", "SET_USER_ID",
        "SHUTDOWN", "SUPER", "SYSTEM_USER", "SYSTEM_VARIABLES_ADMIN",
    }
)  # fmt: skip
"""Rights over the server and its files."""
_WRITING = frozenset(
    {
        "ALTER", "ALTER ROUTINE", "CREATE", "CREATE ROLE", "CREATE ROUTINE", "CREATE TABLESPACE", "CREATE VIEW", "DELETE",
        "DELETE HISTORY", "DROP", "DROP ROLE", "EVENT", "INDEX", "INSERT", "LOCK TABLES", "TRIGGER", "UPDATE",
    }
)  # fmt: skip
_PATIENT = 3
"""So many places are named in a notice."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights in a place: `*.*`, `shop`.* or `shop`.`orders`. `passes_on`: they may be given to others."""

    rights: frozenset[str]
    place: str
    passes_on: bool = False


def grants_of(lines: Iterable[str]) -> list[Grant]:
    """The rights in the lines of SHOW GRANTS. Roles among them are left out: their rights stand in lines of their own.

    >>> grants_of(["GRANT SELECT (id), INSERT ON `shop`.`orders` TO `ann`@`%`"])[0].place
    '`shop`.`orders`'
    """
    made: list[Grant] = []
    for line in lines:
        found = _GRANT.match(line)
        if found is not None:
            rights = _COLUMNS.sub("", found["rights"]).upper().split(",")
            passes_on = line.upper().rstrip().endswith("WITH GRANT OPTION")
            made.append(Grant(frozenset(each.strip() for each in rights), found["place"], passes_on))
    return made


def reader_lines(database: str | None) -> str:
    """The lines of SQL that make a login which can only read."""
    place = "`" + (database or "database").replace("`", "``") + "`"
    return (
        "CREATE USER 'racto_reader'@'%' IDENTIFIED BY '…';\n"
        f"GRANT SELECT, SHOW VIEW ON {place}.* TO 'racto_reader'@'%';"
    )  # fmt: skip


def refuse_unsafe(name: str, database: str | None, grants: Iterable[Grant]) -> None:
    """Raise UnsafeLoginError for rights that no transaction holds back."""
    found = sorted({right for grant in grants for right in _unsafe(grant)})
    if not found:
        return
    msg = (
        f"The login of {name} is not used: it has {', '.join(found)} on the whole server. With that a statement that reads could "
        f"reach files or settings of the server. Make a login that only reads, and use that:\n{reader_lines(database)}"
    )
    raise UnsafeLoginError(msg, source=name)


def notice_of(name: str, database: str | None, grants: Iterable[Grant]) -> str | None:
    """What a user must know of the login; None for one that only reads."""
    writing = [(_writing(grant), grant.place) for grant in grants if _writing(grant)]
    if not writing:
        return None
    shown = "; ".join(f"{', '.join(sorted(rights))} on {place}" for rights, place in writing[:_PATIENT])
    more = "; …" if len(writing) > _PATIENT else ""
    return (
        f"The login of {name} may {shown}{more}. Statements run in READ ONLY transactions, which keep it from writing to tables. "
        f"Safer is a login that can only read:\n{reader_lines(database)}"
    )


def _unsafe(grant: Grant) -> frozenset[str]:
    if grant.place != _EVERYWHERE:
        return frozenset()
    return grant.rights & (_UNSAFE | {_ALL})


def _writing(grant: Grant) -> frozenset[str]:
    return (grant.rights & (_WRITING | {_ALL})) | (frozenset({"GRANT OPTION"}) if grant.passes_on else frozenset[str]())

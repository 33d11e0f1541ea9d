"""What a login may do in PostgreSQL: refused, warned of, or a reader. Pure, but for the statements that ask the server.

A READ ONLY transaction holds back all that writes to tables. It does not hold back functions that read and write files of the
server, run programs, or end the sessions of others: who may call those is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import LiteralString

from racto_nb.exceptions import UnsafeLoginError

_WITH_ROLES = 14
"""Since this version there is pg_read_all_data."""

_MINE = "(SELECT * FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(session_user, oid, 'MEMBER')) AS mine"
"""The login, and every role that it could become."""

UNSAFE: LiteralString = f"""
    SELECT 'it is a superuser' || CASE WHEN rolname = session_user THEN '' ELSE ', as a member of ' || rolname END
      FROM {_MINE} WHERE rolsuper
    UNION ALL SELECT 'it may replicate' FROM {_MINE} WHERE rolreplication AND NOT rolsuper
    UNION ALL SELECT 'it is a member of ' || rolname FROM {_MINE} WHERE rolname IN
      ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend',
       'pg_create_subscription')
      AND NOT EXISTS (SELECT FROM {_MINE} WHERE rolsuper)
    UNION ALL SELECT 'it may call ' || p.proname FROM pg_catalog.pg_proc AS p, {_MINE}
      WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND NOT rolsuper AND p.proname IN
      ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'pg_file_write', 'pg_file_rename', 'pg_file_unlink',
       'lo_import', 'lo_export', 'pg_reload_conf', 'pg_rotate_logfile', 'pg_promote', 'pg_switch_wal')
      AND pg_catalog.has_function_privilege(mine.oid, p.oid, 'EXECUTE')
    LIMIT 5
"""  # noqa: S608  (constants of ours)
"""Rights that no transaction holds back, one a row: why the login is refused."""

WRITING: LiteralString = f"""
    SELECT 1, 'change ' || string_agg(name, ', ' ORDER BY name) || CASE WHEN max(total) > 3 THEN ', …' ELSE '' END FROM (
      SELECT c.oid::pg_catalog.regclass::text AS name, count(*) OVER () AS total FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1 LIMIT 3
    ) AS tables HAVING count(*) > 0
    UNION ALL SELECT 2, 'create in schema ' || string_agg(nspname, ', ' ORDER BY nspname) FROM pg_catalog.pg_namespace
      WHERE nspname NOT LIKE 'pg\\_%' AND pg_catalog.has_schema_privilege(oid, 'CREATE') HAVING count(*) > 0
    UNION ALL SELECT 3, 'create schemas' WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
    UNION ALL SELECT DISTINCT 4, 'make roles' FROM {_MINE} WHERE rolcreaterole
    UNION ALL SELECT DISTINCT 5, 'make databases' FROM {_MINE} WHERE rolcreatedb
    UNION ALL SELECT DISTINCT 6, 'pass by row security' FROM {_MINE} WHERE rolbypassrls
    ORDER BY 1
"""  # noqa: S608  (constants of ours)
"""What the login could do besides reading, were it not for the READ ONLY transaction; one a row, behind a number."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who is logged in where: `name` is the address without a password, `version` the server's first number."""

    name: str
    login: str
    version: int


def reader_lines(server: Server) -> str:
    """The lines of SQL that make a role which can only read."""
    made = "CREATE ROLE racto_reader LOGIN PASSWORD '…';"
    if server.version >= _WITH_ROLES:
        return f"{made}\nGRANT pg_read_all_data TO racto_reader;"
    return f"{made}\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO racto_reader;"


def refuse_unsafe(server: Server, found: Iterable[Sequence[object]]) -> None:
    """Raise UnsafeLoginError for the rows that UNSAFE gave, if there are any."""
    reasons = list(dict.fromkeys(str(row[0]) for row in found))
    if not reasons:
        return
    msg = (
        f"The login {server.login!r} of {server.name} is not used: {'; '.join(reasons)}. With that a statement that reads could "
        f"reach files, programs or other sessions of the server. Make a role that only reads, and log in as that:\n"
        f"{reader_lines(server)}"
    )
    raise UnsafeLoginError(msg, source=server.name)


def notice_of(server: Server, found: Iterable[Sequence[object]]) -> str | None:
    """What a user must know of the login, for the rows that WRITING gave; None for one that only reads."""
    rights = [str(row[1]) for row in found]
    if not rights:
        return None
    return (
        f"The login {server.login!r} of {server.name} may {'; '.join(rights)}. Statements run in READ ONLY transactions, which "
        f"keep it from writing to tables. Safer is a role that can only read:\n{reader_lines(server)}"
    )

"""What PostgreSQL says when it refuses, in one line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol


class Diagnosis(Protocol):
    """What psycopg knows of an error."""

    @property
    def message_primary(self) -> str | None: ...
    @property
    def message_detail(self) -> str | None: ...
    @property
    def message_hint(self) -> str | None: ...
    @property
    def statement_position(self) -> str | None: ...


def words_of(diagnosis: Diagnosis, sql: str) -> str:
    """The server's message, where in `sql` it is about, and its hint. Empty when the server said nothing."""
    place = diagnosis.statement_position
    return _joined(
        diagnosis.message_primary, _near(sql, int(place)) if place else None, diagnosis.message_detail, diagnosis.message_hint
    )


def words_of_details(details: Iterable[tuple[str | bytes, bytes]]) -> str:
    """The same of what ADBC has kept of an error. Its place is one in another statement, so it is left out."""
    found: Mapping[str, str] = {
        (name.decode() if isinstance(name, bytes) else name): value.decode(errors="replace") for name, value in details
    }
    return _joined(found.get("PG_DIAG_MESSAGE_PRIMARY"), found.get("PG_DIAG_MESSAGE_DETAIL"), found.get("PG_DIAG_MESSAGE_HINT"))


def _near(sql: str, position: int) -> str:
    """
    >>> _near("SELECT nmae FROM pets", 8)
    "at character 8, near 'nmae FROM pets'"
    """
    return f"at character {position}, near {sql[position - 1 : position + 29]!r}"


def _joined(primary: str | None, *rest: str | None) -> str:
    return ". ".join(part.strip().removesuffix(".") for part in (primary, *rest) if part)

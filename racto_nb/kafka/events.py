"""What an audit log keeps of a call: an event that nobody can change any more. Pure, but for its clock and its random id."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, field_validator

_DEEPEST = 150
"""More levels are read by few parsers of JSON."""


class FixedDict(dict[str, Any]):
    """A dict that cannot be changed."""

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("What an audit event holds cannot be changed.")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refused  # pyright: ignore[reportAssignmentType]

    def __reduce__(self) -> tuple[type[FixedDict], tuple[dict[str, Any]]]:
        return FixedDict, (dict(self),)

    def __copy__(self) -> FixedDict:
        return self

    def __deepcopy__(self, memo: object) -> FixedDict:
        return self


def _fixed(value: Any, depth: int = 0) -> Any:
    """The same, of what cannot be changed. ValueError for what is nested too deeply, as what holds itself is."""
    if depth > _DEEPEST:
        raise ValueError(f"it has more than {_DEEPEST} levels, or holds itself")
    match value:
        case Mapping():
            return FixedDict({name: _fixed(item, depth + 1) for name, item in value.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return tuple(_fixed(item, depth + 1) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case set():
            return frozenset(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case bytearray():
            return bytes(value)
        case _:
            return value


class KafkaAuditEvent(BaseModel):
    """A question and its answer, for the record. It cannot be changed, nor can its `metadata`, whose lists become tuples, and
    its sets frozen ones.

    `event_id` is made once: a record that reached the topic twice, as after a crash, has the same one.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, validate_default=True, ser_json_inf_nan="constants")

    user_id: str
    model: str
    prompt: str
    response: str
    request_id: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    timestamp_utc: str = Field(default_factory=lambda: datetime.now(UTC).isoformat())
    event_id: str = Field(default_factory=lambda: uuid.uuid4().hex)

    @field_validator("metadata")
    @classmethod
    def _is_fixed(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        return _fixed(metadata)

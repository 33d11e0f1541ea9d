"""Tools that an example offers, and the calls that an assistant makes of them. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import msgspec
from msgspec import field

from racto_nb.exceptions import UsageError


class TrainingToolCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call of the tool `name`. `arguments` is the JSON text that the assistant writes, kept to the letter: models learn it.

    `id` is what the answer of the tool refers to; formats without ids have an empty one.

    >>> TrainingToolCall.of("weather", {"city": "Oslo"}, id="call_1").arguments
    '{"city":"Oslo"}'
    """

    name: str
    arguments: str = "{}"
    id: str = ""

    @classmethod
    def of(cls, name: str, arguments: Mapping[str, object], *, id: str = "") -> Self:  # noqa: A002  (the name it has everywhere)
        """A call with `arguments` written as compact JSON, in their order. UsageError for what JSON cannot hold."""
        try:
            return cls(name, msgspec.json.encode(dict(arguments)).decode(), id)
        except (TypeError, ValueError) as error:
            msg = f"The arguments of a call of {name!r} are values of JSON: {error}."
            raise UsageError(msg) from error

    def parsed(self) -> dict[str, object] | None:
        """The arguments as a dict; None where they are no JSON object."""
        try:
            return msgspec.json.decode(self.arguments, type=dict[str, object])
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError):
            return None


class TrainingTool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool that an example offers: its `name`, what it does, and the JSON schema of its `parameters`.

    `strict` says whether calls must fit the schema; None where the file does not say.

    >>> TrainingTool("weather", "The weather in a city.", {"type": "object", "properties": {}}).name
    'weather'
    """

    name: str
    description: str = ""
    parameters: dict[str, object] = field(default_factory=dict[str, object])
    strict: bool | None = None

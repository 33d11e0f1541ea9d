"""The root of the errors. Users know it by `racto_nb.exceptions`, where the tree is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from racto_nb._portable import portable, rebuilt


class RactoGatewayError(Exception):
    """The root of the tree. Catch this to catch everything racto_nb raises on purpose.

    Where a call failed, `provider` and `model` say which, `status_code` is the HTTP status, `request_id` the provider's name for
    the call, and `body` what it said, as JSON or text, without the key. None elsewhere. `tool_runs` are the calls
    of tools that the kit had carried out before: what they did is done. `result` is what questions to a database had reached
    before, an SQLAnalystResult.
    """

    provider: str | None = None
    model: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    body: object = None
    tool_runs: Sequence[object] = ()
    result: object = None

    __module__ = "racto_nb.exceptions"  # where users know it from

    def __reduce__(self) -> tuple[Any, ...]:
        return rebuilt, (type(self), self.args, {name: portable(value) for name, value in self.__dict__.items()})

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

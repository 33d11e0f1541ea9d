"""A channel to no page, which keeps what a widget sends."""

from __future__ import annotations

from typing import Any


class RecordedComm:
    """What a widget sends, in order: `sent` are messages that are no state, `updates` the traits that were sent."""

    def __init__(self, comm_id: str = "recorded") -> None:
        self.comm_id = comm_id
        self.messages: list[dict[str, Any]] = []

    def send(self, data: dict[str, Any], buffers: object = None) -> None:
        self.messages.append(data)

    def on_msg(self, _: object) -> None:
        """No page says anything by it."""

    def close(self, *_: object) -> None:
        """Nobody listens."""

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [each["content"] for each in self.messages if each["method"] == "custom"]

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [each["state"] for each in self.messages if each["method"] == "update"]

"""What a source of model files must do, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from racto_nb.exceptions import ModelDownloadError
from racto_nb.providers.embedded.part_file import PartFile

Advance = Callable[[int], None]
"""Called with the bytes of the file that are there so far. What it raises ends the delivery, as an interrupt does."""


class SourceFailedError(ModelDownloadError):
    """One source could not deliver. The next one is tried; the text becomes one of the reasons of the final error."""


class Source(Protocol):
    """A place a model file may come from."""

    @property
    def title(self) -> str:
        """What people know it by."""
        ...

    def deliver(self, part: PartFile, advance: Advance) -> None:
        """Complete `part`, going on from what it holds of this source's work. Raises `SourceFailedError`."""
        ...


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A source that is not even tried, and why."""

    title: str
    reason: str

    def deliver(self, part: PartFile, advance: Advance) -> None:  # noqa: ARG002  (the protocol's)
        """Give the reason."""
        raise SourceFailedError(self.reason)

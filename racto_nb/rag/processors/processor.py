"""What every processor is. Kind: pure."""

from __future__ import annotations

from abc import ABC, abstractmethod


class BaseProcessor(ABC):
    """Changes a text before it is embedded; the chunk keeps what was written. Derive from it for a way of your own."""

    @abstractmethod
    def process(self, text: str) -> str:
        """What shall be embedded instead of `text`."""
        ...

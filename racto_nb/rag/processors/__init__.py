"""What may be done to a text before it is embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.processors.processor import BaseProcessor as BaseProcessor

__all__ = ["BaseProcessor"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaseProcessor": "racto_nb.rag.processors.processor",
    },
)

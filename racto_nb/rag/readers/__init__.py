"""Files in, documents out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.readers.reader import BaseReader as BaseReader

__all__ = ["BaseReader"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaseReader": "racto_nb.rag.readers.reader",
    },
)

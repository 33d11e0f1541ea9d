"""What may be done to a text before it is embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.processors.lemmatizer import Lemmatizer as Lemmatizer
    from racto_nb.rag.processors.pipeline import ProcessingPipeline as ProcessingPipeline
    from racto_nb.rag.processors.processor import BaseProcessor as BaseProcessor
    from racto_nb.rag.processors.text_cleaner import TextCleaner as TextCleaner

__all__ = [
    "BaseProcessor",
    "Lemmatizer",
    "ProcessingPipeline",
    "TextCleaner",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BaseProcessor": "racto_nb.rag.processors.processor",
            "Lemmatizer": "racto_nb.rag.processors.lemmatizer",
            "ProcessingPipeline": "racto_nb.rag.processors.pipeline",
            "TextCleaner": "racto_nb.rag.processors.text_cleaner",
        },
    )

"""Several processors, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.processors.processor import BaseProcessor


class ProcessingPipeline(BaseProcessor):
    """Runs `processors` in their order, each on what the one before made. It is a processor itself.

    UsageError without any, WrongTypeError for what is no BaseProcessor.

    >>> from racto_nb.rag.processors import Lemmatizer, TextCleaner
    >>> ProcessingPipeline([TextCleaner(), Lemmatizer()]).process("  Running   quickly through the fields...  ")
    'run quickly through the field'
    """

    def __init__(self, processors: list[BaseProcessor]) -> None:
        self._processors = tuple(_checked(processors))

    def process(self, text: str) -> str:
        """What the last processor makes of it."""
        for processor in self._processors:
            text = processor.process(text)
        return text


def _checked(processors: Sequence[BaseProcessor]) -> Sequence[BaseProcessor]:
    if not isinstance(processors, Sequence) or isinstance(processors, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"A ProcessingPipeline takes a list of processors, not {processors!r}.")
    steps: list[object] = list(processors)
    if not steps:
        raise UsageError("A ProcessingPipeline needs at least one processor: ProcessingPipeline([TextCleaner()]).")
    for step in steps:
        if not isinstance(step, BaseProcessor):
            hint = (
                f" Write {step.__name__}()."
                if isinstance(step, type)
                else " Derive a class from it, with a method process(text)."
            )
            raise WrongTypeError(f"A step of a ProcessingPipeline is a BaseProcessor, not {step!r}.{hint}")
    return processors

"""What fails on this machine: weights, the engine, recordings, budgets. Users know them by `racto_nb.exceptions`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from racto_nb._root_error import RactoGatewayError

__all__ = [
    "BudgetExceededError",
    "CorruptModelFileError",
    "EngineError",
    "ModelDownloadError",
    "ModelFileError",
    "ReplayFileError",
    "ReplayMissError",
    "UnpricedModelError",
]


class ModelFileError(RactoGatewayError):
    """The weights of a model cannot be used. `path` is the file in question, if there is one."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class CorruptModelFileError(ModelFileError):
    """A model file whose sha256 is not the pinned one. It is never loaded."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, path: str, expected: str, actual: str) -> None:
        super().__init__(message, path=path)
        self.expected = expected
        self.actual = actual


class ModelDownloadError(ModelFileError):
    """No source could deliver the model file. `reasons` has one line per source that was tried."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, path: str | None = None, reasons: Iterable[str] = ()) -> None:
        super().__init__(message, path=path)
        self.reasons = list(reasons)


class EngineError(RactoGatewayError):
    """The embedded engine could not load a model or stopped with an error."""

    __module__ = "racto_nb.exceptions"


class ReplayFileError(RactoGatewayError):
    """A file that is no recording, or that cannot be read or written as one.

    `answered` tells whether a provider had answered, and been paid, when its answer could not be written down.
    """

    __module__ = "racto_nb.exceptions"

    answered: bool = False


class ReplayMissError(RactoGatewayError):
    """What was asked is not in the recording. `differences` is how it differs from what is most like it there, one a text."""

    __module__ = "racto_nb.exceptions"

    differences: Sequence[str] = ()


class BudgetExceededError(RactoGatewayError):
    """A request could cost more than its budget has left; it was not sent.

    `limit`, `spent` (with what others may still cost) and `needed` (the most that it may cost) are US dollars, or tokens as int.
    """

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, limit: object = None, spent: object = None, needed: object = None) -> None:
        super().__init__(message)
        self.limit, self.spent, self.needed = limit, spent, needed


class UnpricedModelError(BudgetExceededError):
    """Nobody knows what the model costs, or how large the request is, so that a budget could not be kept; it was not sent."""

    __module__ = "racto_nb.exceptions"

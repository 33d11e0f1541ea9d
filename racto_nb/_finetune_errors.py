"""What fails with fine-tune data. Users know them by `racto_nb.exceptions`."""

from __future__ import annotations

import errno
from typing import Any

from racto_nb._root_error import RactoGatewayError

__all__ = ["DatasetError", "DatasetFileExistsError", "DatasetFormatError", "TuningError"]


class DatasetError(RactoGatewayError, ValueError):
    """A dataset that cannot be used so. `example` is the place of the example in question, from 0. Also a ValueError."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, example: int | None = None) -> None:
        super().__init__(message)
        self.example = example


class DatasetFormatError(DatasetError):
    """A record that is not of its format, or an example that a format cannot hold.

    `format` is the format, `line` the line of the file (from 1) or None, `example` the place of the example or None.
    """

    __module__ = "racto_nb.exceptions"

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        example: int | None = None,
        format: str = "",  # noqa: A002  (the word that users know)
    ) -> None:
        super().__init__(message, example=example)
        self.line, self.format = line, format


class DatasetFileExistsError(DatasetError, FileExistsError):
    """There is a file `filename` already, and nothing says that it may be overwritten. Also a FileExistsError."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, filename: str = "") -> None:
        super().__init__(message)
        self.errno, self.filename = errno.EEXIST, filename

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.filename), dict(self.__dict__)


class TuningError(RactoGatewayError):
    """A tuning job that failed, was cancelled or ran out of time. `job` is its id."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, job: str | None = None) -> None:
        super().__init__(message)
        self.job = job

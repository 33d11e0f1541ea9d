"""Turn a failed import of an optional dependency into one clear error.

with requires("embedded"):
    import xllamacpp
"""

from __future__ import annotations

from types import TracebackType

from racto_nb.exceptions import MissingExtraError


class requires:  # noqa: N801  (reads as a word in a `with` line)
    """Turn a failed import inside the block into a `MissingExtraError` that names `extra`."""

    def __init__(self, extra: str) -> None:
        self._extra = extra

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError(self._extra, missing=error.name) from error

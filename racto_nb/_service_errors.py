"""What fails at stores and other servers beside the models. Users know them by `racto_nb.exceptions`."""

from __future__ import annotations

from racto_nb._root_error import RactoGatewayError

__all__ = ["ServiceError", "StoreError", "StoreLockedError"]


class StoreError(RactoGatewayError):
    """A vector store that cannot be opened, read or written. `place` is its folder, file or address."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place


class StoreLockedError(StoreError):
    """Another process has the store open for writing."""

    __module__ = "racto_nb.exceptions"


class ServiceError(RactoGatewayError):
    """A server beside the models (Redis, a broker) cannot be reached, or refuses. `place` is its address without a password.

    `refused` tells that it was reached and said no, as to a wrong password: to wait does not help.
    """

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, place: str | None = None, refused: bool = False) -> None:
        super().__init__(message)
        self.place = place
        self.refused = refused

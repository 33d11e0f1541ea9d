"""The open session of a store, lent to the calls that use it.

One that is closed while calls are under way is closed by the last of them: their work is done. New calls open another.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from racto_nb.exceptions import StoreError
from racto_nb.rag.stores.duck.session import Session


class Sessions:
    """Opens a session of the store in `path` (None: in memory) when one is needed first."""

    def __init__(self, path: Path | None, opened: Callable[[], Session]) -> None:
        self._path = path
        self._opened = opened
        self._session: Session | None = None
        self._users: dict[Session, int] = {}
        self._turn = threading.Lock()
        self._process = os.getpid()

    @contextmanager
    def lent(self) -> Generator[Session]:
        """The session, open for as long as the block uses it."""
        session = self._taken()
        try:
            yield session
        finally:
            self._give_back(session)

    def close(self) -> None:
        """Let the session go. What is in memory only stays."""
        if self._path is None or self._process != os.getpid():
            return
        with self._turn:
            session, self._session = self._session, None
            if session is None or self._users.get(session):
                return
        session.close()

    def _taken(self) -> Session:
        if self._process != os.getpid():
            self._begin_in_a_child()
        with self._turn:
            if self._session is None:
                self._session = self._opened()
            self._users[self._session] = self._users.get(self._session, 0) + 1
            return self._session

    def _begin_in_a_child(self) -> None:
        """A store that nobody had opened before a fork, as those of a worker's module, begins anew; of an open one the child has
        half a copy.
        """
        if self._session is not None or any(self._users.values()):
            msg = "This DuckDBStore was open before a fork, which does not copy the database. Make another in the new process."
            raise StoreError(msg, place=None if self._path is None else str(self._path))
        self._users, self._turn, self._process = {}, threading.Lock(), os.getpid()

    def _give_back(self, session: Session) -> None:
        with self._turn:
            self._users[session] -= 1
            if self._users[session] or session is self._session:
                return
            del self._users[session]
        session.close()

"""How many HTTP clients are opened while something runs: all SDKs and kits have httpx's or httpx2's."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import httpx
import httpx2


@contextmanager
def clients_opened() -> Generator[list[str]]:
    """A list that gets the name of each client's class that is opened inside the block."""
    opened: list[str] = []
    with ExitStack() as stack:
        for library in (httpx, httpx2):
            for kind in (library.Client, library.AsyncClient):
                stack.enter_context(patch.object(kind, "__init__", _counted(kind.__init__, opened)))
        yield opened


def _counted(plain: object, opened: list[str]) -> object:
    def counted(self: object, *args: object, **options: object) -> None:
        opened.append(type(self).__name__)
        plain(self, *args, **options)

    return counted

"""What several tests of training data need."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest

_NOBODY = 65534


@pytest.fixture
def a_user() -> Callable[[], AbstractContextManager[None]]:
    """Whoever runs the tests, root excepted: for its time root is nobody, so that rights hold."""

    @contextmanager
    def without_rights() -> Generator[None]:
        if not hasattr(os, "geteuid"):
            pytest.skip("rights of files are other ones here")
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return without_rights

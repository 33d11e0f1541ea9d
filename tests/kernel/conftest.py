"""One kernel per module of tests, with the magics loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jupyter_kernel import Kernel, running_kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A running kernel with `%load_ext racto_nb` done."""
    with running_kernel(tmp_path_factory.mktemp("kernel")) as running:
        yield running

"""One JupyterLab for all browser tests; one browser per module, so that no event loop of Playwright's outlives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from jupyter_lab import CHROMIUM_OPTIONS, LabServer, Notebook, browser_path, new_page
from playwright.sync_api import Browser, sync_playwright

Opener = Callable[[str, list[str]], Notebook]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A running JupyterLab."""
    server = LabServer(tmp_path_factory.mktemp("lab") / "own")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium. Without one the tests fail: they are no decoration."""
    with sync_playwright() as playwright:
        try:
            path = browser_path(playwright.chromium)
        except FileNotFoundError as error:
            pytest.fail(str(error), pytrace=False)
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def open_notebook(browser: Browser, lab: LabServer) -> Iterator[Opener]:
    """Opens notebooks in one page; their kernels are ended after the module."""
    with new_page(browser) as page:
        yield lambda name, cells: Notebook(page, lab, name, cells)
    lab.end_sessions()

"""Servers, browser and notebooks for the browser tests, in JupyterLab and in Notebook 7. How to use them: tests/front_ends.py."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from front_ends import CHROMIUM_OPTIONS, FRONT_ENDS, Server, browser_path
from notebook_page import SIZE, Notebooks, Scratch
from playwright.sync_api import Browser, BrowserContext, sync_playwright


@pytest.fixture(scope="session", params=list(FRONT_ENDS))
def front_end(request: pytest.FixtureRequest) -> str:
    """The front end's name."""
    return request.param


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    """The theme's name, for `page.show_in`."""
    return request.param


@pytest.fixture(scope="session")
def server(front_end: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The front end's running server."""
    started = Server(FRONT_ENDS[front_end], tmp_path_factory.mktemp(front_end) / "own")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for pictures."""
    named = os.environ.get("RACTO_SHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A running Chromium. Without one the tests fail: they are no decoration."""
    with sync_playwright() as playwright:
        try:
            path = browser_path(playwright.chromium)
        except FileNotFoundError as error:
            pytest.fail(str(error), pytrace=False)
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS, timeout=90_000)
        yield started
        started.close()


@pytest.fixture(scope="package")
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """One set of cookies, storage and cached files for all pages of a front end."""
    opened = browser.new_context(viewport=SIZE)
    opened.set_default_timeout(90_000)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def scratch(context: BrowserContext, server: Server, shots: Path) -> Iterator[Scratch]:
    """Opens notebooks one after the other in one tab, in half the time."""
    opener = Scratch(context, server, shots)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def notebooks(context: BrowserContext, server: Server, shots: Path) -> Iterator[Notebooks]:
    """Opens notebooks that live as long as the module."""
    opener = Notebooks(context, server, shots)
    yield opener
    opener.close()


@pytest.fixture
def notebook(notebooks: Notebooks) -> Iterator[Notebooks]:
    """Opens notebooks that live as long as the test."""
    opener = notebooks.part()
    yield opener
    opener.close()


def openers_of(item: pytest.Item) -> list[Notebooks]:
    """The openers that a test used, the wider one first."""
    given = getattr(item, "funcargs", {})
    return [given[name] for name in ("scratch", "notebooks", "notebook") if isinstance(given.get(name), Notebooks)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test passes only if its pages had no errors."""
    result = yield
    for opener in openers_of(item):
        for page in opener.pages:
            errors, page.errors = page.errors, []
            if errors:
                pytest.fail("Errors in the page:\n" + "\n".join(errors), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows the server's log, its pages' errors, and where pictures of the pages are."""
    report = yield
    if report.failed:
        server = getattr(item, "funcargs", {}).get("server")
        if isinstance(server, Server):
            report.sections.append((f"log of the {server.front_end.name} server", server.log_end()))
        for opener in openers_of(item):
            errors = [error for page in opener.pages for error in page.errors]
            pictures = [str(file) for file in opener.pictures_of_failure(item.name)]
            report.sections.append(("pages", "\n".join([*errors, *pictures])))
            if isinstance(opener, Scratch):
                opener.spoilt = True
    return report

"""A notebook in real JupyterLab with Chromium, for figures of what a page has to do. Uses the harness of the browser tests."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

# Software rendering, so that the figures do not hang on a graphics card; WebGL by the same way.
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# Notes when each frame is drawn, so that a page that stands still is seen.
FRAMES = """() => { const seen = window.framesDrawn = []; let last = performance.now();
  const next = (now) => { seen.push(now - last); last = now; requestAnimationFrame(next); }; requestAnimationFrame(next); }"""


@contextmanager
def notebook(cells: Sequence[str]) -> Iterator[Any]:
    """A notebook of these cells, open in JupyterLab: a NotebookPage. The server and the browser are ended with the block."""
    from front_ends import FRONT_ENDS, Server, browser_path
    from notebook_page import SIZE, Notebooks
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(FRONT_ENDS["lab"], Path(folder) / "own")
        try:
            browser = playwright.chromium.launch(executable_path=browser_path(playwright.chromium), args=OPTIONS, timeout=90_000)
            context = browser.new_context(viewport=SIZE)
            context.set_default_timeout(180_000)
            opener = Notebooks(context, server, Path(folder))
            yield opener.open(cells)
            opener.close()
            browser.close()
        finally:
            server.stop()


def watch_frames(page: Any) -> None:
    """Begin to note how long each frame takes."""
    page.page.evaluate(FRAMES)


def frames(page: Any, *, after: float = 1000.0) -> list[float]:
    """Milliseconds of each frame since `watch_frames`, without those of the first `after` milliseconds."""
    seen: list[float] = page.page.evaluate("() => window.framesDrawn")
    passed, found = 0.0, list[float]()
    for each in seen:
        passed += each
        if passed > after:
            found.append(each)
    return found

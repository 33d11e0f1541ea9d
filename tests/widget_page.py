"""What is asked of every widget in a real browser: that it can be used by everybody, and that nothing hostile runs in it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from notebook_page import NotebookPage

PROBE = (
    "<img src=x onerror=\"window.__ran='img'\"><script>window.__ran='script'</script><svg onload=\"window.__ran='svg'\"></svg>"
    "<a href=\"javascript:window.__ran='link'\">a</a>[b](javascript:window.__ran='md') <iframe srcdoc=\"<script>parent.__ran='frame'</script>\">"
    "</iframe><math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.__ran='mxss'&gt;\">"
    "\x1b[31mred\x1b]8;;javascript:window.__ran='osc'\x07"
)
"""Texts that run something where a page takes them for markup; `window.__ran` then says what has run."""


@cache
def _axe() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def serious(page: NotebookPage, cell: int) -> list[str]:
    """What axe finds in the widget of a cell that is serious or worse: the rule, and the first element that breaks it."""
    if not page.page.evaluate("() => 'axe' in window"):
        page.page.evaluate(f"{_axe()}; null")
    widget = page.output(cell).locator(".racto-widget").first.element_handle()
    found: Any = page.page.evaluate("(element) => axe.run(element, {resultTypes: ['violations']})", widget)
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


def ran(page: NotebookPage) -> str | None:
    """What hostile text has run in the page, None for nothing. Links of javascript: are clicked first."""
    page.js("for (const link of document.querySelectorAll('.racto-widget a')) link.click(); return null;")
    page.page.wait_for_timeout(300)
    return page.page.evaluate("() => window.__ran ?? null")


def widget(page: NotebookPage, cell: int) -> Any:
    """The widget of a cell, when it is drawn."""
    found = page.output(cell).locator(".racto-widget").first
    found.wait_for()
    return found

"""What a grid of a million rows costs the page, in real JupyterLab with Chromium: an analyst's widget over DuckDB.

Told: from the press of "Run" to the first rows on the page (the statement runs, its rows come into the kernel, a chart is made);
from a jump to the middle to the rows there; how long two sorts take until their first rows are there; the bytes and messages of
each; and the frames while the bar is dragged from the top to the end. The page is rendered in software.

Goals: first rows under 3 s, the middle under 0.5 s, a sort under 2 s, under 1 MB to the page for the first rows.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from contenders.front_end import frames, notebook, watch_frames
from contenders.telling import figure

ROWS = 1_000_000
LOAD = """%load_ext racto_nb
import polars as pl
from racto_nb.pipelines import SQLAnalystPipeline
from racto_nb.testing import FakeKit
pipe = SQLAnalystPipeline(FakeKit([]), engine={"small": pl.DataFrame({"n": [1]})}, max_rows=0)"""
COLUMNS = "range AS id, 'customer ' || range % 50000 AS customer, range * 1.5::DOUBLE AS amount, range % 7 AS day"
SQL = f"SELECT {COLUMNS} FROM range({ROWS})"
FIRST_GOAL, MIDDLE_GOAL, SORT_GOAL, BYTES_GOAL = 3.0, 0.5, 2.0, 1_000_000
HERE = "node.querySelector('.racto-grid-row:not(.racto-pending)')?.innerText"


def rows_like(number: str) -> str:
    """JavaScript that holds when a row that begins with `number` is drawn."""
    return f"[...node.querySelectorAll('.racto-grid-row')].some(row => row.children[0].textContent === '{number}')"


class Watch:
    """Seconds, bytes and messages since it was made."""

    def __init__(self, page: Any) -> None:
        self.page, self.before, self.began = page, page.received(), time.perf_counter()

    def told(self, name: str) -> tuple[float, int]:
        """Print one line; the seconds and the bytes."""
        seconds, now = time.perf_counter() - self.began, self.page.received()
        size = now["bytes"] - self.before["bytes"]
        print(f"{name:22} {seconds:6.2f} s  {size / 1e3:8.1f} kB in {now['messages'] - self.before['messages']:,} messages")
        return seconds, size


def scrolled(page: Any, part: float) -> None:
    """Put the bar to this part of its way."""
    page.js(
        "const grid = panel.content.widgets[1].outputArea.node.querySelector('.racto-grid');"
        "grid.scrollTop = given * (grid.scrollHeight - grid.clientHeight);",
        part,
    )


def run(page: Any, sql: str) -> Watch:
    """Write `sql` into the editor, wait for the guard, and run it; what is watched begins with that."""
    field = page.output(1).locator(".racto-widget").first.get_by_label("SQL", exact=True)
    field.fill(sql)
    page.until(1, "node.querySelector('.racto-word').innerText.includes('Allowed')")
    watch = Watch(page)
    field.press("Control+Enter")
    return watch


def looked_at(page: Any) -> tuple[float, int, float, float]:
    """Seconds and bytes until the first rows, seconds to the middle, and of two sorts."""
    watch = run(page, SQL)
    page.until(1, f"{HERE}?.includes('customer 0')")
    first, size = watch.told("first rows")
    watch = Watch(page)
    scrolled(page, 0.5)
    page.until(1, rows_like(str(ROWS // 2)))
    middle, _ = watch.told("jump to the middle")
    watch = Watch(page)
    shown = page.output(1).locator(".racto-widget").first
    shown.get_by_label("Order by").select_option(label="amount")
    shown.get_by_role("button", name="Smallest first").click()
    page.until(1, f"{HERE}?.includes('customer 49999')")
    return first, size, middle, watch.told("sorted, twice")[0]


def dragged(page: Any) -> None:
    """Tell what it costs to drag the bar from the top to the end in two seconds."""
    watch_frames(page)
    watch = Watch(page)
    for step in range(41):
        scrolled(page, step / 40)
        page.page.wait_for_timeout(50)
    page.until(1, rows_like("0"))
    watch.told("dragged to the end")
    drawn = frames(page)
    print(f"{'frames meanwhile':22} median {statistics.median(drawn):.0f} ms, longest {max(drawn):.0f} ms")


def main() -> int:
    """Measure, print, and say by the exit code whether a goal was missed."""
    with notebook([LOAD, "%racto sql pipe"]) as page:
        page.run(0)
        page.run(1)
        run(page, "SELECT n FROM small")
        page.until(1, rows_like("1"))  # the database is open and the tables are read
        first, size, middle, sort = looked_at(page)
        dragged(page)
    goals = (
        ("first rows", first, "s", FIRST_GOAL),
        ("jump to the middle", middle, "s", MIDDLE_GOAL),
        ("two sorts", sort, "s", SORT_GOAL),
        ("to the page for the first rows", size / 1e6, "MB", BYTES_GOAL / 1e6),
    )
    missed = [name for name, value, unit, goal in goals if figure(name, value, unit, at_most=goal)]
    print(f"missed: {', '.join(missed)}" if missed else "all goals met")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

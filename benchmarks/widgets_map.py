"""How fast the map of an explorer comes and moves: 100,000 vectors of 384 numbers, in JupyterLab and a real Chromium.

Printed, and asserted nowhere: the time from the click on the tab until the first 20,000 points are drawn and until all are, the
bytes that came to the page for that, the kernel's processor time, and the frames while the map is zoomed and moved. Without a
graphics card Chromium draws by software (`--enable-unsafe-swiftshader`), which is what is measured here.

    python benchmarks/widgets_map.py [POINTS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from contenders.telling import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

SETUP = """
%load_ext racto_nb
import numpy as np, time
from racto_nb.rag import RactoRAG
from racto_nb.rag.stores import DuckDBStore
from racto_nb.testing import FakeKit
some = np.random.default_rng(0)
groups = some.standard_normal((40, 384)).astype(np.float32)
which = some.integers(0, 40, {points})
store = DuckDBStore()
store.add_arrays(
    [str(n) for n in range({points})], [f"text {{n}}" for n in range({points})],
    groups[which] + 0.6 * some.standard_normal(({points}, 384), dtype=np.float32),
    [{{"source": f"source{{group % 12}}"}} for group in which],
)
rag = RactoRAG(store, embedder=FakeKit(dimensions=384))
"""
# Notes when so many points have been drawn for the first time, and how long each frame takes.
WATCH = """() => {
  const began = performance.now();
  const seen = window.drawnAt = {};
  window.frames = [];
  let last = began;
  const look = (now) => {
    window.frames.push(now - last);
    last = now;
    const drawn = Number(document.querySelector('.racto-scatter')?.dataset.drawn ?? 0);
    for (const goal of GOALS) if (drawn >= goal && !(goal in seen)) seen[goal] = performance.now() - began;
    window.watching = requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
MOVE = """async () => {
  const map = document.querySelector('.racto-scatter');
  const box = map.getBoundingClientRect();
  const send = (kind, x, y, more = {}) => map.dispatchEvent(new PointerEvent(kind,
    {clientX: box.x + x, clientY: box.y + y, button: 0, pointerId: 1, bubbles: true, ...more}));
  map.setPointerCapture = () => {};
  map.focus();
  const took = [];
  let last = performance.now();
  send('pointerdown', 300, 200);
  for (let step = 0; step < 120; step += 1) {
    if (step < 60) send('pointermove', 300 + step * 3, 200 + step);
    else map.dispatchEvent(new WheelEvent('wheel',
      {deltaY: step < 90 ? -60 : 60, clientX: box.x + 300, clientY: box.y + 200, cancelable: true}));
    if (step === 60) send('pointerup', 480, 260);
    await new Promise(requestAnimationFrame);
    took.push(performance.now() - last);
    last = performance.now();
  }
  return took;
}"""


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measured(page: Any, points: int) -> None:
    """Open the map, and print what it took."""
    from widget_page import widget

    first = min(20_000, points)
    page.run(0)
    page.run(1)
    page.until(1, "/[1-9][\\d,]* chunks/.test(node.innerText)")
    before, cpu = page.received()["bytes"], float(page.run(2))
    page.page.evaluate(WATCH.replace("GOALS", f"[{first}, {points}]"))
    widget(page, 1).get_by_role("tab", name="Map").click()
    page.page.wait_for_function(f"() => window.drawnAt[{points}] !== undefined", timeout=120_000)
    seen = page.page.evaluate("() => window.drawnAt")
    early, late = seen[str(first)] / 1000, seen[str(points)] / 1000
    figure(f"first {first:,} points drawn", early, "s")
    figure(f"all {points:,} points drawn", late, "s")
    print(f"first {first:,} points drawn after {early:.2f} s, all {points:,} after {late:.2f} s")
    frames = page.page.evaluate("() => { cancelAnimationFrame(window.watching); return window.frames; }")
    print(f"longest frame while they came: {max(frames):.0f} ms")
    page.until(1, "node.innerText.includes('Trustworthiness')")
    came, spent = (page.received()["bytes"] - before) / 1e6, float(page.run(2)) - cpu
    figure("to the page", came, "MB", told=f"{spent:.2f} s of the kernel's processor time")
    print(f"to the page: {came:.2f} MB; kernel: {spent:.2f} s of processor time")
    took = page.page.evaluate(MOVE)
    figure("a frame while moved and zoomed, the median", quantile(took, 0.5), "ms", told=f"{quantile(took, 0.95):.0f} ms at 95 %")
    print(f"moved and zoomed: {quantile(took, 0.5):.0f} ms a frame in the median, {quantile(took, 0.95):.0f} ms at 95 %")
    print("drawn by", page.page.evaluate("() => document.querySelector('.racto-scatter').dataset.painter"))
    print(page.run(3).strip())


def main(points: int) -> None:
    """Measure once."""
    from front_ends import CHROMIUM_OPTIONS, FRONT_ENDS, Server, browser_path
    from notebook_page import SIZE, Notebooks
    from playwright.sync_api import sync_playwright

    options = [
        *(each for each in CHROMIUM_OPTIONS if each != "--disable-gpu"),
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
    ]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(FRONT_ENDS["lab"], Path(folder) / "own")
        try:
            browser = playwright.chromium.launch(executable_path=browser_path(playwright.chromium), args=options, timeout=90_000)
            notebooks = Notebooks(browser.new_context(viewport=SIZE), server, Path(folder))
            cells = [
                SETUP.format(points=points), "%racto rag rag", "print(time.process_time())",
                "print(*explorer.plot['lines'], sep='\\n')",
            ]  # fmt: skip
            measured(notebooks.open(cells), points)
            notebooks.close()
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

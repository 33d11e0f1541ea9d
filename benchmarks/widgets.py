"""What a streamed answer in a widget costs the page and the kernel, in real JupyterLab with Chromium.

A chat's model gives 20,000 tokens, once as fast as it can and once at 200 tokens a second. Bytes and messages are counted in the
page, at its websocket; frames are those that the page draws; the kernel's processor time is its own. The page is rendered in
software. The model runs in the kernel too: what it takes there without a widget is measured in the same kernel, and the goal is
for what the widget takes beside it.

Goals: no frame over 200 ms, at 200 tokens a second after the first second; under 3 MB to the page and under 5 % of a core for 200
tokens a second.
`benchmarks/widgets_*.py` have the figures of the other widgets.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from contenders.front_end import frames, notebook, watch_frames
from contenders.telling import figure

TOKENS = 20_000
LOAD = """%load_ext racto_nb
import time
from racto_nb.testing import FakeKit, FakeReply
pieces = tuple((f"word{n} " if n % 40 else f"word{n}.\\n\\n") for n in range(20_000))
kit = FakeKit([FakeReply(pieces, delay=DELAY)])"""
ASK = "began = time.process_time(), time.perf_counter()\nchat.ask('Go')"
# What the model and the event loop take without a widget: each of 200 awakenings a second costs something too.
ALONE = """from racto_nb.models import ChatConfig
alone = FakeKit([FakeReply(pieces[:3_000], delay=DELAY)])
began = time.process_time(), time.perf_counter()
async for chunk in alone.astream(ChatConfig(user_message='Go')): pass
print((time.process_time() - began[0]) / (time.perf_counter() - began[1]))"""
SPENT = "print(time.process_time() - began[0], time.perf_counter() - began[1], len(chat.last.text))"
# Looks at one line only: to ask for the text of all of a long answer, many times a second, would itself hold the page up.
ENDED = "node.querySelector('.racto-foot')?.textContent.includes('tokens ·')"
FRAME_GOAL, BYTES_GOAL, CORE_GOAL = 200.0, 3_000_000, 0.05


def measured(delay: float) -> dict[str, float]:
    """The figures of one stream with `delay` seconds before each token."""
    with notebook([LOAD.replace("DELAY", str(delay)), "%racto chat kit", ASK, SPENT, ALONE.replace("DELAY", str(delay))]) as page:
        page.run(0)
        page.run(1)
        before = page.received()
        watch_frames(page)
        page.run(2)
        page.until(1, ENDED, timeout=delay * TOKENS * 2 + 120)
        # At full speed all may be there within a second: then there is no later frame, and each of them counts.
        drawn = frames(page, after=1000.0 if delay else 0.0)
        after = page.received()
        cpu, seconds, length = map(float, page.run(3).split())
        alone = float(page.run(4))
    return {
        "characters": length,
        "messages": after["messages"] - before["messages"],
        "bytes": after["bytes"] - before["bytes"],
        "seconds": seconds,
        "core": cpu / seconds,
        "alone": alone,
        "longest frame": max(drawn),
        "median frame": statistics.median(drawn),
    }


def told(name: str, figures: dict[str, Any]) -> None:
    """One line."""
    print(
        f"{name:12} {figures['characters']:,.0f} characters in {figures['seconds']:.1f} s: {figures['messages']:,.0f} messages, "
        f"{figures['bytes'] / 1e6:.2f} MB, kernel {figures['core']:.1%} of a core ({figures['alone']:.1%} without the widget), "
        f"frames median {figures['median frame']:.0f} ms, longest {figures['longest frame']:.0f} ms"
    )


def main() -> int:
    """Measure, print, and say by the exit code whether a goal was missed."""
    fast = measured(0.0)
    told("full speed", fast)
    paced = measured(1 / 200)
    told("200 a second", paced)
    goals = (
        ("longest frame at full speed", fast["longest frame"], "ms", FRAME_GOAL),
        ("longest frame at 200 a second", paced["longest frame"], "ms", FRAME_GOAL),
        ("bytes to the page at 200 a second", paced["bytes"] / 1e6, "MB", BYTES_GOAL / 1e6),
        ("kernel beside the model at 200 a second", paced["core"] - paced["alone"], "of a core", CORE_GOAL),
    )
    missed = [name for name, value, unit, goal in goals if figure(name, value, unit, at_most=goal)]
    print(f"missed: {', '.join(missed)}" if missed else "all goals met")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

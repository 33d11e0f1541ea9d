"""How an answer looks: every text can be read, and nothing sticks out of the cell, in the light and in the dark theme.

Read: a contrast of at least 4.5 to what lies behind a text. With RACTO_SHOTS set to a folder, pictures are kept there.
"""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch

LOWEST = 4.5
"""WCAG 2 level AA for text of ordinary size."""

ANSWER = '''Some **bold**, *thin* and `inline` text, ~~struck~~, with a [link](https://example.com/).

# A heading

> A quotation.

| name | age |
|------|-----|
| Ann  | 25  |
| Tom  | 63  |

```python
# A comment
@decorated
class Person(Base):
    """A docstring."""
    def greet(self, name: str = "Ann", times: int = 3) -> None:
        for index in range(times):
            print(f"{name}: {index}", r"\\\\d", 0x1F, 1.5, True, None)
        raise ValueError(self) from None
        import os as system; lambda x: x @ 2
```

```sql
SELECT name, COUNT(*) AS n FROM people WHERE age >= 18 -- adults
```

```diff
- old
+ new
@@ place @@
```

```html
<a href="x" class='y'>&amp; text</a> <!-- note -->
```

```bash
echo "$HOME" | grep -c 1 > /dev/null # count
```

```json
{"a": [1, null, true, "text"]}
```
'''

LONG = "averyveryverylongnamethatnoonewouldwritebyhand" * 4
WIDE = f"""Tea cools by **Newton's law**: the rate is proportional to the difference, see the [proof](https://example.com/). A first point:

1. Measure the room, `T_room`, and the cup.
2. Fit the *constant*:
   - with two readings,
   - or with many.

## What it costs

| drink | price | where it is grown, as far as anybody knows, and who carries it here |
|:------|------:|------|
| tea   | $5    | on a hill |
| cake  | $10   | `{LONG}` |

```python
def cooled(start: float, room: float = 20.0, *, k: float = 0.05) -> float:
    return room + (start - room) * math.exp(-k * 10)  # a comment that is longer than any narrow page is wide, so it has to scroll in its block
```

> Patience is a drink as well.

The word {LONG} breaks, it does not stick out.
"""

SETUP = f"""
%load_ext racto_nb
from racto_nb.testing import FakeKit, FakeReply
kit, wide, text = FakeKit([{ANSWER!r}]), FakeKit([{WIDE!r}]), {WIDE!r}
cut = FakeKit([FakeReply(('one ', 'two'), cut_after=1)])
slow = FakeKit([FakeReply(tuple(text[n:n + 9] for n in range(0, 600, 9)) + ('x',) * 100_000, delay=0.02)], repeat_last=True)
"""
CELLS = [
    SETUP,
    "%%racto --model kit\nanswer",
    "%%racto --model cut\nincomplete",
    "%racto help",
    "%%racto --dry-run --model kit\nwhat would be sent",
    "%%racto --model wide\nwide",
    "%%racto --model slow\nstreaming",
]

# Colours are read through a canvas, which knows every notation; half-transparent layers are laid over each other.
FAINT = """
const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
const pen = canvas.getContext('2d', {willReadFrequently: true});
const rgba = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
const over = (top, below) => top.slice(0, 3).map((value, k) => value * top[3] + below[k] * (1 - top[3]));
const behind = (element) => { const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]); };
const light = (colour) => colour.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
const found = []; let seen = 0;
for (const index of given) for (const root of panel.content.widgets[index].outputArea.node.querySelectorAll('.jp-RenderedHTML')) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.tagName === 'STYLE') continue;
    const ground = behind(element); const ink = over(rgba(getComputedStyle(element).color), ground);
    const [a, b] = [light(ink), light(ground)]; const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    seen += 1;
    found.push({contrast: Math.round(contrast * 100) / 100, text: node.data.trim().slice(0, 30), place: element.tagName + '.' + element.className, ink: ink.map(Math.round).join(), ground: ground.map(Math.round).join()});
  }
}
return found;
"""
TOO_WIDE = """
  const frame = panel.content.widgets[given].outputArea.node.querySelector('.racto');
  const edge = frame.getBoundingClientRect().right + 1;
  const scrolls = (element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  const within = (element) => element !== frame && (scrolls(element) || within(element.parentElement));
  return [...frame.querySelectorAll('*')]
    .filter(element => !within(element.parentElement) && element.getBoundingClientRect().right > edge)
    .map(element => element.outerHTML.slice(0, 200));
"""


@pytest.fixture(scope="module")
def page(scratch: Scratch) -> NotebookPage:
    opened = scratch.open(CELLS)
    for index in range(6):
        opened.run(index)
    return opened


def test_every_text_can_be_read(page: NotebookPage, theme: str):
    page.show_in(theme)
    found = page.js(FAINT, [1, 2, 3, 4, 5])
    assert len(found) > 100
    faint = {(item["place"], item["ink"], item["ground"], item["contrast"]) for item in found if item["contrast"] < LOWEST}
    assert sorted(faint) == []


def test_code_is_coloured(page: NotebookPage, theme: str):
    page.show_in(theme)
    code = [item["ink"] for item in page.js(FAINT, [1]) if item["place"].startswith("SPAN.rn-")]
    assert len(set(code)) >= 4


def test_the_measure_finds_a_faint_text(page: NotebookPage):
    page.show_in("light")
    page.js("panel.content.widgets[1].outputArea.node.querySelector('.racto-foot').style.color = '#cccccc';")
    assert min(item["contrast"] for item in page.js(FAINT, [1])) < 2


@pytest.mark.parametrize("width", [1200, 600])
def test_a_finished_answer_keeps_to_its_cell(page: NotebookPage, theme: str, width: int):
    page.show_in(theme)
    page.page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_output(5, "Patience is a drink")
    assert [element for index in range(1, 6) for element in page.js(TOO_WIDE, index)] == []
    page.shot(f"finished-{theme}-{width}", cell=5)


def test_a_streaming_answer_keeps_to_its_cell(page: NotebookPage, theme: str):
    page.show_in(theme)
    page.page.set_viewport_size({"width": 1000, "height": 1000})
    page.start(6)
    page.wait_for_output(6, "What it costs")
    page.js("panel.content.widgets[6].node.scrollIntoView()")
    assert page.js(TOO_WIDE, 6) == []
    page.shot(f"streaming-{theme}")
    page.interrupt()
    page.wait(6)
    page.shot(f"interrupted-{theme}", cell=6)

"""How calls of tools, answers that were asked for again, and several answers look, in both themes, wide and narrow."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch
from page_looks import FAINT, LOWEST, TOO_WIDE

SETUP = """
%load_ext racto_nb
from pydantic import BaseModel
from racto_nb.models.messages import ToolCallResult
from racto_nb.models.response import FinishReason
from racto_nb.testing import FakeKit, FakeReply

class Person(BaseModel):
    name: str
    age: int

def weather(city: str, days: int = 1) -> dict:
    '''The weather in a city.'''
    if city == "Atlantis":
        raise LookupError("No such city: <b>Atlantis</b> " + "on any map, " * 20)
    return {"city": city, "days": [{"degrees": 12 + day, "sky": "cloudy"} for day in range(days)]}

def calls(text, *cities):
    asked = tuple(ToolCallResult(id=str(n), name="weather", arguments={"city": city, "days": 3}) for n, city in enumerate(cities))
    return FakeReply((text,), finish_reason=FinishReason.TOOL_CALL, tool_calls=asked)

tools = FakeKit([calls("Let me **look** at both.", "Oslo", "Atlantis"), calls("", "Bergen"), "It is *12 degrees* in Oslo."])
again = FakeKit(['{"name": "Ann"}', '{"name": "Ann", "age": 25}'])
words = "A database index is a sorted copy of some columns with pointers to the rows. "
first, second = FakeKit([words * 3 + "\\n\\n```python\\nprint('a line of code that is longer than a column is wide, so that it scrolls')\\n```"], model="large"), FakeKit([words], model="small")
broken = FakeKit([ConnectionError("The server of this model is not there.")], model="gone")
endless = FakeReply(tuple(f"word{n} " for n in range(100_000)), delay=0.02)
slow = FakeKit([endless], model="slow", repeat_last=True)
slower = FakeKit([endless], model="slower", repeat_last=True)
called = FakeKit([calls("", "Oslo"), endless])
"""
CELLS = [
    SETUP,
    "%%racto --model tools --tools weather\nWhat is the weather in Oslo and in Atlantis?",
    "%%racto --model again --as Person\nWho is it?",
    "%%racto --model first --model second --model broken\nWhat is an index?",
    "%%racto --model slow --model slower\nWrite.",
    "%%racto --model called --tools weather\nWhat is the weather?",
]
FOLDED = "return [...panel.content.widgets[given].outputArea.node.querySelectorAll('details')].map(block => block.open);"
OPEN_ALL = "panel.content.widgets[given].outputArea.node.querySelectorAll('details').forEach(block => { block.open = true; });"
PLACES = """
  const panes = [...panel.content.widgets[given].outputArea.node.querySelectorAll('.racto-pane')];
  return panes.map(pane => { const box = pane.getBoundingClientRect(); return [Math.round(box.left), Math.round(box.top)]; });
"""

COLUMNS = "new Set([...node.querySelectorAll('.racto-pane')].map(pane => Math.round(pane.getBoundingClientRect().left))).size"


@pytest.fixture(scope="module")
def page(scratch: Scratch) -> NotebookPage:
    opened = scratch.open(CELLS)
    for index in range(3):
        opened.run(index)
    opened.start(3)
    opened.wait(3)
    opened.shot("steps-folded", cell=1)
    return opened


def test_every_text_can_be_read(page: NotebookPage, theme: str):
    page.show_in(theme)
    for cell in (1, 2):
        page.js(OPEN_ALL, cell)
    found = page.js(FAINT, [1, 2, 3])
    assert len(found) > 40
    assert sorted({(item["place"], item["ink"], item["ground"]) for item in found if item["contrast"] < LOWEST}) == []


@pytest.mark.parametrize("width", [1200, 600])
def test_nothing_sticks_out(page: NotebookPage, theme: str, width: int):
    page.show_in(theme)
    page.page.set_viewport_size({"width": width, "height": 1000})
    for cell in (1, 2, 3):
        page.shot(f"steps-{cell}-{theme}-{width}", cell=cell)
        page.js(OPEN_ALL, cell)
        assert page.js(TOO_WIDE, cell) == []
    page.shot(f"steps-open-{theme}-{width}", cell=1)


def test_answers_stand_side_by_side_where_there_is_room_and_else_one_below_another(page: NotebookPage):
    page.page.set_viewport_size({"width": 1200, "height": 1000})
    page.until(3, f"{COLUMNS} > 1")  # the page is laid out anew a while later
    wide = page.js(PLACES, 3)
    page.page.set_viewport_size({"width": 500, "height": 1000})
    page.until(3, f"{COLUMNS} === 1")
    narrow = page.js(PLACES, 3)
    assert wide[0][1] == wide[1][1]
    assert wide[0][0] < wide[1][0]
    assert len({left for left, _ in narrow}) == 1
    assert sorted(top for _, top in narrow) == [top for _, top in narrow]


def test_a_call_is_folded_and_one_that_is_opened_stays_open_while_the_answer_is_written(page: NotebookPage):
    page.start(5)
    page.wait_for_output(5, "word5 ")
    assert page.js(FOLDED, 5) == [False]
    page.js(OPEN_ALL, 5)
    page.wait_for_output(5, "word60 ")
    assert page.js(FOLDED, 5) == [True]
    page.interrupt()
    page.wait(5)
    assert page.js(FOLDED, 5) == [True]


def test_streaming_columns_keep_to_their_cell(page: NotebookPage, theme: str):
    page.show_in(theme)
    page.page.set_viewport_size({"width": 1200, "height": 900})
    page.start(4)
    page.wait_for_output(4, "word40")
    page.js("panel.content.widgets[4].node.scrollIntoView()")
    assert page.js(TOO_WIDE, 4) == []
    page.shot(f"columns-streaming-{theme}")
    page.interrupt()
    page.wait(4)
    page.shot(f"columns-interrupted-{theme}", cell=4)

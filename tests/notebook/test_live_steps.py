"""Calls of tools while they happen: shown at once, and left alone by what the model writes afterwards."""

import pytest
from recorded_displays import Pages

from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.steps import State
from racto_nb.notebook.display.streaming import LiveAnswer
from racto_nb.notebook.display.terminal import TerminalAnswer

OSLO, ROME = (ToolCallResult(id=city, name="weather", arguments={"city": city}) for city in ("Oslo", "Rome"))


def ran(call: ToolCallResult, content: str = "12", error: str | None = None) -> ToolRun:
    return ToolRun(id=call.id, name=call.name, arguments=call.arguments, content=content, error=error)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(monkeypatch)


def texts(pages: Pages) -> list[str]:
    """What each display shows last."""
    return [page.shown[-1]["text/plain"] for page in pages.all]


def test_a_call_is_shown_while_it_runs_and_then_its_result(pages: Pages):
    live = pages.live()
    live.called([OSLO])
    assert texts(pages) == ['… weather(city="Oslo")\n  running\n\n— fake:m waits for weather …']
    live.ran([ran(OSLO)])
    assert texts(pages) == ['✓ weather(city="Oslo")\n  12\n\n— waiting for fake:m …']


def test_the_answer_gets_a_display_of_its_own_below_the_calls(pages: Pages):
    live = pages.live()
    live.push("Let me look.")
    live.called([OSLO])
    live.ran([ran(OSLO)])
    updates = len(pages.all[0].shown)
    for number in range(50):
        pages.clock.now += 1
        live.push(f"word{number} ")
    live.finish("the foot")
    assert len(pages.all) == 2
    assert len(pages.all[0].shown) == updates + 1  # the line below it goes, and then it is left alone
    assert texts(pages)[0] == 'Let me look.\n✓ weather(city="Oslo")\n  12'
    assert texts(pages)[1].startswith("word0 ")
    assert texts(pages)[1].endswith("— the foot")


def test_thinking_before_and_after_a_call_stands_where_it_came(pages: Pages):
    live = pages.live()
    live.think("first ")
    live.called([OSLO])
    live.ran([ran(OSLO)])
    pages.clock.now += 2
    live.think("second ")
    live.push("So.")
    live.finish("the foot")
    shown = [page.shown[-1]["text/html"].partition("</style>")[2] for page in pages.all]
    assert ["first" in html for html in shown] == [True, False, False, False]
    assert ["weather" in html for html in shown] == [False, True, False, False]
    assert ["second" in html for html in shown] == [False, False, True, False]
    assert "So." in shown[3]


def test_an_answer_in_the_background_keeps_all_in_one_display(pages: Pages):
    live = LiveAnswer("fake:m", single=True, clock=pages.clock)
    live.open()
    live.think("so")
    live.called([OSLO])
    live.ran([ran(OSLO)])
    live.push("It is 12.")
    live.finish("the foot")
    assert len(pages.all) == 1
    html = pages.all[0].shown[-1]["text/html"].partition("</style>")[2]
    assert html.index("so") < html.index("weather") < html.index("It is 12.")


def test_what_is_repeated_is_every_display(pages: Pages):
    live = pages.live()
    live.called([OSLO])
    live.ran([ran(OSLO)])
    live.push("It is 12.")
    live.finish("the foot")
    before = [len(page.shown) for page in pages.all]
    live.repeat()
    assert [len(page.shown) for page in pages.all] == [count + 1 for count in before]


def test_calls_that_were_left_end_the_answer(pages: Pages):
    live = pages.live()
    live.push("Booking.")
    live.called([OSLO], left=True)
    live.finish("the foot")
    assert texts(pages) == ['Booking.\n○ weather(city="Oslo")\n  not carried out, kept in .tool_calls\n\n— the foot']


def test_results_find_their_calls_by_id_and_else_by_place():
    found = Arriving()
    found.called([OSLO, ROME])
    found.ran([ran(ROME, "20"), ran(OSLO, "12")])
    assert [(call.arguments["city"], call.told) for call in found.steps[0].calls] == [("Oslo", "12"), ("Rome", "20")]
    bare = [call.model_copy(update={"id": ""}) for call in (OSLO, ROME)]
    found.called(bare)
    found.ran([ran(bare[0], "1"), ran(bare[1], "2")])
    assert [call.told for call in found.steps[1].calls] == ["1", "2"]


def test_a_result_without_its_call_is_shown_all_the_same():
    found = Arriving()
    found.ran([ran(OSLO)])
    assert [call.state for call in found.steps[0].calls] == [State.DONE]
    assert found.runs == (ran(OSLO),)


def test_each_turn_begins_with_nothing():
    found = Arriving()
    found.push("Let me look.")
    found.think("so")
    found.called([OSLO])
    assert (found.text, found.thought) == ("", None)
    assert (found.steps[0].text, found.steps[0].thought.text) == ("Let me look.", "so")


def test_a_terminal_gets_a_line_for_the_call_and_one_for_the_result():
    written: list[str] = []
    terminal = TerminalAnswer(written.append)
    terminal.push("Let me look.")
    terminal.called([OSLO, ROME])
    terminal.ran([ran(OSLO), ran(ROME, "Error", "no \x1b[31msuch city")])
    terminal.push("It is 12.")
    terminal.again("age: missing")
    terminal.push("12")
    terminal.finish("the foot")
    assert "".join(written).splitlines() == [
        "Let me look.",
        '→ weather(city="Oslo")',
        '→ weather(city="Rome")',
        "  ✓ weather = 12",
        "  ✗ weather = no such city",
        "It is 12.",
        "↻ asked again: age: missing",
        "12",
        "— the foot",
    ]

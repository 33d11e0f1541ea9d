"""What other browser tests rest on: the driver really runs, reads, interrupts, restarts, reloads and notices errors of the page."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch

CELLS = [
    "kept = 41",
    "print(kept + 1)",
    "import time\nprint('asleep', flush=True)\ntime.sleep(600)",
    "",
]


@pytest.fixture(scope="module")
def page(scratch: Scratch) -> NotebookPage:
    return scratch.open(CELLS)


def test_cells_are_run_set_and_appended(page: NotebookPage):
    page.run(0)
    assert page.run(1).strip() == "42"
    index = page.append("1 / 0")
    assert "ZeroDivisionError" in page.run(index)
    page.set_cell(index, "kept += 1\nkept")
    page.run(index)
    assert page.outputs(index)[0]["data"] == {"text/plain": "42"}


def test_the_stop_button_ends_a_cell(page: NotebookPage):
    page.start(2)
    page.wait_for_output(2, "asleep")
    assert not page.ended(2)
    page.interrupt()
    page.wait(2)
    assert "KeyboardInterrupt" in page.text(2)
    page.wait_until_idle()


def test_a_restarted_kernel_has_forgotten_and_all_cells_run_again(page: NotebookPage):
    page.restart()
    assert "NameError" in page.run(1)
    page.set_cell(2, "print('last')")
    page.set_cell(3, "")
    page.run_all()
    assert (page.text(1).strip(), page.text(2).strip()) == ("42", "last")


def test_what_was_saved_is_there_after_a_reload(page: NotebookPage):
    page.run(0)
    page.run(1)
    assert page.save()["cells"][1]["outputs"][0]["text"] == ["42\n"]
    page.reload()
    assert (page.text(1).strip(), page.run(1).strip()) == ("42", "42")


def test_what_a_page_throws_and_writes_to_its_console_is_noticed(page: NotebookPage):
    page.set_cell(3, "from IPython.display import HTML\nHTML('<button>Go</button><script>throw new Error(\"thrown\")</script>')")
    assert page.errors == []
    page.run(3)
    page.output(3).get_by_role("button").wait_for()
    page.js("console.error('written')")
    page.wait_until_idle()
    told, page.errors = page.errors, []
    assert any("Error: thrown" in error for error in told), told
    assert any("console: written" in error for error in told), told


def test_a_wait_for_what_an_error_prevents_is_given_up_and_tells_the_error(page: NotebookPage):
    page.set_cell(3, "raise ValueError('said')")
    page.start(3)
    with pytest.raises(AssertionError, match="ValueError"):
        page.wait_for_output(3, "never")


def test_messages_from_the_kernel_are_counted(page: NotebookPage):
    page.append("for n in range(20): print(n, flush=True)")
    before = page.received()
    page.run(page.js("return panel.content.widgets.length - 1"))
    after = page.received()
    assert after["messages"] >= before["messages"] + 3
    assert after["bytes"] > before["bytes"] + 500


def test_a_picture_is_taken_of_the_page_and_of_an_output(page: NotebookPage, theme: str):
    page.run(0)
    page.run(1)
    page.show_in(theme)
    whole, part = page.shot(f"driving-{theme}"), page.shot(f"driving-{theme}-output", cell=1)
    assert whole.read_bytes()[:4] == part.read_bytes()[:4] == b"\x89PNG"
    assert page.server.front_end.name in whole.name

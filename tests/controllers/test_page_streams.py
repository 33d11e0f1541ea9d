"""Texts that arrive on a page: what a page makes of the messages is what was written, whatever the pieces."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from racto_nb.notebook.display.blocks import Blocks
from racto_nb.notebook.display.sanitising import safe_html
from racto_nb.notebook.widgets.streaming import SNAPSHOT, PageStream

MARKDOWN = st.lists(
    st.sampled_from(
        [
            "# T\n",
            "word ",
            "**b** ",
            "\n",
            "\n\n",
            "- a\n",
            "  b\n",
            "1. x\n",
            "```py\n",
            "x = 1\n",
            "```\n",
            "| a | b |\n|---|---|\n",
            "| 1 | 2 |\n",
            "> q\n",
            "<b>",
            "---\n",
            "===\n",
            "\\(",
        ]
    ),
    max_size=60,
)


class Page:
    """A page that follows the messages as the views do (shared/streams.js)."""

    def __init__(self):
        self.messages, self.wholes, self.stream = [], [], {"run": 0, "seq": 0, "html": "", "tail": ""}

    def post(self, message):
        self.messages.append(message)
        if (whole := message.get("whole")) is not None:
            self.wholes.append(whole)
            if (whole["run"], whole["seq"]) > (self.stream["run"], self.stream["seq"]):
                self.stream = whole
            return
        assert (message["run"], message["i"]) == (self.stream["run"], self.stream["seq"])
        if "add" in message:
            self.stream = {**self.stream, "seq": message["i"] + 1, "tail": self.stream["tail"] + message["add"]}
        else:
            self.stream = {
                **self.stream,
                "seq": message["i"] + 1,
                "html": self.stream["html"] + message["html"],
                "tail": message["tail"],
            }

    def keep_stream(self, key, stream):
        self.kept = stream


@given(MARKDOWN)
def test_a_page_that_follows_has_what_is_kept_for_one_that_is_loaded_later(pieces):
    page = Page()
    stream = PageStream(page, "a")
    for end in range(len(pieces) + 1):
        stream.show("".join(pieces[:end]))
        if page.messages:
            assert page.stream == page.kept


@given(MARKDOWN)
def test_blocks_that_are_whole_are_those_of_the_whole_text(pieces):
    text = "".join(pieces)
    blocks = Blocks()
    html = "".join(blocks.add(piece) for piece in pieces)

    assert visible(html + safe_html(blocks.tail)) == visible(safe_html(text))


def visible(html):
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", html))


def test_snapshots_come_seldom():
    page = Page()
    stream = PageStream(page, "a")
    text = ""
    for _ in range(2000):
        text += "a word and more "
        stream.show(text)

    assert len(page.wholes) <= 9
    assert sum(len(each["tail"]) for each in page.wholes) < len(text) * SNAPSHOT / (SNAPSHOT - 1) + 100


def test_a_text_that_begins_anew_is_shown_anew():
    page = Page()
    stream = PageStream(page, "a")
    stream.show("One block.\n\nAnother")
    stream.show("Else")

    assert page.stream["html"] == ""
    assert page.stream["tail"] == "Else"


def test_a_second_text_under_a_key_is_shown_from_its_beginning():
    page = Page()
    PageStream(page, "a").show("A long first text.\n\nWith a second block.")
    stream = PageStream(page, "a")
    stream.show("Second")
    stream.show("Second text")

    assert (page.stream["html"], page.stream["tail"]) == ("", "Second text")


def test_a_turn_that_has_ended_leaves_nothing_behind():
    page = Page()
    stream = PageStream(page, "a")
    stream.show("Let me look.")
    stream.clear()

    assert (page.stream["html"], page.stream["tail"]) == ("", "")


def test_thinking_is_no_markup():
    page = Page()
    PageStream(page, "a", markdown=False).show("<b>x</b>\n\n# y\n\nz")

    assert page.stream["html"] == ""
    assert page.stream["tail"] == "<b>x</b>\n\n# y\n\nz"

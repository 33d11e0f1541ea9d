"""Thinking is shown folded, cleaned as an answer is, and is no part of the answer."""

import itertools
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from recorded_displays import Clock, Pages, Screen, busiest_second
from thinking_kit import ThinkingKit, Thinks, thoughtful

from racto_nb.models.response import LLMResponse
from racto_nb.notebook.display import streaming
from racto_nb.notebook.display.bundling import bundle
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.streaming import LiveAnswer, StaticAnswer
from racto_nb.notebook.display.terminal import TerminalAnswer
from racto_nb.notebook.display.theme import STYLE
from racto_nb.notebook.display.thinking import Thinking, Thought, folded, note

HOSTILE = "</details></div><script>alert(1)</script><img src=x onerror=alert(1)> **so** \x1b[31mred\x1b[0m"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(monkeypatch)


def feed(pages: Pages, live: LiveAnswer, pieces: list[str], *, per_second: float) -> None:
    for piece in pieces:
        pages.clock.now += 1 / per_second
        (live.think if isinstance(piece, Thinks) else live.push)(piece)


def many(count: int) -> list[str]:
    return [Thinks(f"thought{n % 100:02} ") for n in range(count)]


def test_thinking_has_a_display_of_its_own_above_the_answer(pages: Pages):
    live = pages.live()
    feed(pages, live, [*many(3), "an ", "answer"], per_second=1)
    live.finish("the foot")
    above, answer = pages.all
    assert above.shown[0]["text/plain"] == "\n\n— waiting for fake:m …"
    assert "<details" in above.shown[-1]["text/html"]
    assert "Thought for 2.0 s · 3 words" in above.shown[-1]["text/html"]
    assert above.shown[-1]["text/plain"] == "— thought for 2.0 s · 3 words, kept in .thinking"
    assert "details" not in answer.shown[-1]["text/html"].removeprefix(STYLE)
    assert answer.shown[-1]["text/plain"] == "an answer\n\n— the foot"


def test_while_it_thinks_the_line_below_counts(pages: Pages):
    live = pages.live()
    feed(pages, live, many(2), per_second=1)
    assert pages.all[1].shown[-1]["text/plain"] == "\n\n— fake:m is thinking … 20 characters so far"
    assert "<summary>Thinking …</summary>" in pages.all[0].shown[-1]["text/html"]


def test_the_answers_updates_leave_the_thinking_alone(pages: Pages):
    live = pages.live()
    feed(pages, live, many(200), per_second=50)
    before = len(pages.all[0].shown)
    feed(pages, live, ["word "] * 500, per_second=50)
    live.finish("the foot")
    assert len(pages.all[0].shown) == before + 1  # once, with the first word: the thinking is over
    assert len(pages.all[1].shown) > 50


def test_growing_thinking_is_refreshed_seldom(pages: Pages):
    live = pages.live()
    feed(pages, live, many(6000), per_second=100)
    times = pages.all[0].times[2:]  # the first two are the waiting and the first piece
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(times))
    assert len(times) < 14
    assert times[-1] - times[-2] > 10


@pytest.mark.parametrize("per_second", [10, 50, 200, 20_000])
def test_there_are_at_most_twenty_messages_in_any_second(pages: Pages, per_second: float):
    live = pages.live()
    feed(pages, live, [*many(1000), *["word "] * 1000], per_second=per_second)
    live.finish("the foot")
    assert busiest_second(pages.times) <= 20


@pytest.mark.parametrize("per_second", [200, 2_000, 100_000])
def test_many_thousand_tokens_of_thinking_keep_the_budget(pages: Pages, per_second: int):
    live = pages.live(budget=100_000)
    feed(pages, live, [*many(20_000), *["word "] * 100], per_second=per_second)
    live.finish("the foot")
    whole = sum(len(text.encode()) for page in pages.all for text in page.shown[-1].values())
    assert pages.size < 100_000 * (pages.clock.now - 100) + 3 * whole
    assert "thought99" in pages.all[0].shown[-1]["text/html"]


def test_thinking_that_comes_after_the_first_words_stands_folded_above_them_in_the_end(pages: Pages):
    live = pages.live()
    feed(pages, live, ["an ", *many(2), "answer"], per_second=1)
    live.finish("the foot")
    (only,) = pages.all
    assert "<details" in only.shown[-1]["text/html"]
    assert only.shown[-1]["text/plain"].startswith("an answer\n\n— the foot\n— thought for 1.0 s · 2 words")


def test_thinking_between_the_words_is_whole_in_the_end(pages: Pages):
    live = pages.live()
    feed(pages, live, [Thinks("one "), "an ", Thinks("two "), "answer ", Thinks("three")], per_second=20)
    live.finish("the foot")
    assert "one two three" in pages.all[0].shown[-1]["text/html"]
    assert pages.all[1].shown[-1]["text/plain"] == "an answer \n\n— the foot"


def test_an_answer_that_ends_while_it_thinks_says_no_more_that_it_thinks(pages: Pages):
    live = pages.live()
    feed(pages, live, many(3), per_second=100)
    live.finish("the foot", warning="no answer")
    assert "Thinking …" not in pages.all[0].shown[-1]["text/html"]
    assert pages.all[1].shown[-1]["text/plain"] == "\n\n— no answer · the foot"


def test_what_was_shown_last_can_be_sent_again(pages: Pages):
    live = pages.live()
    feed(pages, live, [*many(3), "answer"], per_second=10)
    live.finish("the foot")
    last = [page.shown[-1] for page in pages.all]
    live.repeat()
    assert [page.shown[-1] for page in pages.all] == last
    assert [page.shown[-2] for page in pages.all] == last


class Nesting(HTMLParser):
    """Which tags are open where each text stands."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.within: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.within[data.strip()] = list(self.open)


MESSY = st.text(st.sampled_from("<>/details=\"'&`*\n\x1b[m scrpt")) | st.text()


@given(MESSY)
def test_nothing_in_the_thinking_leaves_its_block(text: str):
    seen = Nesting()
    seen.feed(bundle("ANSWER", thought=Thought(text, 1.0))["text/html"].removeprefix(STYLE))
    seen.close()
    assert seen.open == []
    assert seen.within["ANSWER"] == ["div", "div", "p"]


def test_hostile_thinking_is_cleaned_and_closed():
    html = folded(Thought(HOSTILE, 1.0))
    assert "<script" not in html
    assert "<img" not in html
    assert "<strong>so</strong>" in html
    assert "\x1b" not in html
    assert html.count("<details") == html.count("</details>") == 1
    assert "<details open" not in html


@pytest.mark.parametrize(
    ("thought", "title"),
    [
        (Thought("one two", 3.24), "Thought for 3.2 s · 2 words"),
        (Thought("one", 75.0), "Thought for 1 min 15 s · 1 word"),
        (Thought("one " * 1240, None), "Thought · 1,240 words"),
        (Thought("考" * 1240, 2.0), "Thought for 2.0 s · 1,240 characters"),
        (Thought("one", grows=True), "Thinking …"),
    ],
)
def test_the_title_says_how_long_and_how_much(thought: Thought, title: str):
    assert thought.title == title


def test_the_note_says_where_the_thinking_is_kept_and_quotes_nothing():
    assert note(Thought(HOSTILE, 1.0)) == "thought for 1.0 s · 5 words, kept in .thinking"


def test_thinking_that_came_at_once_has_no_time():
    clock = Clock()
    thinking = Thinking(clock)
    assert thinking.whole() is None
    thinking.add("all of it")
    assert thinking.whole() == Thought("all of it", None)
    clock.now += 2
    thinking.add(", and more")
    assert thinking.whole() == Thought("all of it, and more", 2.0)


def test_blank_thinking_is_none():
    thinking = Thinking(Clock())
    thinking.add(" \n")
    assert thinking.whole() is None


@given(st.lists(MESSY.filter(bool)), st.lists(MESSY))
def test_a_terminal_says_that_the_model_thinks_and_writes_none_of_it(thoughts: list[str], pieces: list[str]):
    written: list[str] = []
    terminal = TerminalAnswer(written.append)
    for thought in thoughts:
        terminal.think(thought)
    for piece in pieces:
        terminal.push(piece)
    terminal.finish("foot")
    head, _, rest = "".join(written).partition("thinking …") if any(thoughts) else ("", "", "".join(written))
    assert head == ""
    answer = ("\n" if any(thoughts) and pieces else "") + printable("".join(pieces))
    below = f"\n— {note(terminal.thought)}" if terminal.thought else ""
    assert rest == answer + "\n— foot" + below + "\n"


def test_a_static_answer_has_its_thinking_folded(monkeypatch: pytest.MonkeyPatch):
    screen = Screen()
    monkeypatch.setattr(streaming, "show_bundle", screen.show)
    static = StaticAnswer()
    static.think("so ")
    static.push("answer")
    static.finish("foot")
    (shown,) = screen.shown
    assert "<details" in shown["text/html"]
    assert shown["text/plain"] == "answer\n\n— foot\n— thought · 1 word, kept in .thinking"


def ask(shell: InteractiveShell, line: str = "", **more: object) -> None:
    shell.user_ns.setdefault("kit", ThinkingKit([thoughtful(3, 2)], repeat_last=True))
    shell.run_cell_magic("racto", f"--model kit {line}", "a question")


@pytest.mark.parametrize("line", ["", "--no-stream"])
def test_a_cell_keeps_the_thinking_apart_from_the_text(shell: InteractiveShell, line: str):
    ask(shell, line)
    result = shell.user_ns["_racto"]
    assert (result.text, result.thinking) == ("word0 word1 ", "so0 so1 so2 ")
    (shown,) = [output["data"] for output in shell.display_pub.outputs]
    assert "<details" in shown["text/html"]
    assert "so0" not in shown["text/plain"]
    assert result._repr_mimebundle_() == shown


def test_without_thinking_there_is_none(shell: InteractiveShell):
    shell.user_ns["kit"] = ThinkingKit(["plain"])
    ask(shell)
    assert shell.user_ns["_racto"].thinking is None
    assert "<details" not in shell.display_pub.outputs[0]["data"]["text/html"]


def test_a_reply_whose_thinking_comes_with_its_end_keeps_it(shell: InteractiveShell):
    shell.user_ns["kit"] = ThinkingKit([LLMResponse(content="4", thinking="2 and 2")])
    ask(shell)
    assert (shell.user_ns["_racto"].text, shell.user_ns["_racto"].thinking) == ("4", "2 and 2")


def test_thinking_is_no_part_of_a_conversation(shell: InteractiveShell):
    for _ in range(2):
        ask(shell, "--history talk")
    sent = [message["content"] for message in shell.user_ns["kit"].calls[-1]["messages"]]
    assert sent == ["a question", "word0 word1 ", "a question"]


def test_thinking_that_was_interrupted_is_kept(shell: InteractiveShell):
    class Stopping(tuple):
        __slots__ = ()

        def __getitem__(self, key):
            def until_stopped():
                yield from tuple(self)
                raise KeyboardInterrupt

            return until_stopped()

    reply = thoughtful(2, 0)
    object.__setattr__(reply, "pieces", Stopping(reply.pieces))
    shell.user_ns["kit"] = ThinkingKit([reply])
    with pytest.raises(KeyboardInterrupt):
        ask(shell)
    result = shell.user_ns["_racto"]
    assert (result.text, result.thinking, result.complete) == ("", "so0 so1 ", False)
    assert result.response.thinking == "so0 so1 "


def test_quiet_shows_no_thinking(shell: InteractiveShell):
    ask(shell, "--quiet")
    assert shell.display_pub.outputs == []
    assert shell.user_ns["_racto"].thinking

"""How an answer is shown while it arrives: few updates, complete at the end, nothing twice."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_displays import Screen, busiest_second

from racto_nb.notebook.display import streaming
from racto_nb.notebook.display.bundling import bundle, fenced
from racto_nb.notebook.display.choosing import chosen_display
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.streaming import LiveAnswer, StaticAnswer
from racto_nb.notebook.display.terminal import TerminalAnswer
from racto_nb.notebook.display.theme import STYLE


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    found = Screen()
    monkeypatch.setattr(streaming, "show_updatable", found.show)
    monkeypatch.setattr(streaming, "show_bundle", found.show)
    return found


def stream(screen: Screen, pieces: list[str], *, per_second: float, budget: int = 300_000) -> LiveAnswer:
    live = LiveAnswer("fake:m", budget, clock=screen.clock)
    live.open()
    for piece in pieces:
        screen.clock.now += 1 / per_second
        live.push(piece)
    live.finish("the foot")
    return live


WORDS = [f"word{n % 100:02} " for n in range(20_000)]


@pytest.mark.parametrize("per_second", [10, 50, 200, 20_000])
def test_there_are_at_most_twenty_updates_in_any_second(screen: Screen, per_second: float):
    stream(screen, WORDS[:2000], per_second=per_second)
    assert busiest_second(screen.times) <= 20


def test_twenty_thousand_tokens_at_full_speed_send_less_than_five_megabytes(screen: Screen):
    live = stream(screen, WORDS, per_second=10_000)
    assert screen.size < 5_000_000
    assert live.text == "".join(WORDS)
    assert screen.shown[-1]["text/plain"] == "".join(WORDS) + "\n\n— the foot"


def test_the_budget_counts_bytes_and_not_characters(screen: Screen):
    stream(screen, ["語" * 20] * 2000, per_second=200, budget=50_000)
    largest = max(len(text.encode()) for text in screen.shown[-1].values())
    assert screen.size < 50_000 * 10 + 6 * largest


@given(st.lists(st.text(), max_size=40), st.sampled_from([5, 100, 5000]))
def test_each_update_goes_on_where_the_last_one_ended(pieces: list[str], per_second: int):
    screen = Screen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "show_updatable", screen.show)
        stream(screen, pieces, per_second=per_second)
    texts, foots = zip(*(data["text/plain"].rsplit("\n\n— ", 1) for data in screen.shown), strict=True)
    assert (foots[0], foots[-1]) == ("waiting for fake:m …", "the foot")
    assert set(foots[1:-1]) <= {"fake:m is writing …"}
    if printable("".join(pieces)) == "".join(pieces):
        assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert texts[-1] == printable("".join(pieces))
    assert screen.opened == 1


def test_a_slow_answer_is_shown_piece_by_piece(screen: Screen):
    stream(screen, ["one ", "two ", "three"], per_second=1)
    texts = [data["text/plain"].partition("\n\n— ")[0] for data in screen.shown]
    assert texts == ["", "one ", "one two ", "one two three", "one two three"]


def test_a_failed_answer_carries_its_warning(screen: Screen):
    live = LiveAnswer("fake:m", clock=screen.clock)
    live.open()
    live.finish("foot", warning="incomplete")
    assert "<b>incomplete</b> · foot" in screen.shown[-1]["text/html"]
    assert screen.shown[-1]["text/plain"].endswith("— incomplete · foot")


def test_json_is_shown_as_one_block_while_it_streams(screen: Screen):
    live = LiveAnswer("fake:m", code="json", clock=screen.clock)
    live.open()
    screen.clock.now += 1
    live.push('{"a": "```')
    assert screen.shown[-1]["text/html"].count("<pre>") == 1


MESSY = st.text(st.sampled_from('`~ \n\r\x07\x1b[m]0a{<"\x9b\x0c')) | st.text()


def body_of(page: str) -> str:
    return page.removeprefix(STYLE).partition('<div class="racto-answer">')[2].removesuffix("</div></div>")


@given(MESSY)
def test_nothing_inside_can_end_the_block(text: str):
    from html.parser import HTMLParser

    page = body_of(bundle(text, code="json")["text/html"])
    assert page.startswith("<pre><code>")
    assert page.endswith("</code></pre>\n")
    assert page.count("<pre>") == page.count("</pre>") == 1
    seen: list[str] = []
    parser = HTMLParser()
    parser.handle_data = seen.append
    parser.feed(page)
    parser.close()
    assert "".join(seen) == printable(text) + "\n\n"


@given(st.text(st.sampled_from("`\n a")))
def test_the_fence_is_longer_than_any_run_of_backticks_inside(text: str):
    fence = fenced(text, "json").partition("json")[0]
    assert len(fence) >= 3
    assert fence not in text


def test_an_answer_that_is_shown_once_is_shown_whole(screen: Screen):
    static = StaticAnswer()
    static.open()
    static.push("one ")
    static.push("two")
    assert screen.shown == []
    static.finish("foot")
    assert [data["text/plain"] for data in screen.shown] == ["one two\n\n— foot"]


def test_a_quiet_answer_is_kept_and_not_shown(screen: Screen):
    quiet = StaticAnswer(quiet=True)
    quiet.open()
    quiet.push("one")
    quiet.finish("foot")
    assert (quiet.text, screen.shown) == ("one", [])


@given(st.lists(MESSY))
def test_a_terminal_gets_the_printable_text_however_it_is_split(pieces: list[str]):
    written: list[str] = []
    terminal = TerminalAnswer(written.append)
    terminal.open()
    for piece in pieces:
        terminal.push(piece)
    terminal.finish("foot")
    assert "".join(written) == printable("".join(pieces)) + "\n— foot\n"
    assert terminal.text == "".join(pieces)


def test_a_terminal_sequence_split_between_pieces_leaves_nothing():
    written: list[str] = []
    terminal = TerminalAnswer(written.append)
    for piece in ("safe \x1b", "]0;owned", "\x07\x1b[3", "1mred\r", "\nend"):
        terminal.push(piece)
    assert "".join(written) == "safe red\nend"


def test_a_terminal_answer_goes_to_standard_output(capsys: pytest.CaptureFixture[str]):
    terminal = TerminalAnswer()
    terminal.push("one")
    assert capsys.readouterr().out == "one"
    terminal.finish("foot", warning="incomplete")
    assert capsys.readouterr().out == "\n— incomplete · foot\n"


@pytest.mark.parametrize(
    ("mode", "in_kernel", "kind"),
    [
        ("auto", True, LiveAnswer),
        ("live", True, LiveAnswer),
        ("auto", False, TerminalAnswer),
        ("live", False, TerminalAnswer),
        ("static", True, StaticAnswer),
        ("static", False, StaticAnswer),
        ("off", True, StaticAnswer),
        ("off", False, StaticAnswer),
    ],
)
def test_each_mode_has_its_display(mode: str, in_kernel: bool, kind: type):
    shown = chosen_display(mode, in_kernel=in_kernel, model="m", budget=9, code="json")
    assert type(shown) is kind
    assert getattr(shown, "quiet", False) is (mode == "off")
    assert getattr(shown, "budget", 9) == 9

"""Answers in the background: what the cell leaves behind, how it is waited for, and that nothing is lost."""

import asyncio
import inspect
import threading

import pytest
from IPython.core.interactiveshell import InteractiveShell
from thinking_kit import ThinkingKit, thoughtful

from racto_nb import load_ipython_extension, unload_ipython_extension
from racto_nb.exceptions import MalformedAnswerError, RactoGatewayAPIError, TemplateError, TruncatedAnswerError, UsageError
from racto_nb.models.response import FinishReason
from racto_nb.notebook.magics.pending import PendingAnswer
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.notebook.magics.result import RactoResult
from racto_nb.testing import FakeKit, FakeReply

NEVER = FakeReply(("never",), delay=1000)
SLOW = FakeReply(("one ", "two ", "three"), delay=0.02)
HALF = FakeReply(("half",), finish_reason=FinishReason.LENGTH)


@pytest.fixture(autouse=True)
def _stop(shell: InteractiveShell):
    yield
    magics_of(shell).close()


def magics_of(shell: InteractiveShell) -> RactoMagics:
    return shell.magics_manager.registry["RactoMagics"]


def ask(shell: InteractiveShell, line: str = "", body: str = "a question", *, replies: list | None = None) -> PendingAnswer:
    if replies is not None:
        shell.user_ns["kit"] = FakeKit(replies, repeat_last=True)
    shell.run_cell_magic("racto", f"--model kit --background --into first {line}", body)
    return shell.user_ns["first"]


def texts(shell: InteractiveShell) -> list[str]:
    return [output["data"]["text/plain"] for output in shell.display_pub.outputs]


def live(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RACTO_DISPLAY")
    shell.kernel = object()


def ended(answer: PendingAnswer) -> None:
    """Wait, as nobody's cell does, until it has ended."""
    while not answer.done:
        threading.Event().wait(0.005)


def test_the_cell_ends_at_once_and_leaves_an_answer_to_wait_for(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    assert shell.user_ns["_racto"] is answer
    assert answer.done is False
    assert texts(shell) == ["fake:fake-model was asked in the background: await first"]


def test_waiting_gives_the_result_and_the_answer_then_behaves_as_it(shell: InteractiveShell):
    answer = ask(shell, replies=[SLOW])
    result = answer.result()
    assert isinstance(result, RactoResult)
    assert answer.done
    assert (result.text, answer.text, str(answer), answer.complete) == ("one two three", "one two three", "one two three", True)
    assert repr(answer) == repr(result)
    assert answer._repr_mimebundle_() == result._repr_mimebundle_()
    assert magics_of(shell).session.last is result


def test_an_answer_is_awaited_in_a_cell(shell: InteractiveShell):
    ask(shell, replies=[SLOW])
    assert shell.run_cell("found = await first").success
    assert shell.user_ns["found"].text == "one two three"
    assert shell.run_cell("again = await found").success
    assert shell.user_ns["again"] is shell.user_ns["found"]


def test_several_cells_are_answered_at_once(shell: InteractiveShell):
    shell.user_ns.update({name: FakeKit([FakeReply((name,) * 5, delay=0.03)]) for name in ("red", "blue")})
    for name in ("red", "blue"):
        shell.run_cell_magic("racto", f"--model {name} -b --into {name}_answer", "q")
    assert shell.run_cell("import asyncio\nboth = await asyncio.gather(red_answer, blue_answer)").success
    assert [result.text for result in shell.user_ns["both"]] == ["redredredredred", "blueblueblueblueblue"]


@pytest.mark.parametrize("line", ["--json", "--df polars", "--json --no-stream"])
def test_shapes_work_in_the_background_too(shell: InteractiveShell, line: str):
    answer = ask(shell, line, replies=['[{"a": 1}]'])
    assert answer.result().parsed == [{"a": 1}]
    if "--df" in line:
        assert answer.df.shape == (1, 1)


@pytest.mark.parametrize(
    ("line", "reply", "kind"),
    [
        ("", HALF, TruncatedAnswerError),
        ("", RactoGatewayAPIError("down"), RactoGatewayAPIError),
        ("--json", "words", MalformedAnswerError),
        ("", ZeroDivisionError("bug"), ZeroDivisionError),
    ],
)
def test_what_failed_is_raised_by_whoever_waits_each_time(shell: InteractiveShell, line: str, reply: object, kind: type):
    answer = ask(shell, line, replies=[reply])
    for _ in range(2):
        with pytest.raises(kind):
            answer.result()
    error = shell.run_cell("await first", silent=True).error_in_exec
    assert type(error) is kind
    assert answer.text == {"": "half", "--json": "words"}[line] if isinstance(reply, str | FakeReply) else answer.text == ""


def test_an_error_says_where_the_part_is_kept(shell: InteractiveShell):
    answer = ask(shell, replies=[HALF])
    with pytest.raises(TruncatedAnswerError, match=r"The part is kept in first\.text") as caught:
        answer.result()
    assert len(caught.value._render_traceback_()) == 1


def test_an_error_that_nobody_waits_for_is_written_once(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    ended(ask(shell, replies=[RactoGatewayAPIError("down \x1b[31mred")]))
    said = []
    for _ in range(2):
        shell.run_cell("1 + 1")
        said.append(capsys.readouterr().err)
    assert said == ["The answer 'first' in the background failed. RactoGatewayAPIError: down red\n", ""]


def test_an_error_that_somebody_waits_for_is_raised_and_not_written(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    answer = ask(shell, replies=[FakeReply(("x", "y"), delay=0.1, cut_after=1)])
    with pytest.raises(RactoGatewayAPIError):
        answer.result()
    shell.run_cell("1 + 1")
    assert capsys.readouterr().err == ""


def test_an_error_after_an_impatient_wait_is_written(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    answer = ask(shell, replies=[FakeReply(("x", "y"), delay=0.1, cut_after=1)])
    with pytest.raises(TimeoutError):
        answer.result(timeout=0.001)
    ended(answer)
    shell.run_cell("1 + 1")
    assert capsys.readouterr().err.startswith("The answer 'first' in the background failed. StreamInterruptedError: ")


def test_an_answer_that_was_stopped_is_no_failure_to_report(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    answer = ask(shell, replies=[NEVER])
    answer.cancel()
    ended(answer)
    shell.run_cell("1 + 1")
    assert capsys.readouterr().err == ""


def test_nothing_is_written_when_the_session_ends(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    ask(shell, replies=[NEVER])
    session = magics_of(shell).session
    session.close()
    assert capsys.readouterr().err == ""
    assert session.tell not in shell.events.callbacks["post_run_cell"]


@pytest.mark.parametrize("name", ["text", "parsed", "df", "usage", "thinking", "model"])
def test_nothing_can_be_read_from_an_answer_that_is_being_written(shell: InteractiveShell, name: str):
    answer = ask(shell, replies=[NEVER])
    with pytest.raises(UsageError, match=r"still being written.*await first"):
        getattr(answer, name)


def test_whoever_looks_around_is_not_stopped_by_what_is_not_there_yet(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    assert (hasattr(answer, "text"), getattr(answer, "text", "none")) == (False, "none")
    assert {"cancel", "done"} <= {name for name, _ in inspect.getmembers(answer)}


def test_reading_too_early_is_shown_in_one_line(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    with pytest.raises(UsageError) as caught:
        _ = answer.text
    line = "UnfinishedError: The answer 'first' is still being written. Wait for it first: await first"
    assert caught.value._render_traceback_() == [line]


def test_plumbing_is_not_offered(shell: InteractiveShell):
    offered = dir(ask(shell, replies=[NEVER]))
    assert not {"begin", "is_of", "drawn", "frame", "thought", "code", "warning"} & set(offered)
    assert not [name for name in vars(PendingAnswer) if not name.startswith("_") and name not in offered]


def test_an_unknown_attribute_is_an_attribute_error_with_the_nearest(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    with pytest.raises(AttributeError, match="Did you mean 'text'"):
        _ = answer.txet
    assert not hasattr(answer, "_repr_html_")
    assert {"text", "df", "result", "cancel", "done"} <= set(dir(answer))


def test_what_is_shown_of_an_answer_that_is_being_written_is_true(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    assert repr(answer) == str(answer) == "— fake:fake-model is writing … 0 characters so far · await first"
    assert "0 characters so far" in answer._repr_mimebundle_()["text/html"]


def test_cancelling_hangs_up_and_keeps_the_part(shell: InteractiveShell):
    answer = ask(shell, replies=[FakeReply(tuple(f"w{n} " for n in range(10_000)), delay=0.01)])
    while not repr(answer).startswith("— fake:fake-model is writing … 3"):
        threading.Event().wait(0.005)
    assert answer.cancel() is True
    with pytest.raises(asyncio.CancelledError, match=r"the partial answer is kept in first\.text"):
        answer.result()
    assert answer.text.startswith("w0 ")
    assert (answer.complete, answer.cancel()) == (False, False)
    assert shell.user_ns["kit"].open_streams == 0


def test_an_answer_that_is_cancelled_at_once_was_never_begun(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    answer.cancel()
    with pytest.raises(asyncio.CancelledError, match="no answer had arrived") as caught:
        answer.result()
    assert caught.value._render_traceback_() == ["Interrupted: no answer had arrived"]
    assert answer.text == ""


def test_an_impatient_caller_leaves_the_answer_to_be_written(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    with pytest.raises(TimeoutError):
        answer.result(timeout=0.01)
    assert answer.done is False


def test_a_cancelled_wait_stops_the_model(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])

    async def impatient() -> None:
        await asyncio.wait_for(answer, 0.05)

    with pytest.raises((TimeoutError, asyncio.CancelledError)):
        asyncio.run(impatient())
    assert answer.done
    assert shell.user_ns["kit"].open_streams == 0


def test_without_a_name_nothing_is_asked(shell: InteractiveShell):
    shell.user_ns["kit"] = FakeKit(["x"])
    with pytest.raises(UsageError, match="--background needs --into NAME"):
        shell.run_cell_magic("racto", "--model kit --background", "q")
    assert shell.user_ns["kit"].calls == []


@pytest.mark.parametrize("line", ["--into first", "--background --into first"])
def test_an_answer_that_is_being_written_is_not_overwritten(shell: InteractiveShell, line: str):
    answer = ask(shell, replies=[NEVER])
    with pytest.raises(UsageError, match=r"'first' is still being written.*first\.cancel\(\)"):
        shell.run_cell_magic("racto", f"--model kit {line}", "q")
    assert shell.user_ns["first"] is answer


@pytest.mark.parametrize("place", ["{{first}}", "{{first.text}}"])
def test_an_answer_that_is_being_written_is_not_inserted_into_a_prompt(shell: InteractiveShell, place: str):
    ask(shell, replies=[NEVER])
    with pytest.raises(TemplateError, match="await first"):
        shell.run_cell_magic("racto", "--model kit", place)


def test_an_answer_is_inserted_into_a_prompt_when_it_is_there(shell: InteractiveShell):
    ask(shell, replies=[SLOW, "second"]).result()
    shell.run_cell_magic("racto", "--model kit", "{{first}}, {{first.text}}, {{_racto}}")
    assert shell.user_ns["kit"].calls[-1]["messages"][-1]["content"] == "one two three, one two three, one two three"


def test_a_live_answer_is_one_display_below_the_cell_that_asked(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    live(shell, monkeypatch)
    ask(shell, replies=[SLOW]).result()
    assert texts(shell)[0] == "\n\n— waiting for fake:fake-model … · in the background: await first"
    assert texts(shell)[-1].startswith("one two three\n\n— fake:fake-model · ")
    assert len({output["transient"]["display_id"] for output in shell.display_pub.outputs}) == 1


def test_a_live_answer_that_thinks_first_is_the_same_one_display(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    live(shell, monkeypatch)
    shell.user_ns["kit"] = ThinkingKit([thoughtful(5, 5, delay=0.03)])
    ask(shell).result()
    shown = texts(shell)
    assert len({output["transient"]["display_id"] for output in shell.display_pub.outputs}) == 1
    assert any("— fake:fake-model is thinking … " in text and "so far · in the background: await first" in text for text in shown)
    assert shown[-1].startswith("word0 word1 word2 word3 word4 ")
    assert "thought for " in shown[-1]


def test_a_cell_that_is_run_anew_too_early_shows_the_answer_still(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    live(shell, monkeypatch)
    answer = ask(shell, "--history talk", replies=[FakeReply(("one ", "two"), delay=0.05)])
    first = len(shell.display_pub.outputs)
    with pytest.raises(UsageError, match="'first' is still being written"):
        ask(shell, "--history talk")
    assert "await first" in texts(shell)[first]
    answer.result()
    # What is shown a second time has the name of the first, so that the front end updates both.
    assert len({output["transient"]["display_id"] for output in shell.display_pub.outputs}) == 1
    assert [bool(output.get("update")) for output in shell.display_pub.outputs].count(False) == 2


@pytest.mark.parametrize("line", ["", "--no-stream"])
def test_a_live_error_stands_below_the_cell(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, line: str, capfd):
    live(shell, monkeypatch)
    ended(ask(shell, line, replies=[HALF]))
    assert "— incomplete: TruncatedAnswerError: The answer was cut" in texts(shell)[-1]
    assert "<b>incomplete: <span>Truncated" in shell.display_pub.outputs[-1]["data"]["text/html"]
    assert capfd.readouterr().err == ""


def test_quiet_shows_nothing_at_all(shell: InteractiveShell):
    assert ask(shell, "--quiet", replies=["x"]).result().text == "x"
    assert texts(shell) == []


def test_unloading_stops_what_is_being_written_and_ends_its_thread(shell: InteractiveShell):
    answer = ask(shell, replies=[NEVER])
    unload_ipython_extension(shell)
    assert answer.done
    with pytest.raises(asyncio.CancelledError):
        answer.result()
    assert not [thread.name for thread in threading.enumerate() if "background answers" in thread.name]
    load_ipython_extension(shell)
    assert ask(shell, replies=["anew"]).result().text == "anew"


def test_a_display_that_fails_does_not_leave_anybody_waiting(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    answer = ask(shell, replies=[SLOW])

    def broken(*_: object, **__: object) -> None:
        raise OSError("no page")

    answer._asking.shown.__class__.finish, kept = broken, answer._asking.shown.__class__.finish
    try:
        with pytest.raises(OSError, match="no page"):
            answer.result()
    finally:
        answer._asking.shown.__class__.finish = kept
    assert "no page" in repr(answer)

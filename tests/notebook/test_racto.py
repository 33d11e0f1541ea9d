"""`%%racto` in a real IPython shell: what a cell sends, keeps and shows, and how it fails."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets import TraitError

from racto_nb.exceptions import MalformedAnswerError, RactoGatewayAPIError, TemplateError, TruncatedAnswerError, UsageError
from racto_nb.models.response import FinishReason
from racto_nb.notebook.magics.failing import Interrupted
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.testing import FakeKit, FakeReply

HALF = FakeReply(("half",), finish_reason=FinishReason.LENGTH)


def ask(shell: InteractiveShell, line: str = "", body: str = "a question", *, replies: list | None = None) -> FakeKit:
    if replies is not None:
        shell.user_ns["kit"] = FakeKit(replies)
    shell.run_cell_magic("racto", f"--model kit {line}", body)
    return shell.user_ns["kit"]


def magics_of(shell: InteractiveShell) -> RactoMagics:
    return shell.magics_manager.registry["RactoMagics"]


def texts(shell: InteractiveShell) -> list[str]:
    return [output["data"]["text/plain"] for output in shell.display_pub.outputs]


def test_an_answer_is_shown_once_and_kept(shell: InteractiveShell):
    kit = ask(shell, "--into found", replies=["one two"])
    assert shell.user_ns["_racto"] is shell.user_ns["found"]
    assert str(shell.user_ns["found"]) == "one two"
    assert len(texts(shell)) == 1
    assert texts(shell)[0].startswith("one two\n\n— fake:fake-model · ")
    assert kit.calls[0]["messages"][-1] == {"role": "user", "content": "a question"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (HALF, TruncatedAnswerError),
        (RactoGatewayAPIError("down"), RactoGatewayAPIError),
        (ZeroDivisionError("bug"), ZeroDivisionError),
    ],
)
def test_a_failing_cell_keeps_its_result_too(shell: InteractiveShell, reply, kind: type):
    shell.user_ns["found"] = "older"
    with pytest.raises(kind):
        ask(shell, "--into found", replies=[reply])
    assert shell.user_ns["found"] is shell.user_ns["_racto"] is magics_of(shell).session.last
    assert shell.user_ns["found"].complete is False
    assert len(texts(shell)) == 1


@pytest.mark.parametrize(("reply", "warning"), [(HALF, "incomplete"), (RactoGatewayAPIError("down"), "no answer")])
def test_a_failing_cell_says_below_what_is_wrong(shell: InteractiveShell, reply, warning: str):
    with pytest.raises(Exception, match=r"cut|down"):
        ask(shell, replies=[reply])
    assert f"— {warning} · fake:fake-model" in texts(shell)[0]


def test_an_answer_of_the_wrong_shape_says_so_below(shell: InteractiveShell):
    with pytest.raises(MalformedAnswerError, match="is not JSON"):
        ask(shell, "--json", replies=["words"])
    assert "— not the asked shape · " in texts(shell)[0]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("%%racto --model kit\n{{nobody}}", "TemplateError: "),
        ("%%racto --modle kit\nq", "UsageError: "),
        ("%racto modles", "UsageError: "),
        ("%racto history nobody", "NotFoundError: "),
        ("%racto use embedded:nope", "ModelNotFoundError: "),
    ],
)
def test_an_error_of_ours_is_one_line(shell: InteractiveShell, source: str, says: str, capsys: pytest.CaptureFixture[str]):
    shell.user_ns["kit"] = FakeKit([])
    error = shell.run_cell(source).error_in_exec
    lines = error._render_traceback_()
    assert len(lines) == 1
    assert lines[0].startswith(says)
    assert capsys.readouterr().out.strip() == lines[0]
    assert shell.user_ns["kit"].calls == []


def test_an_error_of_ours_keeps_its_cause(shell: InteractiveShell):
    cause = OSError("the line went dead")
    error = RactoGatewayAPIError("no connection")
    error.__cause__ = cause
    with pytest.raises(RactoGatewayAPIError) as caught:
        ask(shell, replies=[error])
    assert caught.value.__cause__ is cause


def test_an_unforeseen_error_keeps_its_traceback(shell: InteractiveShell):
    with pytest.raises(ZeroDivisionError) as caught:
        ask(shell, replies=[ZeroDivisionError("bug")])
    assert not hasattr(caught.value, "_render_traceback_")


def test_an_interrupt_before_the_question_is_one_line_too(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RactoMagics, "_ask", stop)
    with pytest.raises(Interrupted, match="the cell was stopped"):
        ask(shell, replies=[])


def test_a_conversation_goes_on_and_gains_whole_answers_only(shell: InteractiveShell):
    kit = ask(shell, "--history talk", "first", replies=["one", HALF, RactoGatewayAPIError("down"), "four"])
    for body in ("second", "third"):
        with pytest.raises((TruncatedAnswerError, RactoGatewayAPIError)):
            ask(shell, "--history talk", body)
    ask(shell, "--history talk", "fourth")
    assert [message["content"] for message in kit.calls[-1]["messages"]] == ["first", "one", "fourth"]
    kept = magics_of(shell).session.history("talk")
    assert [turn.content for turn in kept] == ["first", "one", "fourth", "four"]


def test_a_failed_new_beginning_keeps_the_old_conversation(shell: InteractiveShell):
    ask(shell, "--history talk", "first", replies=["one", HALF, "three"])
    with pytest.raises(TruncatedAnswerError):
        ask(shell, "--history talk --new", "second")
    assert len(magics_of(shell).session.history("talk")) == 2
    kit = ask(shell, "--history talk --new", "third")
    assert [message["content"] for message in kit.calls[-1]["messages"]] == ["third"]
    assert [turn.content for turn in magics_of(shell).session.history("talk")] == ["third", "three"]


def test_an_answer_of_the_wrong_shape_is_not_remembered(shell: InteractiveShell):
    with pytest.raises(MalformedAnswerError, match="is not JSON"):
        ask(shell, "--history talk --json", replies=["words"])
    assert magics_of(shell).session.conversations == {}


def test_a_frame_is_shown_in_place_of_its_json_unless_quiet(shell: InteractiveShell):
    ask(shell, "--df polars", replies=['[{"a": 1}]', '[{"a": 1}]'])
    assert len(texts(shell)) == 1
    assert "shape: (1, 1)" in texts(shell)[0]
    assert '"a"' not in texts(shell)[0]
    ask(shell, "--df polars --quiet")
    assert len(texts(shell)) == 1
    assert shell.user_ns["_racto"].df.shape == (1, 1)


def test_a_dry_run_shows_the_text_and_sends_nothing(shell: InteractiveShell):
    shell.user_ns["what"] = "```quokka```"
    kit = ask(shell, "--dry-run --system 'Be <b>brief</b>.'", "About {{what}}", replies=[])
    assert kit.calls == []
    assert "About ```quokka```" in texts(shell)[0]
    assert "— dry run · " in texts(shell)[0]
    assert "not sent" in texts(shell)[0]
    assert "_racto" not in shell.user_ns


@pytest.mark.parametrize("body", ["  \n ", "{{missing}}"])
def test_nothing_is_sent_when_the_question_is_wrong(shell: InteractiveShell, body: str):
    with pytest.raises((UsageError, TemplateError)):
        ask(shell, "--into found", body, replies=["x"])
    assert shell.user_ns["kit"].calls == []
    assert "found" not in shell.user_ns


def test_a_wrong_mode_in_the_environment_is_refused_before_anything_is_sent(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RACTO_DISPLAY", "statik")
    with pytest.raises(UsageError, match=r"RACTO_DISPLAY='statik' is not a way to show answers\. Did you mean 'static'"):
        ask(shell, replies=["x"])
    assert shell.user_ns["kit"].calls == []


@pytest.mark.parametrize(
    ("mode", "line", "count"), [("off", "", 0), ("off", "--no-stream", 0), ("static", "--quiet", 0), ("live", "--no-stream", 1)]
)
def test_modes_that_show_once_or_not_at_all(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, mode: str, line: str, count: int
):
    monkeypatch.setenv("RACTO_DISPLAY", mode)
    ask(shell, line, replies=["one two"])
    assert len(texts(shell)) == count
    assert shell.user_ns["_racto"].text == "one two"


def test_a_terminal_gets_plain_text(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.delenv("RACTO_DISPLAY")
    ask(shell, replies=["one \x1b[31mtwo"])
    assert capsys.readouterr().out.startswith("one two\n— fake:fake-model · ")
    assert texts(shell) == []


def test_a_kernel_gets_one_display_that_is_updated(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RACTO_DISPLAY")
    shell.kernel = object()
    ask(shell, replies=["one two"])
    updates = [output["update"] for output in shell.display_pub.outputs]
    assert updates == [False] + [True] * (len(updates) - 1)
    assert len({output["transient"]["display_id"] for output in shell.display_pub.outputs}) == 1
    assert texts(shell)[0] == "\n\n— waiting for fake:fake-model …"
    assert texts(shell)[-1].startswith("one two\n\n— fake:fake-model · ")


def test_settings_apply_where_the_line_is_silent(shell: InteractiveShell):
    for setting in ("model = 'kit'", "temperature = 0.5", "max_tokens = 7"):
        shell.run_line_magic("config", f"RactoMagics.{setting}")
    shell.user_ns["kit"] = kit = FakeKit(["a", "b"])
    shell.run_cell_magic("racto", "", "q")
    shell.run_cell_magic("racto", "-t 0 --max-tokens 9", "q")
    assert [(call["temperature"], call["max_tokens"]) for call in kit.calls] == [(0.5, 7), (0.0, 9)]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("display", "loud", "'auto'"),
        ("temperature", 3.0, "2.0"),
        ("temperature", "hot", "float"),
        ("max_tokens", -1, "0"),
        ("timeout", -1.0, "0.0"),
        ("budget", 1, "10000"),
        ("model", 5, "unicode string"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name_and_what_is_allowed(
    shell: InteractiveShell, name: str, value: object, says: str
):
    magics = magics_of(shell)
    before = getattr(magics, name)
    with pytest.raises(TraitError) as caught:
        setattr(magics, name, value)
    assert name in str(caught.value)
    assert says in str(caught.value)
    assert getattr(magics, name) == before


def test_the_help_lists_every_option():
    assert "--max-tokens" in RactoMagics.racto.__doc__
    assert "OPTIONS" not in RactoMagics.racto.__doc__

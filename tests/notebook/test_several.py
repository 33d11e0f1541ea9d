"""Several `--model`s in one cell: asked at once, shown side by side, kept by name; one that fails takes nothing from the others."""

import threading
from typing import Any

import pytest
from calling_replies import calls
from in_process_notebook import Notebook
from pydantic import BaseModel

from racto_nb.exceptions import AnswerError, ModelNotFoundError, RactoGatewayAuthError, UsageError
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.notebook.display.columns import SideBySide, chosen_columns
from racto_nb.notebook.magics import together
from racto_nb.notebook.magics.answers import Answers
from racto_nb.notebook.magics.result import RactoResult
from racto_nb.testing import FakeKit, FakeReply

HOSTILE = "<script>alert(1)</script>\x1b[31m"
RESPONSE = LLMResponse()


class Person(BaseModel):
    name: str


def now() -> str:
    """The time."""
    return "12:00"


class GatedKit(FakeKit):
    """A kit that counts how many of its kind answer at the same time."""

    running, most, gate = 0, 0, threading.Lock()

    async def achat(self, config: Any) -> Any:
        cls = type(self)
        with cls.gate:
            cls.running += 1
            cls.most = max(cls.most, cls.running)
        try:
            return await super().achat(config)
        finally:
            with cls.gate:
                cls.running -= 1


def ask(notebook: Notebook, line: str = "", **kits: Any) -> BaseException | None:
    """Ask kits of these names with these replies."""
    for name, replies in kits.items():
        given = replies if isinstance(replies, list) else [replies]
        notebook[name] = FakeKit(given, model=f"{name}-model")
    models = " ".join(f"--model {name}" for name in kits)
    return notebook.run(f"%%racto {models} {line}\nWhat is it?")


def test_the_answers_are_kept_by_name_and_shown_in_order(notebook: Notebook):
    notebook.shell.user_ns["found"] = None
    assert ask(notebook, "--into found", first="one", second="two") is None
    found = notebook["found"]
    assert found is notebook["_racto"]
    assert {name: answer.text for name, answer in found.items()} == {"first": "one", "second": "two"}
    assert found["second"].model == "fake:second-model"
    assert len(notebook.shown) == 1
    assert notebook.text.startswith("── first ──\none\n\n— fake:first-model · 3 + 1 tokens")
    assert "\n\n── second ──\ntwo\n\n— fake:second-model" in notebook.text
    assert found._repr_mimebundle_() == notebook.shown[0]
    notebook.ok("%racto last")
    assert notebook.text.startswith("── first ──")


def test_one_that_fails_is_shown_in_its_place_and_fails_the_cell_at_the_end(notebook: Notebook):
    error = ask(notebook, first="one", second=ConnectionError("gone"), third="three")
    assert isinstance(error, AnswerError)
    assert str(error) == "1 of 3 models failed. The other answers are in _racto. second (ConnectionError: gone)"
    assert isinstance(error.__cause__, ConnectionError)
    assert [answer.text for answer in notebook["_racto"].values()] == ["one", "", "three"]
    assert list(notebook["_racto"].errors) == ["second"]
    assert "── second ──\n— no answer: ConnectionError: gone · fake:second-model" in notebook.text


def test_a_part_is_kept_and_shown_with_what_is_wrong(notebook: Notebook):
    ask(notebook, first=FakeReply(("half",), finish_reason=FinishReason.LENGTH), second="two")
    assert notebook["_racto"]["first"].text == "half"
    assert "half\n\n— incomplete: TruncatedAnswerError: The answer was cut" in notebook.text
    assert "_racto['first'].text" in notebook.text


def test_when_all_fail_none_is_said_to_be_left(notebook: Notebook):
    error = ask(notebook, first=ConnectionError("a"), second=ConnectionError("b"))
    assert str(error) == "2 of 2 models failed. first (ConnectionError: a); second (ConnectionError: b)"


def test_a_missing_key_fails_its_model_only(notebook: Notebook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    notebook["first"] = FakeKit(["one"])
    error = notebook.failed("%%racto --model openai:gpt-6-luna --model first\nWhat is it?")
    assert isinstance(error, AnswerError)
    assert isinstance(notebook["_racto"].errors["openai:gpt-6-luna"], RactoGatewayAuthError)
    assert notebook["_racto"]["first"].text == "one"
    assert "openai:gpt-6-luna · not sent" in notebook.text


def test_a_misspelt_model_fails_before_anything_is_sent(notebook: Notebook):
    notebook["first"] = FakeKit(["one"])
    error = notebook.failed("%%racto --model first --model embedded:smollm2-135\nWhat is it?")
    assert isinstance(error, ModelNotFoundError)
    assert notebook["first"].calls == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--history talk", "--history is one conversation"),
        ("--background --into x", "--background is for one model"),
        ("--model first", "--model first is given twice"),
    ],
)
def test_what_does_not_go_with_several_models_is_refused(notebook: Notebook, line: str, says: str):
    error = ask(notebook, line, first="one", second="two")
    assert isinstance(error, UsageError)
    assert says in str(error)
    assert notebook["first"].calls == []


def test_each_answer_has_its_shape_and_is_asked_for_again_by_itself(notebook: Notebook):
    notebook["Person"] = Person
    assert ask(notebook, "--as Person", first='{"name": "Ann"}', second=["{}", '{"name": "Tom"}']) is None
    assert [answer.parsed for answer in notebook["_racto"].values()] == [Person(name="Ann"), Person(name="Tom")]
    assert notebook.text.count("asked again") == 1


def test_each_may_call_the_tools(notebook: Notebook):
    notebook["now"] = now
    assert ask(notebook, "--tools now", first=[calls("", ("now", {})), "It is 12."], second="Late.") is None
    assert [len(answer.tool_runs) for answer in notebook["_racto"].values()] == [1, 0]
    assert "✓ now()" in notebook.text


def test_frames_are_shown_in_the_columns(notebook: Notebook):
    assert ask(notebook, "--df polars", first='[{"a": 1}]', second='[{"a": 2}]') is None
    assert notebook.text.count("shape: (1, 1)") == 2
    assert notebook["_racto"]["second"].df["a"].to_list() == [2]


def test_a_dry_run_shows_a_text_once_for_all_that_would_get_it(notebook: Notebook):
    assert ask(notebook, "--dry-run", first="one", second="two") is None
    assert "first, second · not sent" in notebook.text
    assert notebook["first"].calls == []


@pytest.mark.parametrize(("line", "displays"), [("--quiet", 0), ("--no-stream", 1)])
def test_quiet_and_whole_answers(notebook: Notebook, line: str, displays: int):
    assert ask(notebook, line, first="one", second="two") is None
    assert len(notebook.shown) == displays
    assert notebook["_racto"]["second"].text == "two"


def test_at_most_four_are_asked_at_a_time(notebook: Notebook):
    names = [f"kit{number}" for number in range(9)]
    GatedKit.most = 0
    for name in names:
        notebook[name] = GatedKit([FakeReply(("x",), delay=0.02)], model=name)
    notebook.ok(f"%%racto --no-stream {' '.join(f'--model {name}' for name in names)}\nWhat is it?")
    assert GatedKit.most == together.MOST_AT_ONCE
    assert list(notebook["_racto"]) == names


def test_a_terminal_shows_each_answer_when_it_has_ended(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("RACTO_DISPLAY")
    assert ask(notebook, first=HOSTILE, second="two") is None
    written = capsys.readouterr().out
    assert "── second ──\ntwo\n" in written
    assert "\x1b" not in written
    assert notebook.shown == []


def test_a_kernel_gets_one_display_that_is_updated(notebook: Notebook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RACTO_DISPLAY")
    notebook.shell.kernel = object()
    assert ask(notebook, first="one", second="two") is None
    outputs = notebook.shell.display_pub.outputs
    assert [output["update"] for output in outputs] == [False] + [True] * (len(outputs) - 1)
    assert notebook.shown[0]["text/plain"] == "── first ──\n— waiting …\n\n── second ──\n— waiting …"
    assert notebook.shown[-1] == notebook["_racto"]._repr_mimebundle_()


def test_names_and_answers_cannot_leave_their_places():
    columns = chosen_columns("live", [HOSTILE, "b"], in_kernel=True, budget=10_000)
    assert isinstance(columns, SideBySide)
    columns.columns[0].push(HOSTILE)
    html = columns.columns[0].pane.html
    assert "<script" not in html
    answers = Answers({HOSTILE: RactoResult(HOSTILE, RESPONSE, HOSTILE, "")})
    assert "<script" not in answers._repr_mimebundle_()["text/html"]
    assert "\x1b" not in repr(answers)


def test_several_answers_say_whose_is_meant(notebook: Notebook):
    ask(notebook, first="one", second="two")
    with pytest.raises(AttributeError, match=r"Say whose: \['first'\]\.text"):
        _ = notebook["_racto"].text
    with pytest.raises(AttributeError, match="have no 'nonsense'"):
        _ = notebook["_racto"].nonsense
    with pytest.raises(KeyError, match="Did you mean 'second'"):
        _ = notebook["_racto"]["secnd"]


def test_they_can_be_asked_about(notebook: Notebook):
    ask(notebook, first="one", second="two")
    notebook["kit"] = FakeKit(["The first."])
    notebook.ok("%%racto --model kit\nWhich is shorter: {{_racto['first']}} or {{_racto['second'].text}}?")
    assert notebook["kit"].calls[0]["messages"][0]["content"] == "Which is shorter: one or two?"

"""`--tools`: what the model may call, what is shown of it, what is kept, and how a cell ends."""

import asyncio

import pytest
from calling_replies import calls
from in_process_notebook import Notebook
from pydantic import BaseModel

from racto_nb import load_ipython_extension
from racto_nb.exceptions import (
    AnswerError,
    RactoGatewayServerError,
    ResponseModelValidationError,
    UnsupportedError,
    UsageError,
)
from racto_nb.models.chat import ChatConfig
from racto_nb.notebook.magics.tooling import Joined, has_async, tools_of
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry


class Booking(BaseModel):
    """Book a seat."""

    city: str


def weather(city: str, days: int = 1) -> dict[str, object]:
    """The weather in a city."""
    if city == "Atlantis":
        raise LookupError("no such <b>city</b>")
    return {"city": city, "days": days}


async def slow_weather(city: str) -> str:
    """The weather, after a while."""
    await asyncio.sleep(0)
    return f"rain in {city}"


def registry(*functions: object) -> ToolRegistry:
    found = ToolRegistry()
    for function in functions:
        found.register(function)
    return found


NAMES = {"weather": weather, "Booking": Booking, "slow_weather": slow_weather, "number": 5, "both": registry(weather, Booking)}


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook.shell.user_ns.update(NAMES)
    return notebook


def ask(notebook: Notebook, line: str, *replies: object, **kit: object) -> BaseException | None:
    notebook["kit"] = FakeKit(list(replies), **kit)
    return notebook.run(f"%%racto --model kit {line}\nWhat is the weather?")


def names(tools) -> list[str]:
    return [schema.name for schema in tools.schemas]


def test_a_registry_is_used_as_it_is():
    assert tools_of(["both"], NAMES) is NAMES["both"]
    assert tools_of([], NAMES) is None


def test_functions_and_classes_are_put_into_one_registry():
    tools = tools_of(["weather", "Booking"], NAMES)
    assert names(tools) == ["weather", "Booking"]
    assert tools.get_callable("weather") is not None
    assert tools.get_callable("Booking") is None


def test_a_registry_and_a_function_are_joined():
    tools = tools_of(["both", "slow_weather"], NAMES)
    assert isinstance(tools, Joined)
    assert names(tools) == ["weather", "Booking", "slow_weather"]
    assert (len(tools), "weather" in tools, "slow_weather" in tools, "other" in tools) == (3, True, True, False)
    assert tools.validated("weather", {"city": "Oslo", "days": "2"}) == {"city": "Oslo", "days": 2}
    assert (tools.get_callable("slow_weather") is None, tools.get_callable("other")) == (False, None)
    with pytest.raises(ValueError, match="no tool 'other'"):
        tools.validated("other", {})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["wether"], "there is no variable 'wether'. Did you mean 'weather'"),
        (["number"], "'number' is of the type int"),
        (["int_class"], "'int_class' is the class int"),
        (["weather", "weather"], "two tools are called 'weather'"),
        (["both", "weather"], "two tools are called 'weather'"),
        (["empty"], "--tools empty holds no tools"),
    ],
)
def test_what_is_no_tool_is_refused(given: list[str], says: str):
    with pytest.raises(UsageError, match=says.replace(".", r"\.")):
        tools_of(given, {**NAMES, "int_class": int, "empty": ToolRegistry()})


@pytest.mark.parametrize(("given", "found"), [(["weather"], False), (["slow_weather"], True), (["both", "slow_weather"], True)])
def test_async_functions_are_seen(given: list[str], found: bool):
    assert has_async(tools_of(given, NAMES)) is found


@pytest.mark.parametrize("stream", ["", "--no-stream"])
def test_calls_are_carried_out_shown_and_kept(notebook: Notebook, stream: str):
    two = calls("Let me look.", ("weather", {"city": "Oslo", "days": "2"}), ("weather", {"city": "Atlantis"}))
    assert ask(notebook, f"--tools weather --into found {stream}", two, "It rains.") is None
    found = notebook["found"]
    assert notebook["kit"].calls[0]["tools"] == ["weather"]
    assert [(run.name, run.error) for run in found.tool_runs] == [
        ("weather", None),
        ("weather", "LookupError: no such <b>city</b>"),
    ]
    assert (found.text, found.complete) == ("It rains.", True)
    assert notebook.text.startswith(
        'Let me look.\n✓ weather(city="Oslo", days="2")\n  {"city":"Oslo","days":2}\n'
        '✗ weather(city="Atlantis")\n  LookupError: no such <b>city</b>\n\nIt rains.'
    )
    assert "<b>city" not in notebook.shown[0]["text/html"]
    assert found._repr_mimebundle_() == notebook.shown[0]


def test_a_cell_that_ends_at_the_limit_of_turns_says_so_and_fails(notebook: Notebook):
    asked = calls("", ("weather", {"city": "Oslo"}))
    error = ask(notebook, "--tools weather --max-tool-turns 2", asked, repeat_last=True)
    assert isinstance(error, AnswerError)
    assert "Raise --max-tool-turns (at most 10)" in str(error)
    assert len(notebook["kit"].calls) == 3
    assert "— rounds of calls used up · fake:fake-model" in notebook.text
    assert "○ weather" in notebook.text
    assert (len(notebook["_racto"].tool_runs), len(notebook["_racto"].tool_calls)) == (2, 1)


def test_a_call_of_a_class_is_an_answer_and_its_arguments_are_kept(notebook: Notebook):
    assert ask(notebook, "--tools Booking --history talk", calls("Booking it.", ("Booking", {"city": "Oslo"}))) is None
    assert [(call.name, call.arguments) for call in notebook["_racto"].tool_calls] == [("Booking", {"city": "Oslo"})]
    assert 'Booking it.\n○ Booking(city="Oslo")\n  not carried out, kept in .tool_calls' in notebook.text
    assert notebook["_racto"]._repr_mimebundle_() == notebook.shown[0]


def test_a_turn_without_a_text_does_not_join_the_conversation(notebook: Notebook, capsys: pytest.CaptureFixture[str]):
    ask(notebook, "--tools Booking --history talk", calls("", ("Booking", {"city": "Oslo"})))
    notebook.ok("%racto history")
    assert "talk" not in notebook.text


def test_a_call_of_a_class_is_no_answer_where_json_was_asked_for(notebook: Notebook):
    error = ask(notebook, "--tools Booking --json", calls("", ("Booking", {"city": "Oslo"})))
    assert isinstance(error, AnswerError)
    assert "Booking, which has no function to run" in str(error)


def test_async_tools_are_awaited(notebook: Notebook):
    assert ask(notebook, "--tools slow_weather", calls("", ("slow_weather", {"city": "Oslo"})), "It rains.") is None
    assert notebook["_racto"].tool_runs[0].content == "rain in Oslo"
    assert notebook["_racto"].text == "It rains."


def test_the_tools_work_in_the_background_too(notebook: Notebook):
    assert (
        ask(notebook, "--tools weather --background --into found", calls("", ("weather", {"city": "Oslo"})), "It rains.") is None
    )
    found = notebook["found"].result(30)
    assert (found.text, len(found.tool_runs)) == ("It rains.", 1)


def test_an_answer_that_breaks_after_a_call_keeps_the_call(notebook: Notebook):
    error = ask(notebook, "--tools weather", calls("", ("weather", {"city": "Oslo"})), ConnectionError("gone"))
    assert isinstance(error, ConnectionError)
    assert [run.content for run in notebook["_racto"].tool_runs] == ['{"city":"Oslo","days":1}']
    assert "✓ weather" in notebook.text


def test_a_model_that_calls_no_tools_is_told_in_the_words_of_cells(notebook: Notebook):
    error = ask(notebook, "--tools weather", "x", abilities=Abilities(tools=False))
    assert isinstance(error, UnsupportedError)
    assert "calls no tools. Leave out --tools" in str(error)
    assert notebook["kit"].calls == []


def test_a_model_that_calls_without_having_tools_is_told_how_to_give_them(notebook: Notebook):
    error = ask(notebook, "", calls("", ("weather", {"city": "Oslo"})))
    assert "Give the cell its tools with --tools" in str(error)


def test_tools_and_a_class_go_together(notebook: Notebook):
    error = ask(notebook, "--tools weather --as Booking", calls("", ("weather", {"city": "Oslo"})), '{"city": "Oslo"}')
    assert error is None
    assert notebook["_racto"].parsed == Booking(city="Oslo")


@pytest.mark.parametrize("line", ["", "--no-stream", "--no-stream --background --into found"])
def test_what_tools_have_done_is_kept_when_a_later_turn_fails(notebook: Notebook, line: str):
    broken = RactoGatewayServerError("gone")
    error = ask(notebook, f"--tools weather {line}", calls("Let me look.", ("weather", {"city": "Oslo"})), broken)
    if "found" in line:
        with pytest.raises(RactoGatewayServerError):
            notebook["found"].result(30)
    else:
        assert isinstance(error, RactoGatewayServerError)
        assert '✓ weather(city="Oslo")\n  {"city":"Oslo","days":1}' in notebook.text
    assert [run.content for run in notebook["_racto"].tool_runs] == ['{"city":"Oslo","days":1}']


@pytest.mark.parametrize("line", ["", "--no-stream"])
def test_the_calls_of_all_tries_are_shown_and_kept(notebook: Notebook, line: str):
    call = calls("", ("weather", {"city": "Oslo"}))
    error = ask(notebook, f"--tools weather --as Booking {line}", call, "no", call, "no", call, "no")
    assert isinstance(error, ResponseModelValidationError)
    assert (len(notebook["_racto"].tool_runs), notebook.text.count("✓ weather")) == (3, 3)


def test_a_hint_runs_nothing_of_the_variables_and_names_only_the_users_tools():
    class Loud:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    known = {**NAMES, "loud": Loud(), "open": open, "load": load_ipython_extension, "ChatConfig": ChatConfig}
    with pytest.raises(UsageError, match=r"Known: Booking, both, slow_weather, weather\. Nothing was sent"):
        tools_of(["xyz"], known)


def test_a_tool_that_is_found_is_found_without_a_look_at_the_others():
    class Names(dict[str, object]):
        def items(self):
            raise AssertionError("all variables were looked at")

    assert names(tools_of(["weather"], Names(NAMES))) == ["weather"]


def test_a_dry_run_says_which_tools_would_be_sent_and_needs_no_key(notebook: Notebook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for models in ("openai:gpt-6-luna", "openai:gpt-6-luna --model openai:gpt-6"):
        notebook.ok(f"%%racto --model {models} --tools weather --dry-run\nx")
        assert "openai:gpt-6-luna" in notebook.text
        assert "not sent · tools: weather" in notebook.text

"""Keys of the environment stay here: tools do not tell them, answers do not repeat them, also piece by piece."""

import asyncio
import gc
import inspect
import json
import os
from collections.abc import Callable
from urllib.parse import quote

import pytest
from calling_replies import calls
from hypothesis import given
from hypothesis import strategies as st
from in_process_notebook import Notebook

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import TemplateError
from racto_nb.models.response import LLMResponse
from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.streaming import LiveAnswer
from racto_nb.notebook.display.terminal import TerminalAnswer
from racto_nb.notebook.magics.guarding import _Awaited, guarded, without_secrets
from racto_nb.notebook.magics.tooling import has_async
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry

KEY = "sk-proj-abcdef1234567890"
ENVIRONMENT = {"OPENAI_API_KEY": KEY}
SECRETS = Secrets.of(ENVIRONMENT)
NOT_TOLD = "its result holds the value of the environment variable OPENAI_API_KEY: not told"


@pytest.fixture
def notebook(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return notebook


def settings() -> dict[str, str]:
    """The settings."""
    return dict(os.environ)


async def slow_settings() -> dict[str, str]:
    """The settings."""
    await asyncio.sleep(0)
    return dict(os.environ)


class Settings:
    """Shows itself."""

    def __str__(self) -> str:
        return f"Settings({os.environ['OPENAI_API_KEY']})"


def settings_object() -> object:
    """The settings."""
    return Settings()


def refused() -> str:
    """Call a server."""
    raise ValueError(f"401 for key {os.environ['OPENAI_API_KEY']}")


def ended() -> str:
    """End the program."""
    raise SystemExit(f"no key {os.environ['OPENAI_API_KEY']}")


def escaped() -> str:
    """Call a page."""
    return f"GET https://host/?key={quote('sk-live/abc+DEF=12345678', safe='')}"


def slashed() -> str:
    """Read what a program in PHP wrote."""
    return json.dumps("sk-live/abc+DEF=12345678").replace("/", "\\/")


def harmless() -> dict[str, int]:
    """Count."""
    return {"rows": 3}


def ask(notebook: Notebook, tool: Callable[..., object], line: str, *replies: object) -> BaseException | None:
    name = tool.__name__
    notebook[name] = tool
    notebook["kit"] = FakeKit(list(replies or (calls("", (name, {})), "Done.")))
    return notebook.run(f"%%racto --model kit --tools {name} {line}\nGo.")


@pytest.mark.parametrize("line", ["", "--no-stream"])
@pytest.mark.parametrize(
    ("tool", "told"),
    [
        (settings, NOT_TOLD),
        (slow_settings, NOT_TOLD),
        (settings_object, NOT_TOLD),
        (refused, "ValueError: 401 for key [OPENAI_API_KEY]"),
        (ended, "SystemExit: no key [OPENAI_API_KEY]"),
    ],
)
def test_a_tool_tells_no_key(notebook: Notebook, tool: Callable[..., object], told: str, line: str):
    assert ask(notebook, tool, line) is None
    (run,) = notebook["_racto"].tool_runs
    assert (run.error, run.content) == (told, f"Error: {told}")
    assert KEY not in json.dumps(notebook.shown)
    assert KEY not in repr(notebook["kit"].calls)


@pytest.mark.parametrize("tool", [escaped, slashed])
def test_a_tool_tells_no_key_that_is_escaped(notebook: Notebook, tool: Callable[..., object], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live/abc+DEF=12345678")
    assert ask(notebook, tool, "") is None
    assert notebook["_racto"].tool_runs[0].error == NOT_TOLD
    assert "12345678" not in repr(notebook["kit"].calls)


def test_a_tool_without_a_key_tells_what_it_did_before(notebook: Notebook):
    assert ask(notebook, harmless, "") is None
    assert notebook["_racto"].tool_runs[0].content == '{"rows":3}'


def test_a_key_in_a_default_is_refused_before_anything_is_sent(notebook: Notebook):
    def lookup(key: str = KEY) -> str:
        """Look it up."""
        return key

    error = ask(notebook, lookup, "")
    assert isinstance(error, TemplateError)
    assert str(error).startswith("The tool 'lookup' tells the model (in a default or a description) the value of the environment")
    assert KEY not in str(error)
    assert notebook["kit"].calls == []


def test_an_error_of_wrong_arguments_tells_no_key():
    class Own(ToolRegistry):
        def validated(self, name, arguments):
            raise LookupError(f"{name} with {KEY}")

    tools = guarded(Own(), ENVIRONMENT)
    with pytest.raises(ValueError, match=r"^a with \[OPENAI_API_KEY\]$"):
        tools.validated("a", {})


def test_guarded_tools_are_the_tools_they_guard():
    registry = ToolRegistry()
    for tool in (harmless, slow_settings):
        registry.register(tool)
    tools = guarded(registry, ENVIRONMENT)
    assert guarded(None, ENVIRONMENT) is None
    assert ([schema.name for schema in tools.schemas], len(tools)) == (["harmless", "slow_settings"], 2)
    assert ("harmless" in tools, "other" in tools, tools.get_callable("other")) == (True, False, None)
    assert has_async(tools)
    assert inspect.iscoroutinefunction(tools.get_callable("slow_settings"))


def test_an_awaitable_that_nobody_may_await_is_closed(notebook: Notebook):
    def hidden() -> object:
        """An async function behind a plain one."""
        return slow_settings()

    error = ask(notebook, hidden, "")
    assert error is None or KEY not in str(error)
    assert KEY not in json.dumps(notebook.shown)


def test_what_is_never_awaited_is_closed_before_the_collector_comes_to_it():
    class Holder:
        held: object
        itself: object

    gc.collect()
    value, holder = slow_settings(), Holder()
    gc.collect(1)  # the collector now comes to what is made later first
    holder.held, holder.itself = _Awaited(value, SECRETS), holder
    del value, holder
    gc.collect()


@pytest.mark.parametrize("line", ["", "--no-stream", "--json"])
def test_an_answer_that_repeats_a_key_is_cleaned(notebook: Notebook, line: str):
    text = json.dumps({"key": KEY})
    notebook["kit"] = FakeKit([text])
    notebook.ok(f"%%racto --model kit {line} --history talk\nx")
    assert notebook["_racto"].text == '{"key": "[OPENAI_API_KEY]"}'
    assert KEY not in json.dumps(notebook.shown)
    assert KEY not in repr(notebook["_racto"].parsed)
    assert KEY not in notebook["_racto"].response.model_dump_json(exclude={"raw"})


def test_arguments_and_parsed_values_are_cleaned_too():
    (call,) = calls("", ("a", {"with": [KEY, 1]})).tool_calls
    clean = without_secrets(LLMResponse(content="x", tool_calls=[call], parsed={KEY: KEY}), SECRETS)
    assert clean.tool_calls[0].arguments == {"with": ["[OPENAI_API_KEY]", 1]}
    assert clean.parsed == {"[OPENAI_API_KEY]": "[OPENAI_API_KEY]"}


def test_an_answer_without_a_key_is_the_same_object():
    response = LLMResponse(content="x")
    assert without_secrets(response, SECRETS) is response


@given(st.lists(st.integers(1, 9), min_size=1), st.text("sk-pro j", max_size=5))
def test_no_way_to_cut_a_key_into_pieces_shows_it(sizes: list[int], around: str):
    written: list[str] = []
    terminal = TerminalAnswer(secrets=SECRETS, write=written.append)
    kept = Arriving(secrets=SECRETS)
    rest = f"{around}{KEY}{around}"
    while rest:
        size = sizes[len(rest) % len(sizes)]
        for shown in (terminal, kept):
            shown.push(rest[:size])
        rest = rest[size:]
        assert "sk-proj-a" not in kept.so_far
        assert "sk-proj-a" not in "".join(written)
    terminal.finish("foot")
    assert kept.text == f"{around}[OPENAI_API_KEY]{around}"
    assert "".join(written).startswith(SECRETS.cleaned(f"{around}{KEY}{around}"))


@pytest.mark.usefixtures("shell")
def test_live_thinking_and_steps_show_no_key(shell):
    shown = LiveAnswer("m", secrets=SECRETS, clock=iter(range(10_000)).__next__)
    shown.open()
    for piece in ("so ", KEY[:9], KEY[9:], " and"):
        shown.think(piece)
    for piece in ("key ", KEY[:9], KEY[9:]):
        shown.push(piece)
    shown.called([calls("", ("a", {"with": KEY})).tool_calls[0]])
    shown.again(f"not {KEY}")
    shown.finish("foot")
    sent = json.dumps(shell.display_pub.outputs)
    assert "[OPENAI_API_KEY]" in sent
    assert KEY[:9] not in sent


def test_the_longer_of_two_keys_is_taken_out_first():
    secrets = Secrets.of({"A_TOKEN": "abc-12345", "B_TOKEN": "abc-12345-678"})
    assert secrets.cleaned("abc-12345-678 abc-12345") == "[B_TOKEN] [A_TOKEN]"


def test_a_key_is_found_as_json_writes_it():
    secrets = Secrets.of({"A_TOKEN": 'ab"cd\\12345'})
    assert secrets.held_by(json.dumps({"key": 'ab"cd\\12345'})) == "A_TOKEN"


def test_secrets_are_in_no_repr():
    assert KEY not in repr(SECRETS)
    assert KEY not in repr(guarded(ToolRegistry(), ENVIRONMENT))

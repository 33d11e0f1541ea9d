"""Whole `%%racto` cells in a shell: what reaches the kit, what is shown, what is kept."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

import pytest
from in_process_notebook import Notebook
from pydantic import BaseModel, Field

from racto_nb.exceptions import RactoGatewayError
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.notebook.magics.failing import Interrupted
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit, FakeReply

ROWS = '{"rows": [{"name": "Ann", "age": 25}, {"name": "Tom", "age": 63}]}'


class Person(BaseModel):
    name: str
    age: int


class Renamed(BaseModel):
    first: str = Field(alias="first-name")


EDITOR = RactoPrompt(role="You edit.", aim="Edit.", constraints=["Keep names."], tone="Dry", output_format="text")
EXTRACTOR = RactoPrompt(role="You extract.", aim="Extract.", constraints=[], tone="", output_format=Person)
DESCRIBED = RactoPrompt(role="You list.", aim="List.", constraints=[], tone="", output_format="an object with the key capital")


@pytest.fixture
def notebook(shell) -> Notebook:
    notebook = Notebook(shell)
    names = {"Person": Person, "Renamed": Renamed, "editor": EDITOR, "extractor": EXTRACTOR, "described": DESCRIBED}
    shell.user_ns.update(names)
    return notebook


def ask(notebook: Notebook, line: str, *replies: Any, body: str = "a question", **kit: Any) -> BaseException | None:
    notebook["kit"] = FakeKit(list(replies) or ["fine"], **kit)
    return notebook.run(f"%%racto --model kit {line}\n{body}")


def as_written(call: dict[str, Any]) -> str:
    return "\n\n".join(f"── {message['role']} ──\n{message['content']}" for message in call["messages"])


SYSTEMS = ("", "--role 'You edit.' --tone dry", "--system 'Be brief.'", "--prompt editor", "--constraint 'Two words.'")
SHAPES = ("", "--json", "--as Person", "--df", "--df --as Person", "--output markdown", "--output Person")
LATER = ("", "--history talk", "--seed 7 --temperature 1.5 --max-tokens 9")


@pytest.mark.parametrize("default", [None, EDITOR], ids=["plain kit", "kit with a prompt"])
@pytest.mark.parametrize(("system", "shape", "later"), list(product(SYSTEMS, SHAPES, LATER)))
def test_the_kept_prompt_and_the_dry_run_are_what_was_sent(notebook, system, shape, later, default):
    line = f"{system} {shape} {later}"
    notebook["kit"] = FakeKit(["first answer", ROWS], default_prompt=default, repeat_last=True)
    notebook.ok("%%racto --model kit --history talk\nan opening")

    notebook.run(f"%%racto --model kit {line}\n  a question\n about {{{{kit.model}}}} ")
    sent, asked = as_written(notebook["kit"].calls[1]), len(notebook["kit"].calls)

    assert notebook["_racto"].prompt_text == sent
    if later != "--history talk":
        notebook.ok(f"%%racto --model kit --dry-run {line}\n  a question\n about {{{{kit.model}}}} ")
        assert notebook.text.startswith(sent)
        assert len(notebook["kit"].calls) == asked


@pytest.mark.parametrize("shape", ["--json", "--as Person", "--df", "--df --as Person"])
def test_a_system_text_and_a_shape_make_one_system_message(notebook, shape):
    ask(notebook, f"--system 'You are brief.' {shape}", ROWS)

    roles = [message["role"] for message in notebook["kit"].calls[0]["messages"]]
    assert roles == ["system", "user"]
    assert "You are brief." in notebook["kit"].calls[0]["messages"][0]["content"]
    assert "JSON" in notebook["kit"].calls[0]["messages"][0]["content"]


def test_settings_of_the_cell_reach_the_kit(notebook):
    ask(notebook, "-t 0.5 --max-tokens 12 --seed 3")

    call = notebook["kit"].calls[0]
    assert (call["temperature"], call["max_tokens"], call["extra"]) == (0.5, 12, {"seed": 3})


def test_without_settings_the_documented_defaults_are_sent(notebook):
    ask(notebook, "")

    call = notebook["kit"].calls[0]
    assert (call["temperature"], call["max_tokens"], call["extra"]) == (0.0, 4096, {})
    assert [message["role"] for message in call["messages"]] == ["user"]


@pytest.mark.parametrize("shape", ["--json", "--df"])
def test_a_shape_keeps_the_kits_own_prompt(notebook, shape):
    ask(notebook, shape, ROWS, default_prompt=EDITOR)

    system = notebook["kit"].calls[0]["messages"][0]["content"]
    assert "You edit." in system
    assert "Keep names." in system
    assert "JSON" in system


def test_json_keeps_the_class_that_a_prompt_asks_for(notebook):
    assert ask(notebook, "--prompt extractor --json", '{"name": "Ann", "age": 25}') is None

    assert '"age"' in notebook["kit"].calls[0]["messages"][0]["content"]
    assert notebook["_racto"].parsed == Person(name="Ann", age=25)


def test_json_keeps_the_description_that_a_prompt_gives(notebook):
    ask(notebook, "--prompt described --json", '{"capital": "Oslo"}')

    system = notebook["kit"].calls[0]["messages"][0]["content"]
    assert "an object with the key capital" in system
    assert "JSON" in system
    assert notebook["_racto"].parsed == {"capital": "Oslo"}


def test_rows_of_a_prompt_with_a_class_are_refused_before_anything_is_sent(notebook):
    error = ask(notebook, "--prompt extractor --df", ROWS)

    assert "--as" in str(error)
    assert notebook["kit"].calls == []


def test_a_class_as_output_gives_an_instance(notebook):
    assert ask(notebook, "--output Person", '{"name": "Ann", "age": 25}') is None
    assert notebook["_racto"].parsed == Person(name="Ann", age=25)


@pytest.mark.parametrize("stream", ["", "--no-stream"])
def test_a_class_whose_fields_have_other_names_in_json_gives_an_instance(notebook, stream):
    assert ask(notebook, f"--as Renamed {stream}", '{"first-name": "Ann"}') is None
    assert notebook["_racto"].parsed.first == "Ann"


def test_rows_of_such_a_class_give_instances(notebook):
    assert ask(notebook, "--df --as Renamed", '{"rows": [{"first-name": "Ann"}]}') is None
    assert [row.first for row in notebook["_racto"].parsed] == ["Ann"]


@pytest.mark.parametrize("answer", ['[{"name": "Ann", "age": "25"}]', '{"people": [{"name": "Ann", "age": 25}]}'])
def test_rows_of_a_class_may_come_as_a_list_or_under_another_key(notebook, answer):
    assert ask(notebook, "--df --as Person", answer) is None
    assert notebook["_racto"].parsed == [Person(name="Ann", age=25)]
    assert notebook["_racto"].df.rows() == [("Ann", 25)]


def test_one_object_is_no_list_of_rows(notebook):
    assert isinstance(ask(notebook, "--df --as Person", *['{"name": "Ann", "age": 25}'] * 3), RactoGatewayError)


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_no_rows_still_have_the_columns_of_the_class(notebook, library):
    assert ask(notebook, f"--df {library} --as Person", '{"rows": []}') is None
    assert list(notebook["_racto"].df.columns) == ["name", "age"]


BROKEN = {
    "truncated": (FakeReply(("half ", "an"), finish_reason=FinishReason.LENGTH), "half an"),
    "refused": (FakeReply(("no",), finish_reason=FinishReason.CONTENT_FILTER), "no"),
    "ended by an error": (FakeReply(("part",), finish_reason=FinishReason.ERROR), "part"),
    "cut": (FakeReply(("one ", "two"), cut_after=1), "one "),
    "no connection": (ConnectionError("gone"), ""),
    "not the shape": ('{"name": "Ann"}', '{"name": "Ann"}'),
    "not JSON": ("words", "words"),
}


@pytest.mark.parametrize("stream", ["", "--no-stream"])
@pytest.mark.parametrize("case", BROKEN)
def test_what_had_arrived_is_kept_when_the_cell_fails(notebook, case, stream):
    reply, kept = BROKEN[case]

    error = ask(notebook, f"--history talk --into mine --as Person {stream}", reply, repeat_last=True)

    assert error is not None
    assert notebook["mine"] is notebook["_racto"]
    assert notebook["_racto"].text == kept
    assert notebook["_racto"].parsed is None
    assert notebook.text.count(kept) >= 1
    notebook.ok("%racto history")
    assert "talk" not in notebook.text


@pytest.mark.parametrize("case", ["truncated", "refused", "ended by an error", "cut", "no connection"])
def test_an_answer_that_did_not_come_whole_says_so(notebook, case):
    ask(notebook, "", BROKEN[case][0])

    assert notebook["_racto"].complete is False
    assert ("incomplete" in notebook.text) or ("no answer" in notebook.text)


def test_an_answer_cut_in_the_middle_of_its_json_is_not_called_complete(notebook):
    error = ask(notebook, "--as Person", FakeReply(('{"name": "A',), finish_reason=FinishReason.LENGTH))

    assert "cut" in str(error)
    assert notebook["_racto"].complete is False


def test_an_interrupt_keeps_the_part_and_ends_the_cell_as_an_interrupt(notebook):
    kit = FakeKit([FakeReply(("one ", "two ", "three"))])
    stream = kit.stream

    def stopped(config: Any) -> Any:
        for count, chunk in enumerate(stream(config)):
            if count == 2:
                raise KeyboardInterrupt
            yield chunk

    kit.stream = stopped
    notebook["kit"] = kit

    error = notebook.failed("%%racto --model kit --history talk\ngo")

    assert isinstance(error, Interrupted)
    assert isinstance(error, KeyboardInterrupt)
    assert notebook["_racto"].text == "one two "
    assert notebook["_racto"].complete is False
    assert kit.open_streams == 0
    assert error._render_traceback_() == ["Interrupted: the partial answer is kept in _racto.text"]


@pytest.mark.parametrize(
    "source",
    [
        "%%racto --modle kit\nx",
        "%%racto --model nothing\nx",
        "%%racto --model kit\n{{nope}}",
        "%%racto --model kit\n \n ",
        "%racto use nothing",
        "%racto histroy",
        "%racto models nothing",
        "%racto reset nothing",
    ],
)
def test_our_errors_are_one_line_and_can_be_pickled(notebook, source):
    notebook["kit"] = FakeKit(["x"])

    error: Any = notebook.failed(source)

    assert isinstance(error, RactoGatewayError)
    assert len(error._render_traceback_()) == 1
    assert "\n" not in error._render_traceback_()[0]
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy._render_traceback_()) == (type(error), str(error), error._render_traceback_())
    assert notebook["kit"].calls == []


def test_errors_that_are_not_ours_keep_their_traceback(notebook):
    error = ask(notebook, "", ZeroDivisionError("inside"))

    assert isinstance(error, ZeroDivisionError)
    assert not hasattr(error, "_render_traceback_")


@pytest.mark.parametrize(("line", "displays"), [("", 1), ("--quiet", 0), ("--df", 1), ("--df --quiet", 0), ("--no-stream", 1)])
def test_each_cell_shows_what_it_should(notebook, line, displays):
    assert ask(notebook, line, ROWS) is None
    assert len(notebook.shown) == displays


def test_off_shows_nothing_at_all(notebook, monkeypatch):
    monkeypatch.setenv("RACTO_DISPLAY", "off")

    assert ask(notebook, "--df", ROWS) is None

    assert notebook.shown == []
    assert notebook["_racto"].df.height == 2


def test_an_unknown_way_to_show_is_refused_before_anything_is_sent(notebook, monkeypatch):
    monkeypatch.setenv("RACTO_DISPLAY", "statik")

    error = ask(notebook, "")

    assert "'static'" in str(error)
    assert notebook["kit"].calls == []


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_a_frame_of_hostile_text_is_shown_harmless(notebook, library):
    evil = r'"<script>alert(1)</script>\u001b[31m\u001b]0;x\u0007"'

    assert ask(notebook, f"--df {library}", f'{{"rows": [{{{evil}: {evil}}}]}}') is None

    shown = notebook.shown[-1]
    assert "<script" not in shown["text/html"]
    assert "&lt;script" in shown["text/html"]
    assert not [char for char in shown["text/plain"] + shown["text/html"] if char in "\x1b\x07"]


def test_results_with_frames_can_be_compared(notebook):
    ask(notebook, "--df", ROWS)
    first = notebook["_racto"]
    ask(notebook, "--df", ROWS)

    assert first != notebook["_racto"]
    assert first in [notebook["_racto"], first]


def test_a_conversation_sends_its_turns_in_order(notebook):
    notebook["kit"] = FakeKit(["one", "two", "three"])
    for question in "abc":
        notebook.ok(f"%%racto --model kit --history talk --system 'Be kind.'\n{question}")

    sent = [(message["role"], message["content"]) for message in notebook["kit"].calls[2]["messages"]]
    turns = [("user", "a"), ("assistant", "one"), ("user", "b"), ("assistant", "two"), ("user", "c")]
    assert sent == [("system", "Be kind."), *turns]


def test_a_failed_new_beginning_forgets_nothing(notebook):
    notebook["kit"] = FakeKit(["one", FakeReply(("x",), finish_reason=FinishReason.LENGTH), "three"])
    notebook.ok("%%racto --model kit --history talk\na")
    notebook.failed("%%racto --model kit --history talk --new\nb")
    notebook.ok("%%racto --model kit --history talk\nc")

    assert [message["content"] for message in notebook["kit"].calls[2]["messages"]] == ["a", "one", "c"]


def test_the_answer_of_a_response_object_keeps_its_usage(notebook):
    ask(notebook, "", LLMResponse(content="4", usage={"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}))

    assert notebook["_racto"].usage["prompt_tokens"] == 9
    assert "9 + 1 tokens" in notebook.text
    assert "price unknown" in notebook.text


def test_nothing_is_sent_when_the_kit_needs_a_prompt_that_is_missing(notebook):
    error = ask(notebook, "", require_prompt=True)

    assert isinstance(error, RactoGatewayError)
    assert notebook["kit"].calls == []


@pytest.mark.parametrize(
    ("source", "row"),
    [
        ("frame[['city', 'units']]", "| Oslo | 120 |"),
        ("frame.loc[1, 'city']", "Lima"),
        ("frame.loc[[1], ['units']]", "| 85 |"),
    ],
)
def test_frames_are_indexed_as_one_is_used_to(notebook, source, row):
    notebook.ok("import pandas as pd\nframe = pd.DataFrame({'city': ['Oslo', 'Lima'], 'year': [1, 2], 'units': [120, 85]})")

    assert ask(notebook, "", body="{{" + source + "}}") is None

    sent = notebook["kit"].calls[0]["messages"][0]["content"]
    assert row in sent
    assert "year" not in sent

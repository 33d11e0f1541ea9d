"""From a cell to a question: what is looked up, what is built, and that the shown text is the sent text."""

import contextlib
from itertools import product
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, RootModel

from racto_nb.exceptions import ResponseModelValidationError, TemplateError, UsageError
from racto_nb.models.chat import Message, MessageRole
from racto_nb.notebook.magics.asking import PLAIN_AIM, PLAIN_ROLE, ROWS_RULE, question_of
from racto_nb.notebook.magics.options import read_options
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit


class Person(BaseModel):
    name: str


class People(RootModel[list[Person]]):
    pass


POET = RactoPrompt(role="You are a poet.", aim="Write.", constraints=["Three lines."], tone="Calm", output_format="text")
SHAPED = POET.model_copy(update={"output_format": Person})
NAMES = {
    "Person": Person,
    "People": People,
    "ann": Person(name="Ann"),
    "poet": POET,
    "shaped": SHAPED,
    "who": "Ann",
    "number": 3,
    "int_class": int,
    "kinds": SimpleNamespace(Person=Person, poet=POET),
}
EARLIER = [Message(role=MessageRole.USER, content="Hi"), Message(role=MessageRole.ASSISTANT, content=" Hello.\n")]


def asked(line="", cell="What?", history=(), **more):
    return question_of(read_options(line), cell, {**NAMES, **more}, list(history))


def sent(question, **kit):
    """What a kit sends first; the answer need not fit."""
    fake = FakeKit(["{}"], **kit)
    with contextlib.suppress(ResponseModelValidationError):
        fake.chat(question.config.model_copy(update={"max_validation_retries": 0}))
    return fake.calls[0]


def as_shown(call):
    return "\n\n".join(f"── {turn['role']} ──\n{turn['content']}" for turn in call["messages"])


def test_a_cell_without_options_sends_its_body_and_nothing_else():
    question = asked(cell="\n What is {this}? \n")
    assert sent(question)["messages"] == [{"role": "user", "content": "What is {this}?"}]
    assert (question.model_class, question.wants_json) == (None, False)


@pytest.mark.parametrize("cell", ["", "  \n\t\n", "{{blank}}"])
def test_an_empty_cell_is_refused(cell):
    with pytest.raises(UsageError, match="The cell is empty"):
        asked(cell=cell, blank=" ")


ROLES = ["", "--role 'You count, {{who}}.'", "--role A --aim B --constraint C --constraint '{{who}}' --tone D", "--tone dry"]
BASES = ["--prompt poet", "--prompt shaped --aim Other", "--prompt kinds.poet --constraint More", "--system 'Be {{who}}.'"]
SHAPES = [
    "",
    "--json",
    "--df",
    "--as Person",
    "--as kinds.Person --df",
    "--output json",
    "--output Person",
    "--output 'two words'",
]


# Rows of a prompt that asks for one object are refused, see below.
CASES = [case for case in product([*ROLES, *BASES], SHAPES, [[], EARLIER]) if "shaped" not in case[0] or case[1] != "--df"]


@pytest.mark.parametrize(("base", "shape", "history"), CASES)
def test_the_shown_text_is_the_sent_text(base, shape, history):
    question = asked(f"{base} {shape}", "Ask {{who}}.", history)
    call = sent(question)
    assert as_shown(call) == question.prompt_text
    assert [turn["role"] for turn in call["messages"]].count("system") <= 1
    assert "Three lines." in question.prompt_text or "poet" not in base
    if "--system" in base:
        assert "Be Ann." in call["messages"][0]["content"]


def test_the_shown_text_knows_the_default_prompt_of_a_kit():
    question = question_of(read_options(""), "What?", NAMES, [], default_prompt=POET)
    assert as_shown(sent(question, default_prompt=POET)) == question.prompt_text
    assert "Three lines." in question.prompt_text


def test_rows_of_a_prompt_that_asks_for_one_object_are_refused():
    with pytest.raises(UsageError, match="--df --as with the class of one row"):
        asked("--prompt shaped --df")


def test_system_then_history_then_the_question():
    messages = sent(asked("--system 'Be brief.'", history=EARLIER))["messages"]
    assert [turn["content"] for turn in messages] == ["Be brief.", "Hi", " Hello.\n", "What?"]
    assert [turn["role"] for turn in messages] == ["system", "user", "assistant", "user"]


def test_the_history_given_is_not_changed():
    history = list(EARLIER)
    asked("--system x", history=history)
    assert history == EARLIER


def test_a_system_text_with_a_shape_is_one_system_message_and_one_voice():
    question = asked("--system 'You are a pirate.' --json")
    messages = sent(question)["messages"]
    assert [turn["role"] for turn in messages] == ["system", "user"]
    assert "You are a pirate." in messages[0]["content"]
    assert "valid JSON" in messages[0]["content"]
    assert PLAIN_ROLE not in messages[0]["content"]
    assert question.wants_json


@pytest.mark.parametrize("option", ["role", "aim", "constraint", "tone"])
def test_one_racto_option_alone_is_enough(option):
    prompt = asked(f"--{option} 'for {{{{who}}}}'").config.prompt
    assert prompt is not None
    assert "for Ann" in prompt.compile()
    assert prompt.anti_hallucination
    assert prompt.role == ("for Ann" if option == "role" else PLAIN_ROLE)
    assert prompt.aim == ("for Ann" if option == "aim" else PLAIN_AIM)


def test_a_cell_that_asks_only_for_a_shape_gets_the_smallest_prompt():
    prompt = asked("--json").config.prompt
    assert prompt is not None
    assert (prompt.constraints, prompt.tone, prompt.anti_hallucination, prompt.wants_json) == ([], "", False, True)


def test_a_prompt_of_the_notebook_is_used_as_it_is():
    assert asked("--prompt poet").config.prompt is POET
    assert asked("--prompt kinds.poet").config.prompt is POET


def test_options_change_a_copy_of_the_prompt():
    before = POET.model_dump()
    prompt = asked("--prompt poet --role Other --constraint More --output markdown").config.prompt
    assert prompt is not None
    assert (prompt.role, prompt.aim, prompt.output_format) == ("Other", "Write.", "markdown")
    assert prompt.constraints == ["Three lines.", "More"]
    assert POET.model_dump() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--prompt poett", "--prompt needs a RactoPrompt; there is no variable 'poett'. Did you mean 'poet'"),
        ("--prompt who", "--prompt needs a RactoPrompt; 'who' is of the type str"),
        ("--prompt Person", "'Person' is the class Person"),
        ("--as Persn", "--as needs a Pydantic class; there is no variable 'Persn'. Did you mean 'Person'"),
        ("--as ann", "'ann' is of the type Person. "),
        ("--as int_class", "'int_class' is the class int"),
        ("--as number", "'number' is of the type int"),
        ("--output Persn", "--output 'Persn' is no Pydantic class. Did you mean 'Person'"),
        ("--df --as People", "People is a RootModel"),
    ],
)
def test_a_wrong_name_says_what_it_is_and_what_is_near(line, message):
    with pytest.raises(UsageError, match=message.replace(".", r"\.")) as caught:
        asked(line)
    assert "{{" not in str(caught.value)


@pytest.mark.parametrize(
    "line", ["--as kinds.Nope", "--as kinds.Person()", "--prompt 'a b'", "--as list[Person]", "--output kinds.Nope"]
)
def test_an_expression_that_fails_is_called_by_its_option(line):
    with pytest.raises(TemplateError, match=line.split(maxsplit=1)[0]) as caught:
        asked(line)
    assert "{{" not in str(caught.value)


def test_as_constrains_the_answer_to_the_class():
    question = asked("--as Person")
    assert question.config.response_model is question.model_class is Person
    assert question.wants_json


def test_as_with_df_asks_for_rows_of_the_class():
    question = asked("--as Person --df")
    model = question.config.response_model
    assert model is not None
    assert question.model_class is Person
    assert model.model_validate({"rows": [{"name": "Ann"}]}).model_dump() == {"rows": [{"name": "Ann"}]}
    assert ROWS_RULE not in question.prompt_text


def test_df_alone_asks_for_rows_in_words():
    question = asked("--df")
    assert ROWS_RULE in question.prompt_text
    assert question.config.response_model is None
    assert question.wants_json


def test_a_root_model_may_be_the_whole_answer():
    assert asked("--as People").config.response_model is People


@pytest.mark.parametrize("line", ["--output Person", "--output kinds.Person", "--prompt shaped"])
def test_a_class_as_output_format_constrains_the_answer_as_well(line):
    question = asked(line)
    assert question.config.response_model is Person
    assert question.wants_json


@pytest.mark.parametrize(
    ("output", "json"), [("json", True), ("JSON", True), ("text", False), ("markdown", False), ("who", False)]
)
def test_other_outputs_are_words(output, json):
    question = asked(f"--output {output}")
    assert question.config.response_model is None
    assert question.wants_json is json


def test_numbers_reach_what_is_sent():
    call = sent(asked("--temperature 0.7 --max-tokens 12 --seed 0"))
    assert (call["temperature"], call["max_tokens"], call["extra"]) == (0.7, 12, {"seed": 0})


def test_numbers_not_given_are_left_to_chat_config():
    call = sent(asked())
    assert (call["temperature"], call["max_tokens"], call["extra"]) == (0.0, 4096, {})


@pytest.mark.parametrize("option", ["role", "aim", "constraint", "tone", "system"])
def test_a_place_that_fails_in_any_option_fails_the_cell(option):
    with pytest.raises(TemplateError, match="no variable 'nobody'"):
        asked(f"--{option} '{{{{nobody}}}}'")


def test_a_blank_value_in_an_option_names_the_field():
    with pytest.raises(UsageError, match="cannot be built: role: "):
        asked("--role '{{blank}}'", blank="  ")


def test_inserted_text_does_not_become_an_option():
    assert asked("--role '{{trick}}'", trick="--json").config.prompt.output_format == "text"


def test_a_secret_in_a_prompt_or_in_the_history_is_refused_as_well(monkeypatch):
    monkeypatch.setenv("RACTO_TEST_TOKEN", "hidden-value-1")
    leaky = POET.model_copy(update={"context": "use hidden-value-1"})
    with pytest.raises(TemplateError, match="RACTO_TEST_TOKEN"):
        asked("--prompt leaky", leaky=leaky)
    with pytest.raises(TemplateError, match="RACTO_TEST_TOKEN"):
        asked(history=[Message(role=MessageRole.USER, content="hidden-value-1")])


@pytest.mark.parametrize(
    ("line", "wanted"), [("", (False, 10_000)), ("--thinking", (True, 10_000)), ("--thinking 2000", (True, 2000))]
)
def test_thinking_is_asked_for_with_its_budget(line, wanted):
    config = asked(line).config
    assert (config.native_thinking, config.thinking_budget) == wanted


@pytest.mark.parametrize("base", ["", "--role A", "--system 'Be brief.'", "--prompt poet"])
def test_steps_first_are_asked_for_in_the_system_text(base):
    question = asked(f"--cot {base}")
    messages = sent(question)["messages"]
    assert [turn["role"] for turn in messages] == ["system", "user"]
    assert "step by step" in messages[0]["content"]
    assert as_shown(sent(question)) == question.prompt_text


@pytest.mark.parametrize("line", ["--prompt shaped", "--output json", "--output Person"])
def test_steps_first_do_not_go_with_json_alone_however_it_is_asked_for(line):
    with pytest.raises(UsageError, match="the prompt wants JSON alone"):
        asked(f"--cot {line}")


def test_tools_are_carried_out_with_as_many_turns_as_asked():
    def now() -> str:
        """The time."""
        return "12:00"

    config = asked("--tools now --max-tool-turns 7", now=now).config
    assert config.tools is not None
    assert (config.auto_execute_tools, config.max_tool_turns) == (True, 7)
    assert asked("--tools now", now=now).config.max_tool_turns == 3
    assert asked().config.auto_execute_tools is False

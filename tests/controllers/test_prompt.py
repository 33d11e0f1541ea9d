"""What a prompt builder does about what happens, without a page or a model."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.prompt.coding import python_of
from racto_nb.notebook.controllers.prompt.comparing import by_lines, by_words
from racto_nb.notebook.controllers.prompt.drafts import Draft, draft_of, prompt_of
from racto_nb.notebook.controllers.prompt.events import (
    HEARD,
    Ablate,
    Add,
    Ask,
    Compare,
    Count,
    Drop,
    Ended,
    Forget,
    Guard,
    Halt,
    Keep,
    Lift,
    Loaded,
    Look,
    Measure,
    Open,
    Pick,
    Price,
    Put,
    Restore,
    Search,
    Seen,
    Shape,
    Stop,
    Try,
    Turn,
    Write,
)
from racto_nb.notebook.controllers.prompt.state import PromptState
from racto_nb.notebook.controllers.prompt.twins import twin
from racto_nb.notebook.controllers.prompt.update import update
from racto_nb.notebook.controllers.prompt.view import view
from racto_nb.notebook.controllers.reading import said
from racto_nb.prompts import RactoPrompt


class Movie(BaseModel):
    title: str
    year: int


class Handle:
    """Something that is no JSON."""


class Odd(BaseModel):
    model_config = {"arbitrary_types_allowed": True}
    thing: Handle


PROMPT = RactoPrompt(role="You count.", aim="Count the words.", constraints=["Digits only."], tone="Terse", output_format="text")
EMPTY = PromptState(("m", "n"), ("m", "n"), classes={"Movie": Movie})
WHOLE = PromptState(("m", "n"), ("m",), draft=draft_of(PROMPT, {})[0], classes={"Movie": Movie})
BAD = "<img src=x onerror=alert(1)> <script>alert(1)</script> [a](javascript:alert(1))"


def after(state, *events):
    """The state after `events`, and the wishes of the last one."""
    wishes = ()
    for event in events:
        state, wishes = update(state, event)
    return state, list(wishes)


def keys(state, where):
    return [row.key for row in state.draft.rows(where)]


def test_what_is_typed_becomes_a_prompt():
    state, _ = after(
        EMPTY, Put("role", "You count."), Put("aim", "Count the words."), Put("tone", "Terse"), Add("constraints", "x")
    )
    state, wishes = after(state, Write("constraints", keys(state, "constraints")[0], "text", "Digits only."))

    assert state.prompt == PROMPT
    assert wishes == [Price(PROMPT, "")]


def test_a_draft_that_misses_something_says_all_of_it_and_has_no_price():
    state, wishes = after(EMPTY, Shape("description"))

    assert [hint.section for hint in state.missing] == ["ROLE", "AIM", "OUTPUT"]
    assert wishes == [Price(None, "")]
    assert [hint["grave"] for hint in view(state)["preview"]["hints"]].count(True) == 3
    with pytest.raises(UsageError, match=r"no prompt yet\. The role says nothing\. The aim says nothing\. The output is missing"):
        after(state, Try("Why?"))


def test_rows_are_added_lifted_and_taken_away():
    state, _ = after(WHOLE, Add("constraints", "second"), Add("examples"), Add("fields", "name"))
    first, second = keys(state, "constraints")
    state, _ = after(state, Lift("constraints", second), Lift("constraints", second), Guard(value=False))

    assert [row["text"] for row in state.draft.constraints] == ["second", "Digits only."]
    assert state.prompt.anti_hallucination is False

    state, _ = after(state, Drop("constraints", first), Write("examples", keys(state, "examples")[0], "input", "a b"))

    assert state.prompt.constraints == ["second"]
    assert state.prompt.examples == [{"input": "a b", "output": ""}]


def test_a_field_editor_makes_a_class():
    state, _ = after(WHOLE, Shape("fields"), Add("fields", "mood"))
    key = keys(state, "fields")[1]
    state, _ = after(state, Write("fields", key, "kind", "one of"))

    assert [hint.message for hint in state.missing] == [
        "Field 2 (mood) has nothing to choose from: list its values, with commas."
    ]

    state, _ = after(state, Write("fields", key, "choices", "good, bad,"), Write("fields", key, "optional", value=True))
    model = state.prompt.output_model

    assert model.model_validate({"answer": "x", "mood": "bad"}).mood == "bad"
    assert model.model_validate({"answer": "x"}).mood is None
    assert state.prompt.output_model is model


@pytest.mark.parametrize("name", ["", "a b", "_x", "class", "model_dump", "copy", "answer", "str", "1a"])
def test_a_field_cannot_have_every_name(name):
    state, _ = after(WHOLE, Shape("fields"), Add("fields", name))

    assert len(state.missing) == 1
    with pytest.raises(UsageError, match="Field 2"):
        after(state, Try("x"))


def test_a_class_of_the_notebook_is_an_output_and_is_missed_when_it_is_gone():
    state, _ = after(WHOLE, Shape("class:Movie"))

    assert state.prompt.output_model is Movie
    assert "year" in view(state)["compiled"]["OUTPUT"]["text"]

    state, wishes = after(state, Look())

    assert wishes == [Search()]

    state, _ = after(state, Seen({}))

    assert "no Pydantic class 'Movie' any more" in state.missing[0].message
    assert view(state)["form"]["classes"] == [{"value": "class:Movie", "label": "Movie"}]


def test_a_class_without_a_schema_is_named_and_nothing_fails():
    state, _ = after(WHOLE, Seen({"Odd": Odd}), Shape("class:Odd"))

    assert "Odd cannot be an output format" in state.missing[0].message
    assert "Odd" in str(view(state)["preview"]["hints"])


def test_a_trial_asks_all_picked_models_and_keeps_what_was_tried():
    state, wishes = after(WHOLE, Pick("n", value=True), Try("Why?"))

    assert wishes == [Ask("r0", "m", PROMPT, "Why?"), Ask("r1", "n", PROMPT, "Why?"), Price(PROMPT, "Why?")]
    assert [(version.key, version.draft.says) for version in state.versions] == [("v1", WHOLE.draft.says)]
    assert state.trial.version == "v1"

    state, _ = after(state, Ended("r0", "done", "Because."), Ended("r1", "stopped", "Be", warning="stopped"))

    assert not state.busy
    assert [run["text"] for run in view(state)["trial"]["runs"]] == ["Because.", "Be"]


def test_the_same_draft_is_kept_once_and_another_one_again():
    state, _ = after(WHOLE, Try("a"), Try("b"), Keep("good"), Put("tone", "Calm"), Try("c"))

    assert [(version.key, version.note) for version in state.versions] == [("v1", "good"), ("v2", "")]
    assert [trial.version for trial in state.trials] == ["v1", "v1", "v2"]


def test_a_version_is_compared_with_the_draft_and_restored():
    state, _ = after(WHOLE, Keep(), Put("tone", "Calm"))
    assert view(state)["difference"] == {}
    state, _ = after(state, Turn("versions"))
    shown = view(state)["difference"]

    assert shown["against"] == "v1"
    assert [piece for piece in shown["pieces"] if piece[0] != "same"] == [["gone", "Terse"], ["new", "Calm"]]

    state, _ = after(state, Restore("v1"))

    assert state.prompt == PROMPT
    assert [version.key for version in state.versions] == ["v1", "v2"]
    assert after(state, Compare("v2"))[0].compared.key == "v2"


def test_a_part_is_left_out_and_what_changes_is_told():
    state, _ = after(WHOLE, Try("Why?"), Ended("r0", "done", "one two three", cost=0.2, read=9, written=3))
    state, wishes = after(state, Ablate("r0", "role"))
    (ask,) = wishes

    assert ask.model == "m"
    assert "[ROLE]" not in ask.prompt.compile()
    assert "[AIM]" in ask.prompt.compile()

    state, _ = after(state, Ended(ask.key, "done", "one two four five", cost=0.1))
    (change,) = view(state)["trial"]["runs"][0]["without"]

    assert (change["removed"], change["words_more"], change["cost_more"]) == ("role", 1, "-$0.10")
    assert ["new", "four five"] in change["pieces"]


def test_each_part_is_left_out_once_and_again_in_the_same_place():
    state, _ = after(WHOLE, Try("Why?"), Ended("r0", "done", "x"))
    state, wishes = after(state, Ablate("r0"))

    assert [wish.prompt.compile().count("[") for wish in wishes] == [5] * 5

    state, wishes = after(state, Ablate("r0", "tone"))

    assert [type(wish) for wish in wishes] == [Halt, Forget, Ask]
    assert len(state.trial.runs) == 6


def test_without_its_output_a_prompt_asks_for_no_json():
    state, _ = after(WHOLE, Shape("class:Movie"), Try("Why?"), Ended("r0", "done", "{}"))
    (ask,) = after(state, Ablate("r0", "output"))[1]

    assert not ask.prompt.wants_json
    assert "[OUTPUT]" not in ask.prompt.compile()


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Try("  "), "question is empty"), (Ablate("r9"), "'r9'"), (Restore("v9"), "'v9'"), (Compare("v9"), "'v9'"), (Open("t9"), "'t9'"),
        (Pick("x", value=True), "'x'"), (Count("x"), "'x'"), (Shape("xml"), "'xml'"), (Shape("class:Os"), "'class:Os'"),
        (Add("constraints", " "), "empty"), (Drop("fields", "k"), "'k'"), (Write("constraints", "p0", "about", "x"), "no about"),
        (Write("constraints", "p0", "kind", "eval"), "no kind"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(event, says):
    with pytest.raises(UsageError, match=says):
        update(WHOLE, event)


def test_an_answer_that_is_written_or_failed_is_not_compared_with():
    state, _ = after(WHOLE, Try("Why?"))

    with pytest.raises(UsageError, match="Try it first"):
        update(state, Ablate("r0"))
    with pytest.raises(UsageError, match="nothing to leave out"):
        update(after(WHOLE, Put("tone", ""), Try("x"), Ended("r0", "done", "y"))[0], Ablate("r0", "tone"))


def test_stop_halts_what_is_written_and_old_trials_are_let_go():
    state, wishes = after(WHOLE, Try("a"), Try("b"), Stop())

    assert wishes == [Halt("r1"), Halt("r0")]
    assert after(state, Stop("r1"))[1] == [Halt("r1")]

    state, _ = after(WHOLE, *(Try(str(number)) for number in range(40)))

    assert len(state.trials) == 30
    assert after(state, Ended("r0", "done", "late"))[0] is state


def test_counting_is_wished_for_and_another_prompt_is_loaded():
    draft, classes = draft_of(PROMPT.model_copy(update={"output_format": Movie}), {"Film": Movie})

    assert after(WHOLE, Count("m"))[1] == [Measure("m", PROMPT, "")]
    assert after(EMPTY, Loaded(draft, classes))[0].draft.output == "class:Film"


def words(**more):
    return st.text(st.characters(exclude_categories=["Cs"]), **more)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        RactoPrompt, role=words(min_size=1).filter(str.strip), aim=words(min_size=1, max_size=300).filter(str.strip),
        constraints=st.lists(words(min_size=1).filter(str.strip), max_size=3), tone=words(), context=st.none() | words(min_size=1),
        output_format=st.sampled_from(["text", "json", "markdown"]) | words(min_size=1).filter(str.strip),
        examples=st.none() | st.lists(st.fixed_dictionaries({"input": words(min_size=1), "output": words()}), min_size=1, max_size=2),
        anti_hallucination=st.booleans(),
    )
)  # fmt: skip
def test_a_prompt_comes_back_from_its_draft_and_from_its_python(prompt):
    draft, classes = draft_of(prompt, {})
    space: dict[str, object] = {}
    exec(compile(python_of(draft), "cell", "exec", dont_inherit=True), space)

    assert prompt_of(draft, classes).compile() == prompt.compile()
    assert space["prompt"].compile() == prompt.compile()


def test_the_python_of_fields_makes_the_same_class():
    state, _ = after(WHOLE, Shape("fields"))
    for number, kind in enumerate(view(state)["form"]["kinds"]):
        state, _ = after(state, Add("fields", f"f{number}"))
        key = keys(state, "fields")[-1]
        for column, value in {"kind": kind, "choices": 'it\'s, "b"', "about": f"a\n{kind}", "optional": number % 2 == 0}.items():
            state, _ = after(state, Write("fields", key, column, value))
    space: dict[str, object] = {}
    exec(compile(python_of(state.draft), "cell", "exec", dont_inherit=True), space)

    assert space["Answer"].model_json_schema() == state.prompt.output_model.model_json_schema()
    assert space["prompt"].compile() == state.prompt.compile()


@given(words(max_size=200), words(max_size=200))
def test_a_difference_holds_both_texts(old, new):
    pieces = by_words(old, new)

    assert "".join(text for kind, text in pieces if kind != "new") == old
    assert "".join(text for kind, text in pieces if kind != "gone") == new
    assert [text for kind, text in by_lines(old, new) if kind != "new"] == old.splitlines()


def test_texts_that_are_too_long_to_compare_are_shown_whole():
    assert [kind for kind, _ in by_words("a\n" * 3000, "b\n" * 3000)] == ["gone", "new"]


def test_long_runs_of_the_same_lines_are_folded_in_a_difference():
    state, _ = after(WHOLE, Put("context", "line\n" * 500), Keep(), Put("tone", "Calm"), Turn("versions"))
    pieces = view(state)["difference"]["pieces"]

    assert len(pieces) < 40
    assert [kind for kind, _ in pieces if kind not in {"same", "left out"}] == ["gone", "new"]


def test_hostile_texts_are_clean_in_what_a_page_is_sent():
    state, _ = after(WHOLE, Put("aim", BAD), Add("constraints", BAD), Try(BAD), Ended("r1", "done", BAD, footer=BAD))
    state, _ = after(state, Ablate("r1", "tone"), Keep(BAD))

    for markup in (view(state)["trial"]["runs"][0]["html"], twin(state)["text/html"]):
        assert "<img" not in markup
        assert "<script" not in markup
        assert 'href="javascript' not in markup
    assert BAD in twin(state)["text/plain"]


def test_a_twin_counts_one_version_as_one():
    state, _ = after(WHOLE, Keep("good"))

    assert "1 version ·" in twin(state)["text/plain"]
    assert "1 versions" not in twin(state)["text/plain"]


def test_an_empty_builder_can_be_shown_and_saved():
    assert "hints" in twin(PromptState())["text/plain"]
    assert view(PromptState(draft=Draft(output="class:Gone")))["preview"]["missing"] == 3


@pytest.mark.parametrize(
    "content",
    [
        None, {}, {"do": "put"}, {"do": "put", "field": "output", "value": "x"}, {"do": "put", "field": "role", "value": 3},
        {"do": "put", "field": "role", "value": "x" * 2_000_001}, {"do": "write", "where": "versions", "key": "a", "column": "text", "value": "x"},
        {"do": "write", "where": "fields", "key": "../x", "column": "name", "value": "x"}, {"do": "ablate", "key": "r0", "part": "context"},
        {"do": "loaded", "draft": {}, "classes": {}}, {"do": "priced", "prices": {}}, {"do": "add", "where": "fields", "text": "x" * 200_001},
        {"do": "guard", "value": "yes"}, {"do": "try", "question": "x", "more": 1},
    ],
)  # fmt: skip
def test_what_a_page_says_is_checked(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)

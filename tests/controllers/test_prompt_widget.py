"""A prompt builder with real kits on its own loop, without a page."""

from __future__ import annotations

import time

import pytest
from controllers.recorded_comm import RecordedComm
from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.models.usage import estimated_tokens
from racto_nb.prompts import RactoPrompt
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.widgets import PromptBuilder


class Movie(BaseModel):
    title: str
    year: int


PROMPT = RactoPrompt(role="You count.", aim="Count the words.", constraints=["Digits only."], tone="Terse", output_format="text")


@pytest.fixture
def open_builder():
    opened = []

    def make(*arguments, **more):
        opened.append(PromptBuilder(*arguments, **more))
        return opened[-1]

    yield make
    for builder in opened:
        builder.close()


def until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("It did not come true.")


def test_several_kits_are_tried_side_by_side(open_builder):
    one, other = FakeKit(["2"]), FakeKit(["3"], model="other")
    builder = open_builder(PROMPT, kits=[one, other])
    builder.try_on("one two")
    builder.wait(60)

    assert {name: result.text for name, result in builder.answers.items()} == {"fake:fake-model": "2", "fake:other": "3"}
    assert one.calls[0]["messages"][0] == {"role": "system", "content": PROMPT.compile().strip()}
    assert [run["read"] for run in builder.trial["runs"]] == [
        result.usage["prompt_tokens"] for result in builder.answers.values()
    ]


def test_what_is_asked_without_a_part_lacks_it_alone(open_builder):
    kit = FakeKit(["whole", "1", "2", "3", "4", "5"])
    builder = open_builder(PROMPT, kits=kit)
    builder.try_on("one two")
    builder.wait(60)
    builder.ablate()
    builder.wait(60)
    said = {call["messages"][0]["content"] for call in kit.calls[1:]}

    assert len(said) == 5
    assert [row["without"] for row in builder.changes] == ["nothing", "role", "aim", "constraints", "tone", "output"]
    assert builder.changes[0]["same"] == 1.0
    assert all(sum(f"[{name}]" in text for name in ("ROLE", "AIM", "CONSTRAINTS", "TONE", "OUTPUT")) == 4 for text in said)
    assert list(builder.answers)[1:] == [
        f"fake:fake-model without {part}" for part in ("role", "aim", "constraints", "tone", "output")
    ]


def test_a_class_is_asked_for_and_its_answer_is_validated(open_builder):
    kit = FakeKit(['{"title": "Jaws", "year": 1975}', "no json"], repeat_last=True)
    builder = open_builder(PROMPT.model_copy(update={"output_format": Movie}), kits=kit)
    builder.try_on("A shark?")

    assert builder.wait(60).parsed == Movie(title="Jaws", year=1975)
    assert kit.calls[0]["response_model"] == "Movie"

    builder.try_on("And?")
    builder.wait(60)

    assert builder.trial["runs"][0]["state"] == "failed"


def test_stop_keeps_what_came(open_builder):
    kit = FakeKit([FakeReply(tuple(f"word{n} " for n in range(2000)), delay=0.01)])
    builder = open_builder(PROMPT, kits=kit)
    builder.try_on("Go")
    until(lambda: any("word3" in stream["html"] + stream["tail"] for stream in builder.streams.values()))
    builder.stop()
    builder.wait(60)

    assert builder.trial["runs"][0]["state"] == "stopped"
    assert "word3" in builder.wait().text


def test_a_question_that_is_refused_has_no_answer_of_another_one(open_builder, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-abcdefghijklmnop1234567890")
    builder = open_builder(PROMPT, kits=FakeKit(["one", "two"]))
    builder.try_on("one")
    assert builder.wait(60).text == "one"
    builder.try_on("The key is sk-proj-abcdefghijklmnop1234567890")
    with pytest.raises(UsageError, match=r"No answer has come: .*OPENAI_API_KEY"):
        builder.wait(60)
    builder.try_on("two")

    assert builder.wait(60).text == "two"


def test_a_wait_ends_when_the_estimates_are_known_too(open_builder):
    builder = open_builder(PROMPT, kits=FakeKit(["x"], repeat_last=True))
    for question in ("A", "A longer question", "A question that is longer still"):
        builder.try_on(question)
        builder.wait(30)
        assert list(builder.estimates) == ["fake:fake-model"]


def test_what_waits_for_its_turn_can_be_stopped_before_it_has_begun(open_builder):
    kit = FakeKit(["whole", FakeReply(tuple(f"word{n} " for n in range(2000)), delay=0.01)])
    builder = open_builder(PROMPT, kits=kit)
    builder.try_on("Go")
    builder.wait(60)
    builder.ablate()
    until(lambda: builder.streams)
    builder.stop()
    builder.wait(60)

    assert [run["state"] for run in builder.trial["runs"][0]["without"]] == ["stopped"] * 5
    assert len(kit.calls) == 2


def test_prices_are_worked_out_when_it_is_quiet_and_are_those_of_the_kit(open_builder):
    kit = FakeKit(["x"])
    builder = open_builder(PROMPT, kits=kit)
    until(lambda: builder.estimates)
    before = builder.estimates["fake:fake-model"]
    builder.fill(context="word " * 400)
    until(lambda: builder.estimates["fake:fake-model"] != before)

    assert builder.estimates["fake:fake-model"].input_high > before.input_high
    assert builder.preview["tokens"] > estimated_tokens("word " * 400)
    assert kit.calls == []

    builder.fill(role=" ")
    until(lambda: not builder.estimates)


def test_a_kit_that_cannot_count_says_so_in_its_row(open_builder):
    builder = open_builder(PROMPT, kits=FakeKit(["x"]))
    until(lambda: builder.estimates)
    builder._plain._handle_custom_msg({"do": "count", "model": "fake:fake-model"}, [])
    until(lambda: builder.prices["rows"][0]["trouble"])

    assert "count" in builder.prices["rows"][0]["trouble"]


def test_a_secret_is_not_sent_and_not_shown(open_builder, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdefghij")
    kit = FakeKit(["x"])
    builder = open_builder(PROMPT, kits=kit)
    builder.try_on("My key is sk-1234567890abcdefghij")
    until(lambda: not builder.busy)
    shown = builder.trial["runs"][0]

    assert kit.calls == []
    assert (shown["state"], "sk-123" in shown["html"]) == ("failed", False)


def test_python_sees_and_does_what_the_page_does(open_builder):
    builder = open_builder(classes=[Movie])

    with pytest.raises(UsageError, match="The role says nothing"):
        _ = builder.prompt
    with pytest.raises(UsageError, match="no model here"):
        builder.try_on("x")
    with pytest.raises(UsageError, match="Nothing was tried"):
        builder.wait()

    builder.fill(role="You count.", aim="Count the words.", tone="Terse")
    builder.add_constraint("Digits only.")

    assert builder.prompt == PROMPT
    assert builder.text == PROMPT.compile()
    assert builder.keep("first") == "v1"

    builder.load(PROMPT.model_copy(update={"tone": "Calm"}))

    assert "- Terse\n+ Calm" in builder.diff()
    assert builder.versions == {"v1": PROMPT}

    builder.restore("v1")

    assert builder.prompt == PROMPT
    assert [hint.section for hint in builder.hints] == []
    assert 'tone="Terse"' in builder.python


def test_what_a_page_says_wrongly_is_shown_and_changes_nothing(open_builder):
    builder = open_builder(PROMPT)
    for content in (
        {"do": "put", "field": "role", "value": 3},
        {"do": "shape", "value": "class:os"},
        "x",
        {"do": "restore", "key": "v7"},
    ):
        builder._plain._handle_custom_msg(content, [])

        assert builder.fault["text"]
        assert builder.prompt == PROMPT


def test_a_model_that_there_is_not_is_refused_and_the_picked_ones_stay(open_builder):
    builder = open_builder(PROMPT, kits=[FakeKit(["2"]), FakeKit(["3"], model="other")])
    with pytest.raises(UsageError, match="Did you mean 'fake:other'"):
        builder.try_on("one two", "fake:fake-model", "fake:othr")

    assert builder._state.picked == ("fake:fake-model", "fake:other")


def test_a_letter_that_is_typed_sends_the_section_that_it_is_in_and_nothing_of_the_others():
    builder = PromptBuilder()
    builder.fill(role="You count.", aim="Count.", tone="Terse", context="Background. " * 1000)
    builder.keep()
    builder.fill(tone="Calm")
    builder.comm = comm = RecordedComm()

    builder._heard(None, {"do": "put", "field": "role", "value": "You count it."})
    changed = {each["part"]: sorted(each["set"]) for each in comm.sent}
    assert (changed, comm.updates) == ({"form": ["role"], "preview": ["tokens"], "compiled": ["ROLE"]}, [])
    assert "Background" not in str(comm.messages)

    comm.messages.clear()
    builder._heard(None, {"do": "put", "field": "question", "value": "How many?"})
    assert [(each["part"], list(each["set"])) for each in comm.sent] == [("trying", ["question"])]
    assert [list(each) for each in comm.updates] == [["prices"]]
    builder.close()


def test_the_difference_and_the_python_are_sent_while_they_are_looked_at():
    builder = PromptBuilder()
    builder.fill(role="You count.", aim="Count.", tone="Terse")
    builder.keep()
    builder.fill(tone="Calm")
    assert (builder.difference, builder.code) == ({}, "")

    for tab in ("versions", "python", "try"):
        builder._heard(None, {"do": "turn", "value": tab})
        assert (bool(builder.difference), bool(builder.code)) == (tab == "versions", tab == "python")
    builder._heard(None, {"do": "turn", "value": "elsewhere"})
    assert "not understood" in builder.fault["text"]
    builder.close()

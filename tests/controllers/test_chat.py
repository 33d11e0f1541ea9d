"""What a chat does about what happens, without a page or a model."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.models.messages import Message
from racto_nb.notebook.controllers.chat.events import (
    HEARD,
    Again,
    Allow,
    Ask,
    Attached,
    Choose,
    Clear,
    Detach,
    Edit,
    Ended,
    Export,
    Forget,
    Halt,
    Open,
    Pick,
    Settle,
    Stepped,
    Stop,
    Wondered,
    Write,
)  # fmt: skip
from racto_nb.notebook.controllers.chat.exporting import as_cells, as_markdown
from racto_nb.notebook.controllers.chat.state import Asked, ChatState
from racto_nb.notebook.controllers.chat.update import update
from racto_nb.notebook.controllers.chat.view import twin, view
from racto_nb.notebook.controllers.reading import said
from racto_nb.notebook.display.steps import Call, Step
from racto_nb.prompts.files import RactoFile

ONE = ChatState(("m",), ("m",))
TWO = ChatState(("m", "n"), ("m", "n"))
NOTE = RactoFile.from_bytes(b"a note", "text/plain", "note.txt")


def after(state, *events):
    """The state after `events`, and the wishes of the last one."""
    wishes = ()
    for event in events:
        state, wishes = update(state, event)
    return state, list(wishes)


def done(key, text="Yes."):
    return Ended(key, "done", text, said=(Message(role="assistant", content=text),))


def test_a_question_is_written_by_the_model_and_goes_on_from_what_was_said():
    state, wishes = after(ONE, Ask("Why?"))

    assert wishes == [Write("a1", "m", "Why?", (), ())]
    assert state.busy

    state, wishes = after(state, done("a1"), Ask("And?"))

    assert [message.content for message in wishes[0].history] == ["Why?", "Yes."]


def test_what_was_said_before_the_chat_goes_along():
    _, wishes = after(ChatState(("m",), ("m",), before=(Message(role="user", content="Hi"),)), Ask("Why?"))

    assert [message.content for message in wishes[0].history] == ["Hi"]


def test_several_models_answer_and_the_chosen_answer_is_gone_on_from():
    state, wishes = after(TWO, Ask("Why?"))

    assert [wish.model for wish in wishes] == ["m", "n"]

    _, wishes = after(state, done("a1", "one"), done("a2", "two"), Choose("a2"), Pick("m", value=False), Ask("And?"))

    assert [(wish.model, wish.history[-1].content) for wish in wishes] == [("n", "two")]


def test_a_question_that_is_edited_begins_a_branch_and_the_old_one_stays():
    state, _ = after(ONE, Attached((NOTE,)), Ask("Why?"), done("a1"), Ask("And?"), done("a3"))
    state, wishes = after(state, Edit("q0", "How?"))

    assert wishes == [Write("a5", "m", "How?", (NOTE,), ())]
    assert [exchange.question for exchange in state.path()] == ["How?"]

    state, _ = after(state, done("a5"), Open("q0"))

    assert [exchange.question for exchange in state.path()] == ["Why?", "And?"]
    assert view(state)["exchanges"]["q0"]["siblings"] == ["q0", "q4"]


def test_another_answer_stands_beside_the_first_one():
    state, wishes = after(ONE, Ask("Why?"), done("a1", "one"), Again("a1"))

    assert wishes == [Write("a2", "m", "Why?", (), ())]
    assert [answer["text"] for answer in view(after(state, done("a2", "two"))[0])["exchanges"]["q0"]["answers"]] == ["one", "two"]


def test_stop_halts_what_is_written_and_what_came_is_kept():
    state, wishes = after(TWO, Ask("Why?"), done("a1"), Stop())

    assert wishes == [Halt("a2")]

    state, _ = after(state, Ended("a2", "stopped", "half", warning="stopped"))

    assert not state.busy
    assert "half" in twin(after(state, Choose("a2"))[0])["text/plain"]


def test_what_had_come_of_a_stopped_answer_is_gone_on_from():
    half = Ended("a1", "stopped", "half", said=(Message(role="assistant", content="half"),))
    _, wishes = after(ONE, Ask("Why?"), half, Ask("Go on"))

    assert [message.content for message in wishes[0].history] == ["Why?", "half"]


def test_an_answer_that_failed_is_not_gone_on_from():
    _, wishes = after(
        ONE, Ask("Why?"), done("a1"), Ask("And?"), Ended("a3", "failed", "", warning="RateLimitError"), Ask("Again?")
    )

    assert [message.content for message in wishes[0].history] == ["Why?", "Yes."]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Ask("  "), "empty"), (Edit("q9", "x"), "'q9'"), (Again("a9"), "'a9'"), (Open("q9"), "'q9'"), (Choose("a9"), "'a9'"),
        (Pick("x", value=True), "'x'"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_changes_nothing(event, says):
    with pytest.raises(UsageError, match=says):
        update(ONE, event)


def test_nothing_is_asked_while_an_answer_is_written():
    state, _ = after(ONE, Ask("Why?"))

    for event in (Ask("And?"), Edit("q0", "x"), Again("a1")):
        with pytest.raises(UsageError, match="still being written"):
            update(state, event)


def test_a_call_waits_for_a_yes_and_is_no_more_waited_for_when_the_answer_ends():
    state, _ = after(ONE, Ask("Why?"), Wondered(Asked("call0", "a1", "f(1)")), Wondered(Asked("call1", "a1", "g()")))

    assert [each["line"] for each in view(state)["asking"]["waiting"]] == ["f(1)", "g()"]

    state, wishes = after(state, Allow("call0", value=True))

    assert wishes == [Settle("call0", allowed=True)]
    assert after(state, Ended("a1", "stopped", ""))[0].waiting == ()


def test_calls_of_tools_stand_above_the_answer():
    state, _ = after(ONE, Ask("Why?"), Stepped("a1", (Step("Let me look.", (Call("now", {}),)),)))

    assert "now()" in view(state)["exchanges"]["q0"]["answers"][0]["above"]


def test_files_are_sent_with_the_next_question_only():
    state, wishes = after(ONE, Attached((NOTE, NOTE)), Detach(0), Ask("Why?"))

    assert wishes[0].files == (NOTE,)
    assert state.files == ()


def test_a_new_conversation_halts_the_old_one_whose_answers_are_let_go():
    state, wishes = after(TWO, Ask("Why?"), Clear())

    assert wishes == [Halt("a1"), Halt("a2"), Forget(frozenset({"a1", "a2"}))]
    assert list(after(state, done("a1"))[0].path()) == []


def test_what_was_said_is_exported_as_markdown_and_as_cells():
    state, _ = after(ONE, Ask("Why {{x}}?\nReally?"), done("a1"))

    assert as_markdown(state) == "> Why {{x}}?\n> Really?\n\n**m**\n\nYes.\n"
    assert as_cells(state) == ["%%racto --model m --history chat\nWhy \\{{x}}?\nReally?"]


def test_what_was_said_can_be_copied_from_the_page():
    state, _ = after(ChatState(("m",), ("m",), system="Be brief."), Ask("Why?"), done("a1"))

    assert view(after(state, Export("markdown"))[0])["exported"].startswith("> Why?")
    assert '"content": "Be brief."' in view(after(state, Export("example"))[0])["exported"]
    assert view(after(state, Export("example"), Export(""))[0])["exported"] == ""


def test_hostile_texts_are_clean_in_what_a_page_is_sent():
    bad = "<img src=x onerror=alert(1)> <script>alert(1)</script> [a](javascript:alert(1))"
    state, _ = after(ONE, Ask(bad), Ended("a1", "done", bad, footer=bad, steps=(Step(bad, (Call(bad, {bad: bad}),)),)))
    sent = view(state)["exchanges"]["q0"]

    for markup in (sent["html"], sent["answers"][0]["html"], sent["answers"][0]["above"], twin(state)["text/html"]):
        assert "<img" not in markup
        assert "<script" not in markup
        assert 'href="javascript' not in markup


@pytest.mark.parametrize(
    "content",
    [
        None, [], "ask", {}, {"do": "ask"}, {"do": "ask", "text": 3}, {"do": "ask", "text": "x", "more": 1}, {"do": "eval", "text": "x"},
        {"do": "open", "key": "../../x"}, {"do": "ask", "text": "x" * 2_000_001}, {"do": "detach", "place": -1}, {"do": "pick", "model": "m"},
        {"do": "attach", "names": ["a"] * 21, "types": []},
    ],
)  # fmt: skip
def test_what_a_page_says_is_checked(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)

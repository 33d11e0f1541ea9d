"""What a widget holds on to: nothing after it is closed and forgotten, and no more the more often it is opened or shown."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from ipywidgets.widgets.widget import _instances as models

from racto_nb.finetune import RactoDataset
from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.controllers.prompt import trying
from racto_nb.notebook.display.showing import Handle
from racto_nb.notebook.opening import showing
from racto_nb.notebook.widgets import placing
from racto_nb.testing import FakeKit
from racto_nb.widgets import Chat, DatasetEditor, PromptBuilder


def is_gone(reference):
    gc.collect()
    return reference() is None


def built(kit):
    builder = PromptBuilder(kits=[kit])
    builder.fill(role="You count.", aim="Count.", tone="Terse")
    return builder


def asked():
    chat = Chat(FakeKit(["The whole answer."]))
    chat.ask("?")
    chat.wait()
    return chat, next(iter(chat._state.exchanges.values())).answers[0]


def tried():
    builder = built(FakeKit(["The whole answer.", "Another one."]))
    builder.try_on("?")
    builder.wait()
    builder.ablate("tone")
    builder.wait()
    assert builder.changes  # the words of both are compared
    return builder, builder._state.trial.runs[0]


def edited():
    editor = DatasetEditor(RactoDataset.from_pairs([("What is a list?", "A sequence.")]))
    editor.select(0)
    return editor, editor.now.opened


@pytest.mark.parametrize("opened", [asked, tried, edited])
def test_a_widget_that_is_closed_and_forgotten_is_gone_with_its_answers(opened):
    widget, answer = opened()
    gone = [weakref.ref(each) for each in (widget, answer, *(each.response for each in getattr(widget, "results", {}).values()))]
    gone.append(weakref.ref(widget.layout))
    widget.close()
    del widget, answer
    assert [each() for each in gone if not is_gone(each)] == []


def test_a_widget_that_is_closed_leaves_no_model_open_and_a_layout_of_somebody_else_alone():
    before = dict(models)
    one, other = Chat(FakeKit(["x"])), Chat(FakeKit(["x"]))
    one.layout = other.layout
    one.close()
    assert other.layout.comm is not None
    other.close()
    assert dict(models) == before


def test_a_chat_that_is_cleared_forgets_what_was_answered():
    chat, answer = asked()
    gone = [weakref.ref(answer), weakref.ref(chat.last.response)]
    del answer
    chat.clear()
    assert (chat.results, chat.cost) == ({}, 0.0)
    assert all(map(is_gone, gone))
    chat.close()


def test_trials_that_are_let_go_and_answers_that_are_asked_anew_leave_no_results(monkeypatch):
    monkeypatch.setattr(trying, "MOST_TRIALS", 2)
    builder = built(FakeKit([f"Answer {n}." for n in range(9)]))
    for number in range(4):
        builder.try_on(f"{number}?")
        builder.wait()
    assert [result.text for result in builder.results.values()] == ["Answer 2.", "Answer 3."]
    for _ in range(3):
        builder.ablate("tone")
        builder.wait()
    assert [result.text for result in builder.results.values()] == ["Answer 2.", "Answer 3.", "Answer 6."]
    builder.close()


def test_a_widget_that_is_opened_two_hundred_times_leaves_one(monkeypatch):
    shown = []
    monkeypatch.setattr(showing, "show_value", lambda widget: shown.append(weakref.ref(widget)))
    magics = SimpleNamespace(namespace={})
    for _ in range(200):
        showing.opened(magics, Chat(FakeKit(["x"])), "chat")
    gc.collect()
    assert [each() for each in shown if each() is not None] == [magics.namespace["chat"]]
    magics.namespace["chat"].close()


class Shown(Handle):
    """One place of a display, and how often it was brought up to date."""

    def __init__(self):
        self.places, self.updates = 1, 0

    def update(self, obj, **_):
        self.updates += 1

    def display(self, obj, **_):
        self.places += 1


def test_a_widget_that_is_shown_two_hundred_times_has_one_twin_with_as_many_places(monkeypatch):
    twin = Shown()
    monkeypatch.setattr(placing, "_in_kernel", lambda: True)
    monkeypatch.setattr(placing, "show_bundle", lambda _: None)
    monkeypatch.setattr(placing, "show_updatable", lambda _: twin)
    monkeypatch.delenv("RACTO_DISPLAY", raising=False)
    chat = Chat(FakeKit(["x"]))
    for _ in range(200):
        chat._ipython_display_()
    chat.close()
    assert (twin.places, twin.updates) == (200, 1)


@dataclass(frozen=True, eq=False)
class Value:
    text: str


def test_what_is_made_once_is_made_anew_for_other_things_besides_and_goes_with_its_value():
    made = []

    @once
    def length(value, more):
        made.append(more)
        return len(value.text) + more

    value = Value("abc")
    assert [length(value, 1), length(value, 1), length(value, 2), length(Value("abc"), 2)] == [4, 4, 5, 5]
    assert made == [1, 2, 2]
    gone = weakref.ref(value)
    del value
    assert is_gone(gone)

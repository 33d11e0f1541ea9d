"""What an editor of training data does about what happens, without a page or a dataset."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.finetune import RactoTrainingExample, RactoTrainingMessage
from racto_nb.finetune.findings import Finding
from racto_nb.notebook.controllers.dataset.events import (
    HEARD,
    Became,
    Check,
    Copy,
    Delete,
    Detach,
    Drop,
    Filed,
    For,
    Go,
    Insert,
    Leaks,
    Look,
    Mend,
    Merge,
    Move,
    New,
    Open,
    Pair,
    Prefer,
    Put,
    Redo,
    Rows,
    Seek,
    Sign,
    Speak,
    Split,
    Swap,
    Tag,
    Undo,
    Unpair,
    Weigh,
    Write,
)  # fmt: skip
from racto_nb.notebook.controllers.dataset.state import Checks, DatasetState, Opened, Sheet
from racto_nb.notebook.controllers.dataset.turns import edited
from racto_nb.notebook.controllers.dataset.update import update
from racto_nb.notebook.controllers.dataset.view import twin, view
from racto_nb.notebook.controllers.reading import said
from racto_nb.prompts.files import RactoFile

TALK = RactoTrainingExample.from_conversation([("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello")])
STATE = DatasetState(Sheet(10, 10, 4), Checks("openai"), Opened("e1", 3, 3, TALK))
PICTURE = RactoFile.from_bytes(b"\x89PNG", "image/png", "p.png")


def after(event, example=TALK):
    """The example after an edit, as (role, text) of all its turns."""
    changed, _ = edited(example, event)
    return [(turn.role, turn.content) for turn in changed.turns()]


def test_turns_are_written_added_removed_moved_split_and_merged():
    system, asked, said_ = ("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello")

    assert after(Write("e1", 2, "Good day")) == [system, asked, ("assistant", "Good day")]
    assert after(Speak("e1", 1, "assistant"))[1] == ("assistant", "Hi")
    assert after(Insert("e1", 1)) == [system, asked, ("assistant", ""), said_]
    assert after(Drop("e1", 0)) == [asked, said_]
    assert after(Move("e1", 2, -1)) == [system, said_, asked]
    assert after(Split("e1", 1, "H", "i")) == [system, ("user", "H"), ("assistant", "i"), said_]
    assert after(Merge("e1", 1)) == [system, ("user", "Hi\n\nHello")]
    assert after(Insert("e1", 0), RactoTrainingExample(())) == [("user", "")]


def test_a_turn_is_learnt_or_not_and_an_example_is_tagged():
    assert edited(TALK, Weigh("e1", 2, value=False))[0].messages[2].weight == 0
    tagged, _ = edited(TALK, Tag("e1", "label", "card"))
    assert tagged.tags == {"label": "card"}
    assert edited(tagged, Tag("e1", "label", ""))[0] == TALK


def test_files_are_attached_and_taken_away():
    with_file, _ = edited(TALK, Filed("e1", 1, (PICTURE,)))

    assert with_file.messages[1].attachments == (PICTURE,)
    assert edited(with_file, Detach("e1", 1, 0))[0] == TALK


def test_a_pair_is_made_of_the_answer_swapped_edited_and_made_one_answer_again():
    pair, _ = edited(TALK, Prefer("e1"))
    pair, _ = edited(pair, Write("e1", 3, "Go away"))

    assert (pair.preferred[0].content, pair.rejected[0].content) == ("Hello", "Go away")
    swapped, _ = edited(pair, Swap("e1"))
    assert swapped.preferred[0].content == "Go away"
    assert edited(swapped, Unpair("e1", "rejected"))[0] == TALK


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Write("e1", 9, "x"), "no turn 9"), (Move("e1", 0, -1), "no turn before"), (Merge("e1", 2), "no turn after"),
        (Swap("e1"), "no pair"), (Unpair("e1", "preferred"), "no pair"), (Detach("e1", 1, 0), "no file"), (Speak("e1", 1, " "), "role"),
    ],
)  # fmt: skip
def test_what_an_example_has_not_is_not_edited(event, says):
    with pytest.raises(UsageError, match=says):
        edited(TALK, event)


def test_an_edit_is_a_wish_to_put_another_example_in_the_place():
    _, wishes = update(STATE, Write("e1", 2, "Good day"))

    assert [(wish.place, wish.covers, wish.examples[0].messages[2].content, wish.what) for wish in wishes] == [
        (3, 1, "Good day", "rewrite turn 2")
    ]
    assert update(STATE, Delete("e1"))[1] == [Put(3, 1, (), "remove")]
    assert update(STATE, Copy("e1"))[1] == [Put(None, 0, (TALK,), "add a copy")]
    assert update(STATE, New())[1][0].place is None
    assert update(STATE, Open(5, 4))[1] == [Look(row=5)]
    assert update(STATE, Go(9))[1] == [Look(place=9)]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Write("e0", 2, "late"), "Another example is open"), (Delete("e0"), "Another example"), (Mend("texts", "e0"), "Another example"),
        (Open(1, 3), "moved"), (Open(10, 4), "no row"), (Go(10), "no example 10"), (Undo(), "nothing to undo"), (Redo(), "nothing to redo"),
        (Leaks(), "no validation"), (Pair(0), "no leak"), (For("nobody"), "nobody"),
    ],
)  # fmt: skip
def test_what_is_said_of_other_rows_or_examples_is_refused(event, says):
    with pytest.raises(UsageError, match=says):
        update(STATE, event)


def test_rows_are_sent_by_windows_that_are_not_too_large():
    assert update(STATE, Rows(100, 10**9))[1] == [Rows(100, 500)]


def test_searching_and_checking_are_said_to_go_on_until_their_outcome_comes():
    searching, wishes = update(STATE, Seek("x"))
    assert wishes == [Seek("x")]
    assert searching.sheet.busy
    assert update(STATE, Check())[0].checks.state == "running"
    assert update(searching, Became({"sheet": Sheet(10, 1, 5, seek="x")}))[0].sheet.shown == 1
    assert update(STATE, Sign("Ann", "typo"))[0].who == "Ann"


def test_the_view_of_an_unchanged_part_is_the_same_object():
    first, second = view(STATE), view(update(STATE, Sign("Ann", ""))[0])

    assert first["opened"] is second["opened"]
    assert first["checks"] is second["checks"]


def test_findings_stand_beside_their_turns():
    found = (
        Finding("cut_text", "hint", "It looks cut.", example=3, message=2),
        Finding("whitespace_at_ends", "hint", "Space.", example=3),
    )
    shown = view(DatasetState(Sheet(10, 10), Checks("openai"), Opened("e1", 3, 3, TALK, found)))["opened"]

    assert [each["rule"] for each in shown["turns"][2]["found"]] == ["cut_text"]
    assert [(each["rule"], each["fixable"]) for each in shown["found"]] == [("whitespace_at_ends", True)]


def test_texts_that_a_page_would_change_are_read_only_and_odd_values_are_shown():
    odd = RactoTrainingExample(
        (
            RactoTrainingMessage("user", "a\r\nb"),
            RactoTrainingMessage("user", "\ud83d"),
            RactoTrainingMessage("user", float("nan")),
        )
    )
    turns = view(DatasetState(Sheet(1, 1), Checks("openai"), Opened("e1", 0, 0, odd)))["opened"]["turns"]

    assert [turn["editable"] for turn in turns] == [False, False, True]
    assert turns[2]["text"] == "(float, no text)"


def test_pictures_are_sent_once_and_addresses_are_texts():
    example = RactoTrainingExample((RactoTrainingMessage("user", "x", (PICTURE, PICTURE)),))
    parts = view(DatasetState(Sheet(1, 1), Checks("openai"), Opened("e1", 0, 0, example)))

    assert len(parts["pictures"]) == 1
    assert next(iter(parts["pictures"].values())).startswith("data:image/png;base64,")


def test_the_twin_shows_the_first_examples_clean():
    bad = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    state = DatasetState(Sheet(1, 1), Checks("openai"), first=(RactoTrainingExample.from_pair(bad, bad),), title=bad)

    assert "<img" not in twin(state)["text/html"]
    assert "<script" not in twin(state)["text/html"]
    assert "1 example" in twin(state)["text/plain"]


@pytest.mark.parametrize(
    "content",
    [
        None, [], {}, {"do": "write", "key": "e1", "turn": 0}, {"do": "write", "key": "e1", "turn": -1, "value": "x"},
        {"do": "write", "key": "e1", "turn": 0, "value": 3}, {"do": "write", "key": "../x", "turn": 0, "value": "x"},
        {"do": "write", "key": "e1", "turn": 0, "value": "x" * 2_000_001}, {"do": "move", "key": "e1", "turn": 0, "by": 5},
        {"do": "unpair", "key": "e1", "side": "messages"}, {"do": "rows", "first": -1, "last": 5}, {"do": "put", "place": 0},
        {"do": "filter", "where": "x" * 5_000}, {"do": "mend", "rule": "a b", "key": ""}, {"do": "attach", "key": "e1", "turn": 0, "names": ["a"] * 21, "types": []},
        {"do": "export", "path": "x", "form": "openai", "overwrite": "on"}, {"do": "became", "parts": {}},
    ],
)  # fmt: skip
def test_what_a_page_says_is_checked(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)

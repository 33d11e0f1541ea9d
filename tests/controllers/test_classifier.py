"""What a classifier panel does about what happens, without a page or a model."""

from __future__ import annotations

from decimal import Decimal

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.classifier.events import (
    HEARD,
    Calibrate,
    Came,
    Classify,
    Cut,
    Fit,
    Fitted,
    Halt,
    Look,
    Mark,
    Move,
    Order,
    Price,
    Progressed,
    Raw,
    Run,
    Send,
    Skip,
    Sort,
    Sorted,
    Stop,
    Try,
    Turn,
    Undo,
    Window,
)  # fmt: skip
from racto_nb.notebook.controllers.classifier.state import About, Rows, begun
from racto_nb.notebook.controllers.classifier.update import update
from racto_nb.notebook.controllers.classifier.view import twin, view
from racto_nb.notebook.controllers.reading import said
from racto_nb.pipelines.list_classifier import Calibrator, ClassifierResult, RowsProgress

ABOUT = About("Sorter", "fake:fake", (("a", "what a is"), ("b", "")))
TEXTS = ("one", "two", None, "three", "four")
EMPTY = begun(ABOUT, Rows(TEXTS, "text", "gold", {0: "a", 1: "a"}), 0.6)
EVIL = "<img src=x onerror=alert(1)>\x1b[31m"


def found(text, label="a", sure=0.9, **more):
    given = {"confidences": None if sure is None else [sure], "confidence_kind": None if sure is None else "stated"}
    return ClassifierResult(user_query=text, selected=[label], **{"options_provided": ["a", "b"], **given, **more})


ERROR = ClassifierResult(user_query="", options_provided=[], error="the cell is empty")
RESULTS = (
    found("one", "a", 0.9, cost=Decimal("0.1")), found("two", "b", 0.7, cost=Decimal("0.1")), ERROR,
    found("three", "b", 0.5, cost=Decimal("0.1")), found("four", "a", 0.3, cost=Decimal("0.2")),
)  # fmt: skip
CAME = Came((0, 1, 2, 3, 4), RESULTS, RESULTS)


def after(state, *events):
    """The state after `events`, and the wishes of the last one."""
    wishes = ()
    for event in events:
        state, wishes = update(state, event)
    return state, list(wishes)


def lines(state):
    return dict(view(state)["cut"]["lines"])


def test_a_text_is_tried_and_the_last_one_counts():
    state, wishes = after(EMPTY, Try("where?"))

    assert wishes == [Sort("where?")]
    assert view(state)["trial"]["state"] == "asking"

    state, _ = after(state, Try("who?"), Sorted("where?", found("where?")))

    assert view(state)["trial"]["state"] == "asking"

    state, _ = after(state, Sorted("who?", found("who?", origin="model")))

    assert "<b>a</b>" in view(state)["trial"]["html"]
    assert view(state)["trial"]["silent"]  # no reason was given, and that is said
    assert "a  0.90" in twin(state)["text/plain"]
    assert view(after(state, Try("x"), Sorted("x", None, "no key"))[0])["trial"]["failed"] == "no key"


def test_a_run_asks_for_what_is_missing_and_a_stopped_one_goes_on():
    state, wishes = after(EMPTY, Run())

    assert wishes == [Classify((0, 1, 2, 3, 4))]

    state, wishes = after(state, Progressed(RowsProgress(5, 2, 1, 4, 1, 0, Decimal("0.1"))), Stop())

    assert wishes == [Halt()]
    assert view(state)["going"]["told"] == "2 of 5 rows · 1 texts asked · 1 failed · $0.10 in this run"

    some = (RESULTS[0], None, ERROR, None, None)
    state, wishes = after(state, Came((0, 1, 2, 3, 4), some, some, "Stopped."), Run())

    assert wishes == [Classify((1, 3, 4))]  # the empty cell is not asked about again

    state, _ = after(state, Came((1, 3, 4), RESULTS[1:2] + RESULTS[3:], RESULTS[1:2] + RESULTS[3:]))

    assert state.raw == RESULTS
    with pytest.raises(UsageError, match="All rows have a label"):
        update(state, Run())
    assert after(state, Run(anew=True))[1] == [Classify((0, 1, 2, 3, 4))]


def test_a_threshold_says_what_is_answered_right_and_paid_and_what_nobody_knows():
    state, _ = after(EMPTY, CAME)

    assert lines(state) == {
        "answered": "2 of 4 (50.0%)",
        "for a person": "2 (50.0%)",
        "right among the answered": "50.0% of 2 whose truth is known",
        "all answers cost": "$0.50",
        "of it for rows that a person does anyway": "$0.30",
        "with a person's work": "not known: say what a row costs a person",
    }

    state, _ = after(state, Cut(0.8), Price(2))

    assert lines(state)["answered"] == "1 of 4 (25.0%)"
    assert lines(state)["right among the answered"] == "100.0% of 1 whose truth is known"
    assert lines(state)["with a person's work"] == "$6.50"
    assert lines(after(state, Cut(0.95))[0])["right among the answered"] == "not known"


def test_an_unknown_price_or_confidence_is_said_to_be_unknown():
    unsure = tuple(found(text, sure=None) for text in ("one", "two"))
    state, _ = after(begun(ABOUT, Rows(("one", "two"), "text"), 0.0), Came((0, 1), unsure, unsure), Price(1))

    assert lines(state)["for a person"] == "2 (100.0%), 2 of them without a known confidence"
    assert lines(state)["all answers cost"] == "price unknown"
    assert lines(state)["with a person's work"] == "$2.00 for the person; the price of the answers is unknown"
    assert view(state)["figures"]["histogram"] is None
    assert view(state)["figures"]["judged"] is None


def test_what_the_classifier_doubts_itself_waits_for_a_person_whatever_its_confidence():
    doubted = (found("one", uncertain=True), found("two", out_of_scope=True), found("three"))
    state, _ = after(begun(ABOUT, Rows(("one", "two", "three"), "text"), 0.5), Came((0, 1, 2), doubted, doubted))

    assert state.split.rows == (0, 1)


def test_the_queue_has_the_least_sure_first_and_not_what_is_known():
    queue = view(after(EMPTY, CAME)[0])["queue"]

    assert (queue["row"], queue["count"], queue["left"]) == (4, 2, 2)
    assert queue["offered"] == [["a", 0.3], ["b", None]]


def test_a_person_labels_skips_moves_and_takes_back():
    state, _ = after(EMPTY, CAME, Mark(4, "b"))

    assert view(state)["queue"]["row"] == 3
    assert state.marks == {4: "b"}
    assert view(after(state, Turn("confidence"))[0])["figures"]["judged"]["rows"] == 3

    state, _ = after(state, Mark(3, "b"))

    assert view(state)["queue"]["row"] is None

    state, _ = after(state, Undo())

    assert (view(state)["queue"]["row"], state.marks) == (3, {4: "b"})

    state, _ = after(state, Move(-1))

    assert (view(state)["queue"]["row"], view(state)["queue"]["label"]) == (4, "b")

    state, _ = after(state, Mark(4, "a"), Undo(), Skip())

    assert state.marks == {4: "b"}
    assert view(state)["queue"]["row"] == 3
    assert after(EMPTY, CAME, Skip(), Skip())[0].queue.place == 0  # skipped rows come again


def test_a_row_that_is_labelled_in_passing_leaves_the_queue_where_it_is():
    state, _ = after(EMPTY, CAME, Mark(0, "b"))

    assert state.truths[0] == "b"  # a person's word goes before the column's
    assert view(state)["queue"]["row"] == 4


def test_a_sample_of_all_is_spread_over_the_confidences():
    texts = tuple(f"t{number}" for number in range(1000))
    results = tuple(found(text, sure=number / 1000) for number, text in enumerate(texts))
    state, _ = after(begun(ABOUT, Rows(texts, "text"), 0.5), Came(tuple(range(1000)), results, results), Order("spread"))

    assert len(state.queue.rows) == 100
    assert (state.queue.rows[0], state.queue.rows[-1]) == (0, 999)


def test_of_many_labels_keys_choose_those_with_the_best_scores():
    names = tuple((f"l{number}", "") for number in range(20))
    scores = {f"l{number}": number / 200 for number in range(20)}
    result = ClassifierResult(
        user_query="x", options_provided=list(scores), selected=["l19"], confidences=[0.1], all_scores=scores
    )
    state, _ = after(begun(About("S", "", names), Rows(("x",), "text"), 0.5), Came((0,), (result,), (result,)))

    assert [name for name, _ in view(state)["queue"]["offered"]] == [f"l{number}" for number in range(19, 10, -1)]


def test_a_cell_of_the_confusion_matrix_lists_its_rows():
    state, _ = after(EMPTY, CAME)
    judged = view(after(state, Turn("confidence"))[0])["figures"]["judged"]

    assert (judged["names"], judged["matrix"]) == (["a", "b"], [[1, 1], [0, 0]])

    state, wishes = after(state, Look("cell", 0, 1), Window(0, 100))

    assert view(state)["listing"]["count"] == 1
    assert wishes == [Send(0, ((1, "two", {"text": "b", "mark": "racto-bad"}, "0.700", "a", ""),), state.version)]


def test_lists_of_rows_follow_what_happens():
    state, _ = after(EMPTY, CAME, Look("labelled"), Mark(3, "a"))

    assert list(state.listed) == [3]
    assert after(state, Window(0, 10))[1][0].rows[0][-1] == "labelled by hand"
    assert [list(after(state, Look(kind))[0].listed) for kind in ("all", "doubtful", "failed", "wrong")] == [
        [0, 1, 2, 3, 4], [4, 3], [2], [1, 3],
    ]  # fmt: skip


def test_calibration_is_fitted_on_known_rows_shown_and_taken_back():
    state, wishes = after(EMPTY, CAME, Calibrate())

    assert wishes == [Fit()]
    with pytest.raises(UsageError, match="being calibrated"):
        update(state, Run(anew=True))

    with pytest.warns(UserWarning, match="few"):
        calibrator = Calibrator.fit([0.9, 0.7, 0.4], [True, False, True])
    shown = tuple(result if result.error else calibrator.calibrated(result) for result in RESULTS)
    state, _ = after(state, Fitted(calibrator, shown, ("3 rows are few.",)))

    assert view(state)["figures"]["calibrated"] == "by temperature on 3 rows"
    assert view(state)["figures"]["notes"] == ["3 rows are few."]
    assert state.sureness.results == shown
    assert state.raw == RESULTS
    assert after(state, Try("x"), Sorted("x", found("x")))[0].trial.result.confidence_kind == "calibrated"
    assert after(state, Raw())[0].sureness.results == RESULTS
    assert after(EMPTY, CAME, Calibrate(), Fitted(None, RESULTS, ("no",)))[0].notes == ("no",)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Try("  "), "no text"), (Mark(2, "a"), "row 2"), (Mark(99, "a"), "row 99"), (Mark(4, "c"), "'c'"), (Undo(), "no label"),
        (Look("cell", 5, 0), "2 names"), (Window(0, 10_000), "500"), (object(), "does not know"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(event, says):
    with pytest.raises(UsageError, match=says):
        update(after(EMPTY, CAME)[0], event)


def test_what_needs_rows_or_truths_says_so():
    with pytest.raises(UsageError, match="no frame"):
        update(begun(ABOUT, Rows(), 0.5), Run())
    with pytest.raises(UsageError, match="already"):
        update(after(EMPTY, Run())[0], Run())
    with pytest.raises(UsageError, match="known to be true"):
        update(EMPTY, Calibrate())
    with pytest.raises(UsageError, match="Wait until"):
        update(after(EMPTY, Run())[0], Calibrate())
    several = after(
        begun(About("S", "", ABOUT.labels, several=True), Rows(("x",), "text"), 0.9), Came((0,), RESULTS[:1], RESULTS[:1])
    )
    for event in (Mark(0, "a"), Calibrate()):
        with pytest.raises(UsageError, match="several labels"):
            update(several[0], event)


@pytest.mark.parametrize(
    "content",
    [
        None, 3, "run", [], {}, {"do": "nothing"}, {"do": "run", "anew": 1}, {"do": "cut", "value": 2}, {"do": "cut", "value": "x"},
        {"do": "price", "value": -1}, {"do": "look", "kind": "secret"}, {"do": "look", "kind": "cell", "truth": -1},
        {"do": "window", "start": 0}, {"do": "mark", "row": 0, "label": "x" * 5_000}, {"do": "mark", "row": True, "label": "a"},
        {"do": "move", "step": 7}, {"do": "order", "value": "all"}, {"do": "try", "text": "x" * 2_000_001},
        {"do": "run", "more": 1}, {"do": "came"}, {"do": "fitted"}, {"do": "progressed"},
    ],
)  # fmt: skip
def test_a_page_may_say_nothing_else(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)


def test_what_is_foreign_is_plain_text_in_all_parts_and_in_the_twin():
    texts = (EVIL, "x")
    evil = (
        found(EVIL, EVIL, 0.2, options_provided=[EVIL, "a"], reasoning=EVIL),
        found("x", EVIL, 0.9, options_provided=[EVIL, "a"]),
    )
    state = begun(About(EVIL, EVIL, ((EVIL, EVIL), ("a", ""))), Rows(texts, "text", "", {1: EVIL}), 0.5)
    state, wishes = after(state, Try(EVIL), Sorted(EVIL, evil[0]), Came((0, 1), evil, evil), Window(0, 2))

    assert "<img" not in view(state)["trial"]["html"]
    assert "<img" not in twin(state)["text/html"]
    assert "\x1b" not in str(view(state)) + str(wishes) + twin(state)["text/plain"]
    shown = view(state)["queue"]["offered"][0][0]
    assert after(state, Mark(0, shown))[0].marks == {0: EVIL}  # what a page shows is what it may say


def test_a_hundred_thousand_rows_are_looked_at_without_being_sent():
    texts = tuple(f"t{number}" for number in range(100_000))
    results = tuple(found(text, sure=0.5 + number / 200_000) for number, text in enumerate(texts))
    state, _ = after(begun(ABOUT, Rows(texts, "text"), 0.6), Came(tuple(range(100_000)), results, results))

    shown = view(state)

    assert sum(shown["figures"]["histogram"]["counts"]) == 100_000
    assert len(str(shown)) < 10_000
    assert view(after(state, Mark(0, "b"))[0])["figures"]["histogram"] is shown["figures"]["histogram"]


def test_figures_of_all_rows_are_made_while_they_are_looked_at_and_not_with_each_label():
    state, _ = after(EMPTY, CAME, Turn("person"))
    marked, _ = after(state, Mark(0, "b"))
    assert view(marked)["figures"]["judged"] is None
    assert "figures" not in vars(marked.judged)
    assert view(after(marked, Turn("confidence"))[0])["figures"]["judged"]["rows"] == 2

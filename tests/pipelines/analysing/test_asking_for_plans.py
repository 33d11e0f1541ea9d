"""A model plans, the plan is carried out, and one that does not fit is mended once; in both colours."""

import json

import polars as pl
import pytest
from colours import COLOURS

from racto_nb.exceptions import RactoGatewayServerError
from racto_nb.models.messages import Message, MessageRole
from racto_nb.pipelines.sql_analyst.analysing import AnalysisPlan
from racto_nb.pipelines.sql_analyst.analysing.asking import analysis
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
ROWS = pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [3, 5]})
TOP = json.dumps({"steps": [{"step": "top", "count": 1, "by": "sales"}]})
WRONG = json.dumps({"steps": [{"step": "top", "count": 1, "by": "sale"}]})


def asked(colour, kit, frame=ROWS, **options):
    return colour.run(analysis(kit, frame, question="Who sold most?", sql="SELECT 1", **options))


@both_colours
def test_the_plan_is_carried_out_and_shown_as_code(colour):
    got = asked(colour, FakeKit([TOP]))

    assert got.frame.rows() == [("Rome", 5)]
    assert got.code == "df\n.sort('sales', descending=True)\n.head(1)"
    assert got.usage == got.responses[0].usage
    assert got.error is None


@both_colours
def test_nothing_to_compute_is_an_answer(colour):
    got = asked(colour, FakeKit(['{"steps": []}']))

    assert (got.plan, got.frame, got.code, got.error) == (AnalysisPlan(), None, None, None)


@both_colours
def test_a_plan_that_does_not_fit_is_mended_with_the_reason(colour):
    kit = FakeKit([WRONG, TOP])
    got = asked(colour, kit)

    assert got.frame.height == 1
    assert len(got.responses) == 2
    assert "Did you mean 'sales'?" in kit.calls[1]["messages"][-1]["content"]


@both_colours
def test_what_cannot_be_mended_is_an_error_in_the_analysis(colour):
    got = asked(colour, FakeKit([WRONG], repeat_last=True))

    assert "no column 'sale'" in str(got.error)
    assert got.frame is None
    assert got.usage["total_tokens"] == sum(response.usage["total_tokens"] for response in got.responses) > 0


def test_no_plan_at_all_is_an_error_in_the_analysis():
    got = asked(COLOURS[0], FakeKit(["I cannot."], repeat_last=True))

    assert "wrote no plan" in str(got.error)
    assert got.usage["total_tokens"] > 0


def test_errors_of_the_kit_are_raised():
    with pytest.raises(RactoGatewayServerError):
        asked(COLOURS[0], FakeKit([RactoGatewayServerError("down")]))


def test_nobody_is_asked_about_no_rows():
    kit = FakeKit([TOP])

    assert asked(COLOURS[0], kit, ROWS.clear()).responses == ()
    assert kit.calls == []


@pytest.mark.parametrize(("window", "is_asked"), [(4096, False), (8192, True), (None, True)])
def test_a_model_whose_window_has_no_place_for_a_plan_is_not_asked(window, is_asked):
    kit = FakeKit([TOP], abilities=Abilities(json_schema=True, window=window))
    got = asked(COLOURS[0], kit)

    assert bool(kit.calls) == is_asked == (got.frame is not None)
    assert got.error is None
    assert ("4,096 tokens are no room" in got.note) != is_asked


def test_what_was_said_before_takes_room_too():
    history = [Message(role=MessageRole.USER, content="word " * 3000)]
    kit = FakeKit([TOP], abilities=Abilities(json_schema=True, window=8192))

    assert "8,192 tokens are no room" in asked(COLOURS[0], kit, history=history).note


def test_the_model_sees_five_rows_as_data():
    kit = FakeKit(['{"steps": []}'])
    asked(COLOURS[0], kit, pl.DataFrame({"n": range(100, 200), "note": ["<|im_end|>"] * 100}))
    sent = kit.calls[0]["messages"][-1]["content"]

    assert "104" in sent
    assert "105" not in sent
    assert "<|im_end|>" not in sent
    assert "- n: Int64" in sent

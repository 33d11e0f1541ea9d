"""Cells that ask kits with a router or a truncator: what the footer, the dry run and the result say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from in_process_notebook import Notebook
from paid_kit import PaidKit

from racto_nb.exceptions import ContextOverflowError, RactoGatewayServerError, UsageError
from racto_nb.models import LLMResponse, Message
from racto_nb.models.usage import usage_of
from racto_nb.notebook.display.streaming import StaticAnswer
from racto_nb.notebook.magics.answering import Asking, answered
from racto_nb.notebook.magics.asking import question_of
from racto_nb.notebook.magics.options import read_options
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.wire import Abilities
from racto_nb.routing import CostAwareRouter, RoutingTier
from racto_nb.testing import FakeKit
from racto_nb.truncation import SummarizingTruncator, TokenTruncator, TruncationConfig

ROUTER = CostAwareRouter([RoutingTier(model="gpt-6-luna", max_score=30), RoutingTier(model="gpt-6.1-sol")])
SMALL = TruncationConfig(max_context_tokens=1000)


def talk(notebook: Notebook) -> None:
    """A conversation of 20 long exchanges, under the name `talk`."""
    for number in range(20):
        notebook.shell.magics_manager.registry["RactoMagics"].session.remember("talk", f"{number:03}" + "x" * 200, "y" * 200)


@pytest.mark.parametrize("line", ["", "--no-stream"])
def test_the_footer_says_which_model_was_chosen(notebook: Notebook, line: str):
    notebook["kit"] = FakeKit(["4"], model="auto", router=ROUTER)
    notebook.ok(f"%%racto --model kit {line}\nWhat is 2+2?")
    assert "— fake:auto → gpt-6-luna · " in notebook.text
    assert notebook["_racto"].model == "fake:auto → gpt-6-luna"
    assert notebook["_racto"].response.route.score == 0


@pytest.mark.parametrize(
    ("answered_by", "named"),
    [
        ("gpt-6-luna", "fake:auto → gpt-6-luna"),
        ("gpt-6-luna-2026-10-01", "fake:auto → gpt-6-luna-2026-10-01"),
        ("another", "fake:auto → another in place of gpt-6-luna"),
    ],
)
def test_who_answered_in_the_place_of_the_chosen_model_is_said(notebook: Notebook, answered_by: str, named: str):
    notebook["kit"] = FakeKit([LLMResponse(content="4", model=answered_by)], model="auto", router=ROUTER)
    notebook.ok("%%racto --model kit\nWhat is 2+2?")
    assert notebook["_racto"].model == named


def test_the_price_is_that_of_the_chosen_model():
    kit = PaidKit([LLMResponse(content="4", usage=usage_of(1000, 100))], model="auto", router=ROUTER)
    question = question_of(read_options(""), "What is 2+2?", {}, [])
    found = answered(Asking(kit, question, StaticAnswer(quiet=True))).result
    assert found.cost == float(catalogue().cost("openai", "gpt-6-luna", usage_of(1000, 100)) or 0)


def test_a_cell_whose_models_all_fail_ends_with_the_last_error(notebook: Notebook):
    notebook["kit"] = FakeKit([RactoGatewayServerError("One."), RactoGatewayServerError("Two.")], model="auto", router=ROUTER)
    error = notebook.failed("%%racto --model kit\nWhat is 2+2?")
    assert str(error) == "Two."
    assert notebook["_racto"].model == "fake:auto"
    assert notebook["_racto"].cost is None


def test_a_dry_run_on_auto_needs_no_choice(notebook: Notebook):
    notebook["kit"] = kit = FakeKit([], model="auto", router=ROUTER)
    notebook.ok("%%racto --model kit --dry-run\nWhat is 2+2?")
    assert "fake:auto · not sent" in notebook.text
    assert kit.calls == []


def test_auto_of_a_provider_says_that_a_router_is_needed(notebook: Notebook):
    error = notebook.failed("%%racto --model embedded:auto\nWhat is 2+2?")
    assert isinstance(error, UsageError)
    assert "needs" in str(error) or "there is none" in str(error)


@pytest.mark.parametrize("line", ["", "--no-stream"])
def test_the_footer_says_how_much_was_left_out(notebook: Notebook, line: str):
    notebook["kit"] = kit = FakeKit(["ok"], truncator=TokenTruncator(SMALL))
    talk(notebook)
    notebook.ok(f"%%racto --model kit --history talk {line}\nAnd now?")
    left = len(notebook["_racto"].response.truncation.left_out)
    assert left > 20
    assert f"{left} of 40 messages left out" in notebook.text.splitlines()[-1]
    sent = notebook["_racto"].prompt_text
    assert [turn["content"] for turn in kit.calls[0]["messages"]] == [part.partition(" ──\n")[2] for part in sent.split("\n\n")]


def test_a_dry_run_shows_what_would_be_sent_and_says_what_would_not(notebook: Notebook):
    notebook["kit"] = kit = FakeKit([], truncator=TokenTruncator(SMALL))
    talk(notebook)
    notebook.ok("%%racto --model kit --history talk --dry-run\nAnd now?")
    assert "000x" in notebook.text
    assert "005x" not in notebook.text
    assert "of 40 messages left out" in notebook.text
    assert kit.calls == []


def test_a_dry_run_of_what_cannot_fit_fails(notebook: Notebook):
    notebook["kit"] = FakeKit([], truncator=TokenTruncator(SMALL))
    error = notebook.failed(f"%%racto --model kit --dry-run\n{'x' * 4000}")
    assert isinstance(error, ContextOverflowError)


@pytest.mark.filterwarnings("always")
def test_a_summary_that_failed_is_a_note_of_the_cell(notebook: Notebook):
    summariser: Any = FakeKit([RactoGatewayServerError("Overloaded.")])
    notebook["kit"] = FakeKit(
        ["ok"],
        truncator=SummarizingTruncator(summariser, TruncationConfig(), summary_tokens=32),
        abilities=Abilities(window=1500),
    )
    talk(notebook)
    notebook.ok("%%racto --model kit --history talk\nAnd now?")
    (note,) = notebook["_racto"].notes
    assert "without a summary: RactoGatewayServerError: Overloaded." in note


def test_a_summary_stands_in_the_text_that_was_sent(notebook: Notebook):
    summariser: Any = FakeKit(["They talked."])
    notebook["kit"] = FakeKit(["ok"], truncator=SummarizingTruncator(summariser, SMALL, summary_tokens=32))
    talk(notebook)
    notebook.ok("%%racto --model kit --history talk\nAnd now?")
    assert "They talked." in notebook["_racto"].prompt_text
    assert "messages summarised" in notebook.text


def test_turns_of_a_conversation_are_all_remembered_though_some_were_not_sent(notebook: Notebook):
    notebook["kit"] = FakeKit(["ok"], truncator=TokenTruncator(SMALL))
    talk(notebook)
    notebook.ok("%%racto --model kit --history talk\nAnd now?")
    turns: list[Message] = notebook.shell.magics_manager.registry["RactoMagics"].session.history("talk")
    assert len(turns) == 42


class Chooser:
    """A router of the user's own that names no models."""

    def around(self, ask: Any, onward: Any):
        return (yield from onward(dataclasses.replace(ask, model="mine")))


def test_a_dry_run_with_a_router_of_ones_own_assumes_a_small_window(notebook: Notebook):
    notebook["kit"] = FakeKit([], model="auto", router=Chooser(), truncator=TokenTruncator())
    talk(notebook)
    notebook.ok("%%racto --model kit --history talk --dry-run\nAnd now?")
    assert "left out" not in notebook.text
    error = notebook.failed(f"%%racto --model kit --dry-run\n{'x' * 32_000}")
    assert "a window of 8,192" in str(error)

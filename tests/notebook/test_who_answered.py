"""Who answered, and for what price: what the line below an answer may claim."""

from __future__ import annotations

from typing import Any

import pytest
from paid_kit import PaidKit

from racto_nb.models.response import LLMResponse
from racto_nb.models.usage import usage_of
from racto_nb.notebook.display.streaming import StaticAnswer
from racto_nb.notebook.magics.answering import Asking, answered
from racto_nb.notebook.magics.asking import question_of
from racto_nb.notebook.magics.options import read_options
from racto_nb.notebook.magics.result import RactoResult
from racto_nb.providers.catalog import catalogue


def result_of(answered_by: str, *, elsewhere: bool = False, usage: dict[str, int] | None = None) -> RactoResult:
    reply = LLMResponse(content="Yes.", model=answered_by, usage=usage_of(1000, 100) if usage is None else usage)
    kit = PaidKit([reply], elsewhere=elsewhere)
    question = question_of(read_options(""), "Is it?", {}, [])
    return answered(Asking(kit, question, StaticAnswer(quiet=True))).result


def test_the_price_is_the_catalogues_for_the_tokens_that_were_counted():
    price = catalogue().cost("openai", "gpt-6-luna", usage_of(1000, 100))

    assert price
    assert result_of("gpt-6-luna").cost == float(price)


def test_another_server_under_the_same_api_has_no_price_that_is_known():
    assert result_of("gpt-6-luna", elsewhere=True).cost is None


def test_the_users_own_price_counts_for_another_server(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "catalog.toml"
    own.write_text('[openai."gpt-6-luna"]\nprice = { input = 2, output = 20 }\n')
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(own))

    assert result_of("gpt-6-luna", elsewhere=True).cost == pytest.approx((1000 * 2 + 100 * 20) / 1e6)


def test_a_catalogue_that_was_broken_meanwhile_costs_the_price_and_not_the_answer(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    broken = tmp_path / "catalog.toml"
    broken.write_text("nonsense = [")
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(broken))

    found = result_of("gpt-6-luna")
    assert (found.text, found.cost) == ("Yes.", None)


def test_an_unknown_model_has_no_price():
    assert result_of("gpt-99").cost is None


@pytest.mark.parametrize(
    ("answered_by", "shown"),
    [
        ("gpt-6-luna", "openai:gpt-6-luna"),
        ("gpt-6-luna-2026-09-01", "openai:gpt-6-luna-2026-09-01"),
        ("gpt-5-mini", "openai:gpt-5-mini in place of gpt-6-luna"),
    ],
)
def test_a_dated_version_is_the_model_that_was_asked_and_another_stands_in_its_place(answered_by: str, shown: str):
    assert result_of(answered_by).model == shown

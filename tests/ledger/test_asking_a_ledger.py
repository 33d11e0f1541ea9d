"""Which ledger holds, and what it is asked: SQL, frames, sums, days."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from paid_kit import PaidKit

from racto_nb import ledger
from racto_nb.exceptions import UsageError
from racto_nb.ledger import Ledger, ledger_at
from racto_nb.models import ChatConfig
from racto_nb.models.usage import usage_of
from racto_nb.testing import FakeReply

ASK = ChatConfig(user_message="What is 2 + 2?")


def ask(*models: str) -> None:
    for model in models:
        PaidKit([FakeReply(("4",), usage=usage_of(1000, 100))], model=model).chat(ASK)


def test_a_query_sees_the_rows_as_the_table_calls(book: Ledger):
    ask("gpt-6-luna", "gpt-6-luna", "gpt-6-astra")
    found = ledger.sql("SELECT model, count(*) AS n, sum(price) AS price FROM calls GROUP BY model ORDER BY n DESC")
    assert found.rows() == [("gpt-6-luna", 2, Decimal("0.000300000000")), ("gpt-6-astra", 1, Decimal("0.015000000000"))]
    assert found.schema["price"] == pl.Decimal(38, 12)
    with ledger.connect() as connection:
        assert connection.execute("SELECT count(*) FROM calls").fetchall() == [(3,)]


def test_sums_are_exact_and_grouped(book: Ledger):
    ask("gpt-6-luna", "gpt-6-astra", "gpt-6-luna")
    total = ledger.total()
    assert (total.calls, total.requests, total.input_tokens, total.price) == (3, 3, 3000, Decimal("0.0153"))
    models = ledger.by("model")
    assert models["model"].to_list() == ["openai:gpt-6-astra", "openai:gpt-6-luna"]
    assert models["price"].to_list() == [Decimal("0.015"), Decimal("0.0003")]
    assert ledger.by("day")["day"].to_list() == [datetime.now(UTC).date()]
    assert ledger.by("provider", as_="pandas")["price"].tolist() == [Decimal("0.0153")]


def test_sums_from_a_time_on_leave_out_what_was_before(book: Ledger):
    ask("gpt-6-luna")
    assert ledger.total(since=timedelta(hours=1)).calls == 1
    assert ledger.total(since=date(2020, 1, 1)).calls == 1
    assert ledger.total(since=datetime.now(UTC) + timedelta(hours=1)).calls == 0
    assert ledger.total(session="another").calls == 0


def test_a_wrong_group_names_the_right_ones(book: Ledger):
    with pytest.raises(UsageError, match=r"by day, model, cell, provider, not by 'modell'\. Did you mean 'model'"):
        ledger.by("modell")
    with pytest.raises(UsageError, match="polars or of pandas, not of 'arrow'"):
        ledger.frame(as_="arrow")


def test_an_empty_ledger_has_all_columns_and_sums_of_nothing(book: Ledger):
    assert book.frame().height == 0
    assert {"time", "price", "saved", "cell", "error"} <= set(book.frame().columns)
    assert (book.total().calls, book.total().price) == (0, 0)


def test_a_ledger_that_is_off_says_how_it_is_turned_on():
    with ledger_at("off"), pytest.raises(UsageError, match="RACTO_LEDGER"):
        ledger.total()


def test_a_ledger_in_memory_ends_with_its_block():
    with ledger_at(":memory:") as book:
        ask("gpt-6-luna")
        assert book is not None
        assert (book.total().calls, repr(book)) == (1, "Ledger(':memory:')")


def test_an_empty_path_is_refused():
    with pytest.raises(UsageError, match="the path is empty"):
        Ledger(" ")


def test_the_process_may_choose_and_give_the_choice_back(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_LEDGER", str(tmp_path / "named"))
    assert ledger.current() is not None
    assert ledger.current().path == tmp_path / "named"
    try:
        assert ledger.use(folder).path == folder
        assert ledger.current().path == folder
        assert ledger.use("off") is None
        assert ledger.use(None) is None
    finally:
        ledger.use("")
    assert ledger.current().path == tmp_path / "named"


def test_without_a_word_the_ledger_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("RACTO_LEDGER")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(tmp_path))
    ledger.choosing._usual.cache_clear()
    try:
        assert ledger.current().path == tmp_path / "ledger"
        assert list(tmp_path.iterdir()) == []
    finally:
        ledger.choosing._usual.cache_clear()


def test_the_environment_turns_texts_on(monkeypatch: pytest.MonkeyPatch, folder: Path):
    monkeypatch.setenv("RACTO_LEDGER", str(folder))
    monkeypatch.setenv("RACTO_LEDGER_TEXTS", "1")
    ask("gpt-6-luna")
    assert ledger.frame()["question"].to_list() == ["What is 2 + 2?"]


FIRST_PRICE = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[2])
from paid_kit import PaidKit
from racto_nb.ledger import use
from racto_nb.models import ChatConfig
from racto_nb.models.usage import usage_of
from racto_nb.testing import FakeReply

use(sys.argv[1])
PaidKit([FakeReply(("4",), usage=usage_of(1000, 100))]).chat(ChatConfig(user_message="Hi"))
print([name for name in ("duckdb", "polars", "pandas", "plotly") if name in sys.modules])
"""


def test_the_first_call_of_a_process_waits_for_no_library_and_is_priced_all_the_same(folder: Path):
    here = str(Path(__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", FIRST_PRICE, str(folder), here], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    (row,) = Ledger(folder).frame().to_dicts()
    assert (row["price"], row["unpriced"]) == (Decimal("0.00015"), 0)
    (segment,) = folder.glob("*.jsonl")
    assert segment.read_bytes().count(b"\n") == 2  # once at once without a price, and once with it

"""`%racto cost`, `%racto budget`, `--max-cost` and the price tag of `--dry-run`, in a shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process_notebook import Notebook
from paid_kit import PaidKit

from racto_nb import budgets
from racto_nb._place import HERE, NOWHERE, Place
from racto_nb.exceptions import BudgetExceededError, UsageError
from racto_nb.ledger import Ledger, ledger_at
from racto_nb.models.usage import usage_of
from racto_nb.testing import FakeReply

REPLY = FakeReply(("An answer.",), usage=usage_of(1000, 100))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_at(tmp_path / "ledger") as opened:
        assert opened is not None
        yield opened
    budgets.use(None)


@pytest.fixture
def notebook(shell, book: Ledger) -> Notebook:
    running = Notebook(shell)
    shell.user_ns["kit"] = PaidKit([REPLY], repeat_last=True)
    shell.user_ns["other"] = PaidKit([REPLY], repeat_last=True, model="gpt-6-astra")
    return running


def test_cost_sums_up_by_model_and_says_how_much_it_is_together(notebook: Notebook):
    notebook.ok("%%racto --model kit\nHi")
    notebook.ok("%%racto --model other\nHi")
    notebook.ok("%racto cost")
    lines = notebook.text.splitlines()
    assert lines[0].split() == ["model", "calls", "tokens", "in", "cached", "tokens", "out", "US", "dollars", "saved"]
    assert lines[1].split() == ["openai:gpt-6-astra", "1", "1,000", "0", "100", "0.015"]
    assert lines[2].split() == ["openai:gpt-6-luna", "1", "1,000", "0", "100", "0.00015"]
    assert lines[3].startswith("$0.015 for 2 calls (this session).")


def test_the_footer_and_the_ledger_say_the_same(notebook: Notebook, book: Ledger):
    notebook.ok("%%racto --model kit\nHi")
    assert notebook.shell.user_ns["_racto"].cost == float(book.frame()["price"].item()) == 0.00015


@pytest.mark.parametrize("words", ["day", "cell today", "provider all", "model session", "day all"])
def test_cost_by_other_things_and_spans(notebook: Notebook, words: str):
    notebook.ok("%%racto --model kit\nHi")
    notebook.ok(f"%racto cost {words}")
    assert notebook.text.startswith(words.split(maxsplit=1)[0])
    assert "$0.00015 for 1 call" in notebook.text


def test_a_chart_has_a_table_and_a_text_beside_it(notebook: Notebook):
    notebook.ok("%%racto --model kit\nHi")
    notebook.ok("%racto cost chart")
    (shown,) = notebook.shown
    assert set(shown) == {"application/vnd.plotly.v1+json", "text/html", "text/plain"}
    (bars,) = shown["application/vnd.plotly.v1+json"]["data"]
    assert (bars["type"], bars["x"], bars["y"]) == ("bar", ["openai:gpt-6-luna"], [0.00015])
    assert "0.00015" in shown["text/plain"]
    picture, _, table = shown["text/html"].partition("</figure>")
    assert 'alt="US dollars by model (this session) (bar chart)"' in picture
    assert "<table" in table


def test_without_a_call_there_is_nothing_to_draw(notebook: Notebook):
    notebook.ok("%racto cost chart")
    assert set(notebook.shown[0]) == {"text/html", "text/plain"}
    assert "No call yet (this session)" in notebook.text


def test_what_nobody_knows_the_price_of_is_told(notebook: Notebook):
    notebook.shell.user_ns["kit"] = PaidKit([REPLY], model="gpt-99")
    notebook.ok("%%racto --model kit\nHi")
    notebook.ok("%racto cost")
    assert "unknown" in notebook.text
    assert "Of 1 requests the price is unknown." in notebook.text


@pytest.mark.parametrize(("words", "says"), [("modle", "Did you mean 'model'"), ("day model", "one thing over one span")])
def test_other_words_are_refused(notebook: Notebook, words: str, says: str):
    error = notebook.failed(f"%racto cost {words}")
    assert isinstance(error, UsageError)
    assert says in str(error)


def test_a_budget_of_the_session_holds_for_all_cells_and_says_what_is_left(notebook: Notebook):
    notebook.ok("%racto budget 0.0042")
    assert notebook.text.strip() == "Budget($0.00 of $0.0042 spent), $0.0042 left"
    notebook.ok("%%racto --model kit\nHi")
    notebook.ok("%racto budget")
    assert "$0.00015 of $0.0042 spent" in notebook.text
    error = notebook.failed("%%racto --model other\nHi")
    assert isinstance(error, BudgetExceededError)
    assert "Nothing was sent." in str(error)
    notebook.ok("%racto budget off")
    notebook.ok("%%racto --model other\nHi")
    notebook.ok("%racto budget")
    assert "No budget is set." in notebook.text


def test_max_cost_fails_the_cell_before_anything_is_sent(notebook: Notebook):
    error = notebook.failed("%%racto --model other --max-cost 0.01\nHi")
    assert isinstance(error, BudgetExceededError)
    assert str(error).startswith("openai:gpt-6-astra may cost $0.2")
    assert notebook.shell.user_ns["other"].calls == []
    assert notebook.shell.user_ns["_racto"].origin == "not sent"
    notebook.ok("%%racto --model kit --max-cost 0.01\nHi")


def test_max_cost_is_for_all_models_of_a_cell_together(notebook: Notebook):
    notebook.ok("%%racto --model kit --max-tokens 10 --max-cost 0.01\nHi")
    error = notebook.failed("%%racto --model kit --model other --max-tokens 500 --max-cost 0.01\nHi")
    assert "gpt-6-astra may cost" in str(error)
    assert str(notebook.shell.user_ns["_racto"]["kit"]) == "An answer."


@pytest.mark.parametrize("amount", ["-1", "nan"])
def test_a_max_cost_that_is_none_is_refused(notebook: Notebook, amount: str):
    assert "--max-cost is a number of US dollars" in str(notebook.failed(f"%%racto --model kit --max-cost={amount}\nHi"))


def test_a_dry_run_tells_the_price_and_sends_nothing(notebook: Notebook, book: Ledger):
    notebook.ok("%%racto --model kit --max-tokens 1000 --dry-run\nWhat is a database index?")
    assert "tokens in, at most 1,000 out · $0.000000030 to $0.0005" in notebook.text
    assert "at most · openai:gpt-6-luna · not sent" in notebook.text
    assert (notebook.shell.user_ns["kit"].calls, book.total().calls) == ([], 0)


def test_a_dry_run_without_a_key_tells_the_price_too(notebook: Notebook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    notebook.ok("%%racto --model openai:gpt-6-luna --max-tokens 1000 --dry-run\nWhat is a database index?")
    assert "at most 1,000 out · $0.000000030 to $0.000" in notebook.text


def test_rows_name_the_cell_that_ran(notebook: Notebook, book: Ledger):
    notebook.shell.run_cell("%%racto --model kit\nHi", cell_id="abc-1")
    notebook.shell.run_cell("kit.chat(__import__('racto_nb.models').models.ChatConfig(user_message='Hi'))", cell_id="abc-2")
    assert book.frame()["cell"].to_list() == ["abc-1", "abc-2"]


def test_an_answer_in_the_background_keeps_the_cell_in_which_it_began(notebook: Notebook, tmp_path: Path):
    from racto_nb import ledger

    ledger.use(tmp_path / "process")  # a block holds for its own thread; what runs beside it asks the process
    try:
        notebook.shell.user_ns["kit"] = PaidKit([FakeReply(("An ", "answer."), delay=0.2)])
        notebook.shell.run_cell("%%racto --model kit --background --into answer\nHi", cell_id="first")
        notebook.shell.run_cell("1 + 1", cell_id="second")
        notebook.shell.user_ns["answer"].result(20)
        cells = [*ledger.frame()["cell"], *Ledger(tmp_path / "process").frame()["cell"]]
    finally:
        ledger.use("")
    assert cells == ["first"]


def test_unloading_forgets_the_cell(notebook: Notebook):
    from racto_nb import unload_ipython_extension

    HERE.set(Place("a.ipynb", "abc"))
    unload_ipython_extension(notebook.shell)
    assert HERE.get() is NOWHERE

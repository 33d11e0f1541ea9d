"""Every call is one row: what it says of answers, failures, tools, retries, caches, and of calls that were left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import aclosing, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from calling_replies import calls
from colours import run_unblocked
from paid_kit import PaidKit
from pydantic import BaseModel

from racto_nb import ledger as ledgers
from racto_nb._place import HERE, Place
from racto_nb.exceptions import RactoGatewayServerError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Answer, Ask, Onward, Steps, known_answer
from racto_nb.ledger import Ledger
from racto_nb.models import ChatConfig, EmbeddingConfig, LLMResponse
from racto_nb.models.usage import usage_of
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

ASK = ChatConfig(user_message="What is 2 + 2?")
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "cached_tokens": 400}
PRICE = Decimal("0.000114")  # 600 at 0.10, 400 at 0.01 and 100 at 0.50 dollars a million


def chatted(kit: DeveloperKit) -> Any:
    return kit.chat(ASK)


def achatted(kit: DeveloperKit) -> Any:
    return run_unblocked(kit.achat(ASK))


def streamed(kit: DeveloperKit) -> Any:
    return list(kit.stream(ASK))


def astreamed(kit: DeveloperKit) -> Any:
    async def main() -> Any:
        async with aclosing(kit.astream(ASK)) as chunks:
            return [chunk async for chunk in chunks]

    return run_unblocked(main())


WAYS = [chatted, achatted, streamed, astreamed]
all_ways = pytest.mark.parametrize("way", WAYS)


def rows(book: Ledger) -> list[dict[str, Any]]:
    return book.frame().to_dicts()


def row(book: Ledger) -> dict[str, Any]:
    (only,) = rows(book)
    return only


@all_ways
def test_an_answer_is_one_row_with_its_tokens_and_its_price(way: Callable[[DeveloperKit], Any], book: Ledger):
    way(PaidKit([FakeReply(("4",), usage=USAGE)]))
    found = row(book)
    assert found["kind"] == ("stream" if "stream" in way.__name__ else "chat")
    assert (found["provider"], found["model"], found["answered"]) == ("openai", "gpt-6-luna", "gpt-6-luna")
    assert (found["input_tokens"], found["cached_tokens"], found["output_tokens"]) == (1000, 400, 100)
    assert (found["price"], found["unpriced"], found["saved"]) == (PRICE, 0, 0)
    assert found["price_source"].startswith("genai-prices ")
    assert (found["origin"], found["requests"], found["finish_reason"], found["error"]) == ("fresh", 1, "stop", None)
    assert (found["first_token_seconds"] is not None) == (found["kind"] == "stream")
    assert found["seconds"] >= (found["first_token_seconds"] or 0)
    assert abs(found["time"] - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5)
    assert len(found["prompt_hash"]) == 64
    assert (found["question"], found["answer"]) == (None, None)


def test_the_price_of_a_footer_and_the_price_in_the_ledger_are_the_same(book: Ledger):
    from racto_nb.providers.pricing import price_of_all

    response = PaidKit([FakeReply(("4",), usage=USAGE)]).chat(ASK)
    assert price_of_all(response.spent) == row(book)["price"]


@all_ways
def test_a_call_that_fails_is_a_row_with_the_class_of_its_error(way: Callable[[DeveloperKit], Any], book: Ledger):
    with pytest.raises(RactoGatewayServerError):
        way(PaidKit([RactoGatewayServerError("down")]))
    found = row(book)
    assert (found["error"], found["requests"], found["price"], found["unpriced"]) == ("RactoGatewayServerError", 1, 0, 0)
    assert found["answered"] is None


def test_a_stream_that_its_reader_leaves_has_a_price_that_nobody_knows(book: Ledger):
    with closing(PaidKit([FakeReply(("one ", "two ", "three"))]).stream(ASK)) as chunks:
        next(chunks)
    found = row(book)
    assert (found["error"], found["price"], found["unpriced"], found["input_tokens"]) == ("left", None, 1, None)
    assert found["first_token_seconds"] is not None


def test_an_async_stream_that_its_reader_leaves_is_a_row_too(book: Ledger):
    async def main() -> None:
        async with aclosing(PaidKit([FakeReply(("one ", "two ", "three"))]).astream(ASK)) as chunks:
            await anext(chunks)

    run_unblocked(main())
    assert (row(book)["error"], row(book)["kind"]) == ("left", "stream")


def test_a_task_that_is_cancelled_while_it_waits_is_a_row_with_one_request(book: Ledger):
    async def main() -> None:
        task = asyncio.create_task(PaidKit([FakeReply(("slow",), delay=60)]).achat(ASK))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_unblocked(main())
    found = row(book)
    assert (found["error"], found["requests"], found["price"], found["unpriced"]) == ("left", 1, None, 1)


@pytest.mark.parametrize("way", [lambda kit, ask: kit.embed(ask), lambda kit, ask: run_unblocked(kit.aembed(ask))])
def test_embeddings_are_a_row(way: Any, book: Ledger):
    way(PaidKit(), EmbeddingConfig(texts=["an index"]))
    found = row(book)
    assert (found["kind"], found["model"], found["output_tokens"], found["error"]) == ("embed", "text-embedding-3-small", 0, None)
    assert found["price"] == Decimal("0.02") * found["input_tokens"] / 1_000_000
    assert len(found["prompt_hash"]) == 64


def test_all_requests_of_a_tool_loop_are_one_row_and_each_is_priced_by_itself(book: Ledger):
    def add(a: int, b: int) -> int:
        return a + b

    kit = PaidKit([replace(calls("", ("add", {"a": 2, "b": 3})), usage=USAGE), FakeReply(("It is 5.",), usage=USAGE)])
    kit.chat(ChatConfig(user_message="2 + 3?", tools=ToolRegistry([add]), auto_execute_tools=True))
    found = row(book)
    assert (found["requests"], found["input_tokens"], found["price"]) == (2, 2000, 2 * PRICE)


def test_a_step_in_prices_counts_for_each_request_and_not_for_their_sum(book: Ledger):
    class Sum(BaseModel):
        total: int

    big = usage_of(200_000, 10)  # two of them are more than the 272,000 from which on gpt-6-astra costs twice as much
    kit = PaidKit([FakeReply(("bad",), usage=big), FakeReply(('{"total": 5}',), usage=big)], model="gpt-6-astra")
    kit.chat(ChatConfig(user_message="2 + 3?", response_model=Sum))
    assert row(book)["price"] == 2 * (200_000 * Decimal(10) + 10 * Decimal(50)) / 1_000_000


def test_tries_after_a_broken_connection_are_requests_of_the_same_row(book: Ledger):
    policy = RetryPolicy(retries=2, first_delay=0.0)
    kit = PaidKit([ConnectionError("reset"), FakeReply(("4",), usage=USAGE)], retry=policy)
    kit.chat(ASK)
    assert (row(book)["requests"], row(book)["price"]) == (2, PRICE)


class Known:
    """A step that knows the answer, as a cache does."""

    def around(self, ask: Ask, onward: Onward):
        answer = LLMResponse(content="4", model="gpt-6-luna", usage=USAGE)
        return (yield from known_answer(ask, Answer(answer, "exact", datetime.now(UTC))))


@all_ways
def test_an_answer_from_a_cache_costs_nothing_and_says_what_it_saved(way: Callable[[DeveloperKit], Any], book: Ledger):
    kit = PaidKit()
    way(kit._with(steps=Steps(exact_cache=Known())))
    found = row(book)
    assert (found["origin"], found["requests"], found["price"], found["unpriced"]) == ("exact", 0, 0, 0)
    assert (found["input_tokens"], found["output_tokens"]) == (0, 0)
    assert (found["saved_tokens"], found["saved"]) == (1100, PRICE)


def test_a_model_whose_price_nobody_knows_is_not_free(book: Ledger):
    PaidKit([FakeReply(("4",), usage=USAGE)], model="gpt-99").chat(ASK)
    found = row(book)
    assert (found["price"], found["unpriced"], found["input_tokens"]) == (None, 1, 1000)
    assert (book.total().price, book.total().unpriced) == (0, 1)


def test_texts_are_kept_only_where_that_is_asked_for_and_without_secrets(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1")
    with ledgers.ledger_at(folder, texts=True) as book:
        FakeKit(["The key is sk-very-secret-1."]).chat(ChatConfig(user_message="Is it sk-very-secret-1?"))
    assert book is not None
    found = row(book)
    assert (found["question"], found["answer"]) == ("Is it [OPENAI_API_KEY]?", "The key is [OPENAI_API_KEY].")
    book.close()
    assert not any(b"sk-very-secret-1" in file.read_bytes() for file in folder.iterdir())


def test_by_default_neither_question_nor_answer_is_written_down(book: Ledger, folder: Path):
    FakeKit(["an answer of note"]).chat(ChatConfig(user_message="a question of note"))
    book.close()
    written = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"fake-model" in written
    assert b"of note" not in written


def test_a_row_says_in_which_cell_its_call_began(book: Ledger):
    kit = FakeKit(["1", "2"])
    with HERE.block(Place("work.ipynb", "cell-1")):
        chunks = kit.stream(ASK)
    with HERE.block(Place("work.ipynb", "cell-2")):
        list(chunks)
        kit.chat(ASK)
    assert [(each["notebook"], each["cell"]) for each in rows(book)] == [("work.ipynb", "cell-1"), ("work.ipynb", "cell-2")]
    assert set(book.by("cell")["cell"]) == {"cell-1", "cell-2"}


def test_equal_questions_have_one_hash_and_others_another(book: Ledger):
    kit = FakeKit(["1", "2", "3"])
    for question in ("same", "same", "other"):
        kit.chat(ChatConfig(user_message=question))
    first, second, third = (each["prompt_hash"] for each in rows(book))
    assert first == second != third


def test_a_question_that_has_no_name_elsewhere_has_no_hash(book: Ledger):
    FakeKit(["1"]).chat(ChatConfig(user_message="Hi", extra={"stop": object()}))
    assert row(book)["prompt_hash"] is None


def test_without_a_ledger_a_call_goes_as_before():
    with ledgers.ledger_at(None):
        assert ledgers.current() is None
        assert FakeKit(["4"]).chat(ASK).content == "4"


def test_calls_of_many_threads_are_each_one_row(book: Ledger):
    kit = FakeKit(["4"], repeat_last=True)

    def work() -> None:
        with ledgers.ledger_at(book):
            for _ in range(25):
                kit.chat(ASK)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each["id"] for each in rows(book)}) == 200

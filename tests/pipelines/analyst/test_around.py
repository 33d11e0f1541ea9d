"""What stands around a question: restrictions, memory, limits of users, several drafts, sources that are kept."""

from __future__ import annotations

import time
from typing import Any

import polars as pl
import pytest
from colours import run_unblocked
from pipelines.analyst.small_source import ADULTS, NO_PLAN, MemorySource, pipeline, told, wrote
from pipelines.analyst.test_running import QUESTION, Ask, both

from racto_nb.exceptions import QueryError, RactoGatewayServerError, RateLimitExceededError
from racto_nb.limiting import RateLimitConfig, RateLimiter
from racto_nb.pipelines.sql_analyst.keeping import KeptSources
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.masking import MASK
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.settings import Address
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.testing import FakeKit

SECRET = "secret.example"


class Turns:
    """A memory that waits, as one on a server does."""

    def __init__(self, *turns: tuple[str, str], error: Exception | None = None) -> None:
        self.turns = [{"role": role, "content": content} for role, content in turns]
        self.error = error

    def append(self, conversation_id: str, role: str, content: str) -> None:
        time.sleep(0.001)
        if self.error is not None:
            raise self.error
        self.turns.append({"role": role, "content": content})

    def get_history(self, conversation_id: str) -> list[dict[str, str]]:
        time.sleep(0.001)
        return list(self.turns)


class Limiter:
    def __init__(self, most: int) -> None:
        self.most, self.taken = most, list[tuple[str, int]]()

    def check_and_consume(self, user_id: str, tokens: int = 1) -> bool:
        time.sleep(0.001)
        if sum(count for _, count in self.taken) + tokens > self.most:
            return False
        self.taken.append((user_id, tokens))
        return True


@both
@pytest.mark.parametrize(
    "sql", ["SELECT name, email AS contact FROM people", "SELECT * FROM people", "SELECT upper(email) FROM people"]
)
def test_masked_values_reach_nobody(ask: Ask, sql: str):
    kit = FakeKit([wrote(sql), NO_PLAN, "Their addresses are hidden."])

    result = ask(
        pipeline(kit, mask_columns=["email"], run_pandas=True, run_answer=True, chart="auto", schema_include_sample_values=True)
    )

    assert result.row_count == 3
    assert MASK in str(result.raw_rows)
    assert SECRET.upper() not in (told(kit) + str(result) + result.model_dump_json()).upper()


@both
def test_the_words_of_the_database_about_masked_values_are_withheld(ask: Ask):
    kit = FakeKit([wrote("SELECT CAST(email AS INTEGER) FROM people"), wrote(ADULTS)])

    result = ask(pipeline(kit, mask_columns=["people.email"]))

    assert result.row_count == 2
    assert SECRET not in told(kit) + result.model_dump_json()
    assert "not repeated" in told(kit)
    alone = ask(
        pipeline([wrote("SELECT CAST(email AS INTEGER) FROM people")], mask_columns=["email"], max_sql_retries=0, safe_mode=True)
    )
    assert SECRET not in f"{alone.exception} {alone.exception.__dict__} {alone.exception.__cause__}"  # type: ignore[union-attr]


@both
def test_a_blocked_column_is_never_seen(ask: Ask):
    kit, source = FakeKit([wrote("SELECT email FROM people"), wrote(ADULTS)]), MemorySource()

    ask(pipeline(kit, source, blocked_columns=["email"]))

    assert len(source.ran) == 1
    assert "email" not in kit.calls[0]["messages"][-1]["content"]


@both
def test_a_restricted_pipeline_never_sees_what_another_has_read(ask: Ask):
    source = MemorySource(identity=f"shared by {ask.__name__}")
    free, held = FakeKit([wrote("SELECT k FROM secrets")]), FakeKit([wrote(ADULTS)])

    first = ask(pipeline(free, source, schema_cache_ttl=3600))
    second = ask(pipeline(held, source, schema_cache_ttl=3600, allowed_tables=["people"], blocked_columns=["email"]))

    assert source.read == 1
    assert "secrets" in first.schema_used
    assert "secrets" not in told(held)
    assert "email" not in told(held)
    assert second.row_count == 2


@both
def test_a_conversation_is_remembered_and_told(ask: Ask):
    turns = [("user", f"question {number} " + "x" * 600) for number in range(8)]
    memory, kit = Turns(*turns, ("system", "odd")), FakeKit([wrote(ADULTS), "Ada and Bob."])

    ask(pipeline(kit, memory=memory, run_answer=True), session_id="s1")

    told_turns = [message["content"] for message in kit.calls[0]["messages"] if message["content"].startswith("question")]
    assert [turn[:10] for turn in told_turns] == [f"question {number}" for number in range(3, 8)]
    assert max(map(len, told_turns)) == 500
    assert [(turn["role"], turn["content"]) for turn in memory.turns[-2:]] == [("user", QUESTION), ("assistant", "Ada and Bob.")]


@both
def test_without_a_session_nothing_is_remembered(ask: Ask):
    memory = Turns()

    ask(pipeline([wrote(ADULTS)], memory=memory))

    assert memory.turns == []


@both
def test_a_memory_that_fails_leaves_the_answer(ask: Ask):
    result = ask(pipeline([wrote(ADULTS)], memory=Turns(error=OSError("gone"))), session_id="s1")

    assert (result.row_count, result.error) == (2, None)
    assert "gone" in result.notices[-1]


@both
def test_a_user_over_the_limit_asks_nobody(ask: Ask):
    kit = FakeKit([])

    with pytest.raises(RateLimitExceededError, match="'ann'") as caught:
        ask(pipeline(kit, rate_limiter=Limiter(10)), user_id="ann")

    assert (kit.calls, caught.value.user_id) == ([], "ann")


@both
def test_the_tokens_of_a_user_are_counted_as_they_were_taken(ask: Ask):
    limiter = Limiter(1_000_000)

    result = ask(pipeline([wrote(ADULTS), "x" * 4_000], rate_limiter=limiter, user_id="ann", run_answer=True))

    assert sum(tokens for _, tokens in limiter.taken) == result.usage.total_tokens
    assert {user for user, _ in limiter.taken} == {"ann"}


@both
def test_a_limiter_of_ours_gets_back_what_was_not_used_and_counts_what_was_used_beyond_it(ask: Ask):
    limiter = RateLimiter(RateLimitConfig(max_tokens_per_minute=100_000))

    for replies, more in (([wrote(ADULTS)], {}), ([wrote(ADULTS), "x" * 4_000], {"run_answer": True})):
        before = limiter.get_remaining("ann")
        result = ask(pipeline(replies, rate_limiter=limiter, user_id="ann", **more))
        assert before - limiter.get_remaining("ann") == result.usage.total_tokens > 0

    with pytest.raises(RateLimitExceededError) as caught:
        ask(pipeline(FakeKit([]), rate_limiter=RateLimiter(RateLimitConfig(max_tokens_per_minute=10)), user_id="ann"))
    assert caught.value.retry_after is None  # more than a window has


@both
def test_a_failed_question_is_counted_too(ask: Ask):
    limiter = Limiter(1_000_000)

    ask(
        pipeline(
            [wrote(ADULTS), RactoGatewayServerError("down")], rate_limiter=limiter, user_id="ann", run_answer=True, safe_mode=True
        )
    )

    assert limiter.taken


@both
def test_drafts_are_grouped_by_what_they_give(ask: Ask):
    same = "SELECT p.name AS who, p.age FROM people p WHERE p.age > 17"
    kit = FakeKit([wrote(ADULTS), wrote(same), wrote("SELECT name, age FROM people")])

    result = ask(pipeline(kit, candidates=3))

    assert sorted(group.votes for group in result.candidates) == [1, 2]
    assert [group.chosen for group in result.candidates] == [True, False]
    assert (result.row_count, result.candidates[0].row_count, len(result.attempts)) == (2, 2, 3)
    assert {call["temperature"] for call in kit.calls} == {0.7}
    assert result.usage.sql_output_tokens > 0
    assert {attempt.candidate for attempt in result.attempts} == {1, 2, 3}


@both
def test_a_draft_that_fails_does_not_end_the_others(ask: Ask):
    kit = FakeKit([RactoGatewayServerError("down"), wrote(ADULTS)])

    result = ask(pipeline(kit, candidates=2))

    assert (result.row_count, [group.votes for group in result.candidates]) == (2, [1, 1])
    assert result.candidates[1].error == "down"


@both
def test_examples_words_and_notes_are_told(ask: Ask):
    kit = FakeKit([wrote(ADULTS)])

    ask(
        pipeline(
            kit,
            examples=[("Who is an adult by law?", "SELECT name FROM people WHERE age >= 18")],
            glossary={"adult": "age of 18 or more"},
            table_docs={"people": "everybody we know"},
            column_docs={"people": {"age": "in years"}},
        )
    )

    for words in ("SELECT name FROM people WHERE age >= 18", "age of 18 or more", "everybody we know", "in years"):
        assert words in told(kit)


class Opening:
    """Counts what is opened in place of databases."""

    def __init__(self) -> None:
        self.made: list[MemorySource] = []

    def __call__(self, **address: Any) -> MemorySource:
        time.sleep(0.001)
        if address.get("connection_string") == "nowhere":
            raise QueryError("nothing there")
        self.made.append(MemorySource())
        return self.made[-1]


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> Opening:
    counting = Opening()
    monkeypatch.setattr("racto_nb.pipelines.sql_analyst.keeping.opened_source", counting)
    return counting


@both
def test_a_source_is_opened_once_and_given_back(ask: Ask, opening: Opening):
    kit = FakeKit([wrote(ADULTS)], repeat_last=True)
    asked = SQLAnalystPipeline(kit, run_pandas=False, run_answer=False, chart=None)

    for _ in range(2):
        ask(asked, connection_string="duckdb:///shop.duckdb")
    ask(asked, database="shop", username="ann", password="p@ss")

    assert len(opening.made) == 2
    asked.close()
    assert [source.closed for source in opening.made] == [1, 1]
    ask(asked, connection_string="duckdb:///shop.duckdb")
    assert len(opening.made) == 3
    run_unblocked(asked.aclose())
    assert opening.made[-1].closed == 1


@both
def test_a_source_of_the_users_own_stays_open(ask: Ask):
    source = MemorySource()
    asked = pipeline([wrote(ADULTS)], source)

    ask(asked)
    asked.close()

    assert source.closed == 0


def test_a_password_is_in_no_words_about_an_address():
    address = Address(connection_string="postgresql://ann:hunter2@db/shop", password="hunter2", engine="hunter2")

    assert "hunter2" not in repr(address) + repr(KeptSources())


def test_a_pipeline_is_a_context_of_both_colours(opening: Opening):
    async def main() -> None:
        async with SQLAnalystPipeline(FakeKit([wrote(ADULTS)]), run_pandas=False, run_answer=False) as asked:
            await asked.arun(QUESTION, connection_string="x.duckdb")

    with SQLAnalystPipeline(FakeKit([wrote(ADULTS)]), run_pandas=False, run_answer=False) as asked:
        asked.run(QUESTION, connection_string="x.duckdb")
    run_unblocked(main())

    assert [source.closed for source in opening.made] == [1, 1]


@both
def test_the_tables_of_duckdb_may_be_called_by_the_name_of_their_database(ask: Ask):
    source = MemorySource()
    adults = "SELECT name FROM memory.people WHERE age >= 18 UNION ALL SELECT name FROM memory.main.people WHERE age < 18"

    result = ask(pipeline([wrote(adults)], source, allowed_tables=["people"]))
    other = ask(
        pipeline([wrote("SELECT k FROM memory.secrets")], source, allowed_tables=["people"], max_sql_retries=0, safe_mode=True)
    )

    assert result.row_count == 3
    assert (other.outcome, len(source.ran)) == ("refused", 1)


@both
@pytest.mark.parametrize("careless", [False, True], ids=["the source cuts", "the source gives what is asked"])
def test_the_row_that_tells_of_more_is_not_among_the_rows(ask: Ask, careless: bool):
    source = MemorySource()
    if careless:
        kept = source.run
        source.run = lambda sql, limits: kept(sql, RunLimits(max_rows=None))  # type: ignore[method-assign]

    result = ask(pipeline([wrote("SELECT name FROM people")], source, max_rows=2))
    whole = ask(pipeline([wrote("SELECT name FROM people")], source, max_rows=3))

    assert source.ran[0].endswith("LIMIT 3")
    assert (result.row_count, result.truncated) == (2, True)
    assert (whole.row_count, whole.truncated) == (3, False)


@both
def test_a_result_of_another_width_than_the_guard_counted_shows_nothing(ask: Ask):
    source = MemorySource()
    source.run = lambda sql, limits: QueryResult(pl.DataFrame({"a": ["Ada"], "b": ["x@secret.example"]}), ("a", "b"))  # type: ignore[method-assign]

    result = ask(pipeline([wrote("SELECT email FROM people")], source, mask_columns=["email"]))

    assert result.frame.rows() == [(MASK, MASK)]

"""The gold queries of a public benchmark through the whole pipeline, as a model writes them: in a fence with prose around. What reads
gives the rows of bare DuckDB; the rest is refused, and what was reached is on the result."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pipelines.guarding.gold_queries import REFUSED as RULES
from pipelines.sources.test_duckdb_gold import (
    REFUSED,
    SAMPLES,
    Gold,
    assert_rows_of_bare_duckdb,
    bare_rows,
    gold,
    path,
    some,
)
from shared_material import MISSING, shared_path

from racto_nb.exceptions import ReadOnlyViolationError
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource
from racto_nb.testing import FakeKit

QUESTION = "What do the tables say?"


@pytest.fixture(scope="module")
def sources() -> Iterator[dict[str, DuckDBSource]]:
    sources = {database: DuckDBSource.from_file(path(database)) for database in {case.database for case in gold()}}
    yield sources
    for source in sources.values():
        source.close()


def asked(case: Gold, source: DuckDBSource, *, max_rows: int = 0, safe_mode: bool = False) -> SQLAnalystResult:
    kit = FakeKit([f"Here it is:\n```sql\n{case.sql}\n```\nHope that helps."], repeat_last=True)
    analyst = SQLAnalystPipeline(
        kit, engine=source, run_pandas=False, run_answer=False, chart=None, max_rows=max_rows, safe_mode=safe_mode
    )
    return analyst.run(QUESTION)


@pytest.mark.skipif(shared_path() is None, reason=MISSING)
def test_both_locks_refuse_the_same_26():
    assert set(RULES) == set(REFUSED)
    assert (len(gold()), len(REFUSED)) == (75, 26)


@pytest.mark.parametrize("max_rows", [10_000], ids=["10000 rows"])
@pytest.mark.parametrize("case", some(refused=False))
def test_a_gold_query_that_reads_gives_the_rows_of_bare_duckdb(case: Gold, sources: dict[str, DuckDBSource], max_rows: int):
    result = asked(case, sources[case.database], max_rows=max_rows)

    assert (result.outcome, result.error, result.truncated) == ("answered", None, False)
    assert [(attempt.outcome, attempt.note) for attempt in result.attempts] == [("ran", "")]
    if case.number in SAMPLES:
        table, _ = bare_rows(Gold(case.number, case.database, f"FROM {case.sql.split()[3]}"))
        assert result.frame.schema == table.schema
        assert set(result.frame.rows()) <= set(table.rows())
        return
    assert tuple(result.names) == bare_rows(case)[1]
    assert_rows_of_bare_duckdb(result.frame, case)


@pytest.mark.parametrize("case", some(refused=True))
def test_a_gold_query_that_does_more_is_refused_by_its_rule(case: Gold, sources: dict[str, DuckDBSource]):
    before = path(case.database).read_bytes()

    with pytest.raises(ReadOnlyViolationError) as caught:
        asked(case, sources[case.database])
    result = asked(case, sources[case.database], safe_mode=True)

    assert caught.value.result.verdict == result.verdict
    assert result.outcome == "refused"
    assert result.verdict is not None
    assert result.verdict.violations[0].rule == RULES[case.number], REFUSED[case.number]
    assert result.sql_query == case.sql.strip()
    assert result.usage.sql_output_tokens > 0
    assert result.error
    assert result.row_count == 0
    assert path(case.database).read_bytes() == before
    assert not path(case.database).with_suffix(".duckdb.wal").exists()

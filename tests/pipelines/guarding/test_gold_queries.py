"""Of the 75 gold queries, those that read their own tables pass and give the same rows; the others are refused, each by its rule."""

from __future__ import annotations

from pipelines.guarding.gold_queries import RANDOM, REFUSED, gold, opened, schema_of

from racto_nb.pipelines import GuardPolicy, SQLGuard


def test_49_queries_pass_and_26_are_refused():
    verdicts = {}
    for place, (database, query) in enumerate(gold()):
        with opened(database) as connection:
            verdicts[place] = SQLGuard(GuardPolicy("duckdb", schema=schema_of(connection), database=database)).check(query)
    assert {place: verdict.violations[0].rule for place, verdict in verdicts.items() if not verdict} == REFUSED
    assert sum(map(bool, verdicts.values())) == 49


def test_what_passes_gives_the_rows_of_the_bare_query():
    differing = []
    for place, (database, query) in enumerate(gold()):
        with opened(database) as connection:
            verdict = SQLGuard(GuardPolicy("duckdb", schema=schema_of(connection), database=database)).check(query)
            if verdict and place not in RANDOM and sorted_rows(connection, query) != sorted_rows(connection, verdict.sql):
                differing.append(query)
    assert differing == []


def test_a_sample_that_passes_can_be_run():
    for place in RANDOM:
        database, query = gold()[place]
        with opened(database) as connection:
            verdict = SQLGuard(GuardPolicy("duckdb", schema=schema_of(connection), database=database)).check(query)
            assert len(connection.execute(verdict.sql).description) == len(connection.execute(query).description)


def sorted_rows(connection, query: str) -> list[str]:
    """Rows without their order, which is free where they are equal in it."""
    connection.execute("SET threads = 1")
    return sorted(map(repr, connection.execute(query).fetchall()))

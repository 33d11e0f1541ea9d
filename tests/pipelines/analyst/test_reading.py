"""Statements are taken out of what models write, whole and unchanged."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.models.response import LLMResponse
from racto_nb.pipelines.sql_analyst.writing.reading import NO_REASON, read_answer, read_text
from racto_nb.pipelines.sql_analyst.writing.values import WrittenSQL

SQL = "SELECT name, sum(quantity) AS total\nFROM items\nGROUP BY name\nORDER BY total DESC\nLIMIT 5"


@pytest.mark.parametrize(
    "text",
    [
        SQL,
        f"  {SQL}\n",
        f"```sql\n{SQL}\n```",
        f"```\n{SQL}\n```",
        f"```SQL\n{SQL}\n```",
        f"```postgresql\r\n{SQL}\r\n```",
        f"~~~sql\n{SQL}\n~~~",
        f"````sql\n{SQL}\n````",
        f"Sure! Here is the query:\n\n```sql\n{SQL}\n```\n\nIt counts what was sold.",
        f"```sql\n{SQL}",
        f"```sql {SQL}```",
        f"```{SQL}```",
        f"Here it is: ```sql\n{SQL}```",
        f"<think>\nI need SELECT 2 here\n</think>\n```sql\n{SQL}\n```",
        f"SQL:\n{SQL}",
        f"The query is:\n{SQL}\n\nThis query counts what was sold.",
        f"Here you are:\n\n{SQL};\n\nThis query counts what was sold.".replace(";", ""),
        f"First the tables:\n```sql\nSELECT 1\n```\nThen:\n```sql\n{SQL}\n```",
        f"```sql\n{SQL}\n```\nIt prints:\n```\nname | total\n-----+------\ntea  | 5\n```",
        f"```sql\n{SQL}\n```\nIn Python:\n```python\ncursor.execute(query)\n```",
        json.dumps({"sql": SQL}),
        json.dumps({"sql": SQL, "tables_used": ["items"], "assumptions": [], "cannot_answer": False, "reason": "It sums."}),
        "```json\n" + json.dumps({"sql": SQL}) + "\n```",
        "Here:\n```json\n" + json.dumps({"sql": SQL}) + "\n```\nDone.",
        json.dumps({"sql_query": SQL}),
        json.dumps({"sql": f"```sql\n{SQL}\n```"}),
        json.dumps({"sql": SQL, "cannot_answer": None, "assumptions": None}),
    ],
)
def test_a_statement_is_found_as_it_was_written(text: str):
    reading = read_text(text)

    assert (reading.sql.replace("\r", ""), reading.reason) == (SQL, None)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH sold AS (SELECT * FROM items)\nSELECT * FROM sold",
        "WITH RECURSIVE n(i) AS (SELECT 1)\nSELECT * FROM n",
        "with sold as materialized (select 1) select * from sold",
        "(SELECT 1) UNION (SELECT 2)",
        "-- the best customers\nSELECT 1",
        "/* all of them */ SELECT 1",
        "SELECT 1;\n\nDROP TABLE items",
        "SELECT 1; DROP TABLE items",
        "DROP TABLE items",
        "SELECT ';\n\nThis is a text' AS x\n\n, 2",
        "SELECT 1\n\n-- and more\n\nFROM items",
        "SELECT 1\n\nUNION ALL\n\nSELECT 2",
        "FROM items SELECT name",
        "SUMMARIZE items",
    ],
)
def test_a_bare_statement_is_never_cut(sql: str):
    assert read_text(sql).sql == sql


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-- cannot answer: there is no table of weather", "there is no table of weather"),
        ("-- Cannot answer: no weather\n", "no weather"),
        ("```sql\n-- cannot answer: no weather\n```", "no weather"),
        ("Cannot be answered: no weather", "no weather"),
        ("/* cannot answer: no weather */", "no weather"),
        ("-- cannot answer", NO_REASON),
        (json.dumps({"sql": "", "cannot_answer": True, "reason": "no weather"}), "no weather"),
        (json.dumps({"sql": "", "cannot_answer": True}), NO_REASON),
        (json.dumps({"sql": None, "cannot_answer": "no weather"}), "no weather"),
        (json.dumps({"sql": "", "reason": "no weather"}), "no weather"),
        (json.dumps({"sql": "-- cannot answer: no weather"}), "no weather"),
    ],
)
def test_what_cannot_be_answered_has_a_reason_and_no_statement(text: str, reason: str):
    reading = read_text(text)

    assert (reading.sql, reading.reason) == ("", reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I do not know.",
        "With this data one could see how sales went.",
        "Select the rows that you want first.",
        "Show me the schema, please.",
        "```python\nprint(1)\n```",
        "{}",
        '{"answer": 4}',
        "[]",
        "```",
    ],
)
def test_prose_is_no_statement(text: str):
    reading = read_text(text)

    assert (reading.sql, reading.reason) == ("", None)


def test_a_statement_counts_although_its_writer_doubts():
    """Small models fill in every field; what can be run is run."""
    reading = read_text(json.dumps({"sql": SQL, "cannot_answer": True, "reason": "The query sums."}))

    assert (reading.sql, reading.reason) == (SQL, None)


def test_assumptions_and_tables_come_along():
    written = WrittenSQL(sql=SQL, assumptions=["sold means delivered", " "], tables_used=["items"])

    reading = read_answer(LLMResponse(content="something else", parsed_model=written))

    assert (reading.assumptions, reading.tables, reading.sql) == (("sold means delivered",), ("items",), SQL)


LITERALS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)
FENCED = st.sampled_from(["'\n```\n'", "'```sql'", '"a ``` b"', "/* ``` */", "'it''s'", "';'", "'\n\nThis is prose.'", "E'x'"])
STATEMENTS = st.lists(LITERALS | FENCED, min_size=1, max_size=4).map(lambda parts: "SELECT " + ",\n  ".join(parts) + "\nFROM t")
PROSE = st.sampled_from(["", "Sure!\n", "Here is the SQL you wanted:\n\n", "It's easy, don't worry:\n"])
AFTER = st.sampled_from(["", "\n", "\n\nIt's a query.\n", "\nThat's all."])


@given(STATEMENTS, PROSE, AFTER)
def test_a_fence_inside_a_string_ends_nothing(sql: str, before: str, after: str):
    assert read_text(f"{before}```sql\n{sql}\n```{after}").sql == sql


@given(STATEMENTS)
def test_a_bare_statement_with_any_strings_is_whole(sql: str):
    assert read_text(sql).sql == sql
    assert read_text(json.dumps({"sql": sql})).sql == sql


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str):
    reading = read_text(text)

    assert reading.sql == "" or reading.sql in text or "```" in text or "{" in text


def test_a_statement_that_is_broken_into_lines_inside_of_json_is_read():
    assert read_text('{"sql": "SELECT a\nFROM t", "assumptions": []}').sql == "SELECT a\nFROM t"

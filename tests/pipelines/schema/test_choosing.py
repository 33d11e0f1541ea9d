"""Which tables of a large database a question needs."""

from __future__ import annotations

from typing import Any

import pytest
from colours import COLOURS, Colour
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.schema.parts import SHOP, database, odd_schemas, table, texts

from racto_nb.exceptions import UsageError
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.pipelines.sql_analyst.schema.choosing import LONGEST_TEXT, chosen_tables, left_out, table_documents
from racto_nb.pipelines.sql_analyst.schema.knowledge import knowledge
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema
from racto_nb.pipelines.sql_analyst.schema.words import asked, stems_of


class Found:
    """A retriever that finds the same texts for every question."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = texts, list[tuple[str, int]]()

    def retrieve(self, query: str, top_k: int = 5, filters: Any = None) -> list[Any]:
        self.asked.append((query, top_k))
        return [_Hit(text, rank) for rank, text in enumerate(self.texts[:top_k], 1)]

    async def aretrieve(self, query: str, top_k: int = 5, filters: Any = None) -> list[Any]:
        return self.retrieve(query, top_k, filters)


class _Hit:
    def __init__(self, content: str, rank: int) -> None:
        self.chunk, self.content, self.score, self.rank = self, content, 1.0 / rank, rank


def chosen(schema: DatabaseSchema, question: str, **options: Any) -> list[str]:
    return [table.full_name for table in SyncDriver().run(chosen_tables(schema, question, **options)).tables]


def many(*tables: Any) -> DatabaseSchema:
    """Those tables among a hundred others."""
    return database(*tables, *(table(f"filler_{number}", f"x{number}") for number in range(100)))


def test_a_small_database_is_taken_whole_and_nobody_is_asked():
    found = Found()
    assert chosen(SHOP, "anything", retriever=found, limit=6) == [table.full_name for table in SHOP.tables]
    assert found.asked == []


def test_tables_are_found_by_names_columns_comments_and_what_the_user_told():
    schema = many(
        table("SalesOrder", "shippedOn"),
        table("t1", "invoice_total"),
        table("t2", comment="complaints of guests"),
        table("t3", "c1"),
        table("t4"),
    )
    told = knowledge(
        table_docs={"t3": "the fleet of lorries"},
        column_docs={"t4": {"id": "a parcel"}},
        glossary={"churn": "guests with complaints"},
    )
    for question, name in (
        ("How many sales orders?", "SalesOrder"),
        ("the sum of invoices", "t1"),
        ("Which guest complained?", "t2"),
        ("lorry", "t3"),
        ("parcels", "t4"),
        ("What was our churn?", "t2"),
    ):
        assert name in chosen(schema, question, limit=1, knowledge=told), question


def test_values_of_columns_find_their_table():
    schema = many(SHOP.tables[0])
    assert chosen(schema, "sales in Germany", limit=1) == ["customers"]


def test_tables_that_join_the_chosen_ones_come_too():
    names = chosen(many(*SHOP.tables), "revenue of customers by categories", limit=5)
    assert names == ["customers", "orders", "order_items", "products", "categories"]


def test_what_does_not_fit_with_its_joins_is_left_and_the_room_goes_to_neighbours():
    names = chosen(many(*SHOP.tables), "customers by categories", limit=3)
    assert len(names) == 3
    assert "customers" in names


def test_a_question_that_names_nothing_gets_the_tables_that_most_others_name():
    assert "products" in chosen(many(*SHOP.tables), "?", limit=3)


def test_tables_that_are_always_wanted_come_first():
    assert chosen(many(*SHOP.tables), "filler 7", limit=2, always=["Categories"]) == ["categories", "filler_7"]


@pytest.mark.parametrize("colour", COLOURS, ids=lambda each: each.name)
def test_a_retriever_finds_tables_and_unknown_texts_are_passed_over(colour: Colour):
    found = Found("Table: nowhere\nColumns: a", "nonsense", *table_documents(database(table("filler_42"))))
    result = colour.run(chosen_tables(many(*SHOP.tables), "zzz", retriever=found, limit=2))
    assert "filler_42" in [table.name for table in result.tables]
    assert found.asked == [("zzz", 4)]


def test_the_names_of_the_others_are_known():
    schema = many(*SHOP.tables)
    result = SyncDriver().run(chosen_tables(schema, "orders", limit=4))
    assert len(result.tables) == 4
    assert sorted([*left_out(schema, result), *(table.full_name for table in result.tables)]) == sorted(
        table.full_name for table in schema.tables
    )


def test_no_room_is_refused():
    with pytest.raises(UsageError, match="limit"):
        chosen(SHOP, "x", limit=0)


def test_a_wide_table_has_several_texts_that_all_begin_with_its_name():
    schema = database(table("wide", *(f"a_rather_long_name_of_column_{number}" for number in range(100)), comment="much"))
    documents = table_documents(schema)
    assert len(documents) > 2
    assert all(text.startswith("Table: wide\n") for text in documents)
    assert max(map(len, documents)) <= LONGEST_TEXT + 50
    assert all(f"column_{number}" in "".join(documents) for number in range(100))


@settings(max_examples=40)
@given(odd_schemas(("duckdb",)))
def test_every_text_leads_back_to_its_table(schema: DatabaseSchema):
    filled = database(*schema.tables, *(table(f"f{number}") for number in range(3)))
    for text in table_documents(filled)[:1] if schema.tables else ():
        assert schema.tables[0].full_name in chosen(filled, "", retriever=Found(text), limit=1) or _same_line(schema)


def _same_line(schema: DatabaseSchema) -> bool:
    """Names that differ in blanks only are one in a text."""
    lines = [" ".join(table.full_name.split()) for table in schema.tables]
    return len(set(lines)) < len(lines)


@settings(max_examples=40)
@given(odd_schemas(), texts(), st.integers(1, 4))
def test_never_more_than_the_limit_and_always_as_many_as_there_is_room_for(schema: DatabaseSchema, question: str, limit: int):
    assert len(chosen(schema, question, limit=limit)) == min(limit, len(schema.tables))


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("customerIDs of PCs", ["customer", "id", "of", "pc"]),
        ("HTTPServer2 line_items", ["http", "server", "2", "line", "item"]),
        ("shipping shipped ships", ["ship", "ship", "ship"]),
        ("categories address status buses", ["category", "address", "status", "buse"]),
        ("東京都の住所", ["東京", "京都", "都の", "の住", "住所"]),
    ],
)
def test_words_are_cut_to_their_stems(text: str, stems: list[str]):
    assert stems_of(text) == stems


def test_words_of_asking_say_nothing():
    assert asked("Show me the total number of each") == {}

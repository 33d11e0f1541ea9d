"""A schema as a model reads it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.schema.parts import SHOP, database, odd_schemas, table, texts

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.sql_analyst.schema.knowledge import Knowledge, knowledge
from racto_nb.pipelines.sql_analyst.schema.rendering import NOTHING, schema_text, tokens_of
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

OURS = re.compile(
    r"(Table|View): .+|  .+|Other tables, not described here: .*|Left out to keep this short: [a-z, ]+\.|\(no tables\)|",
    re.DOTALL,
)


def test_a_table_shows_what_is_known_of_it():
    orders = Table(
        "orders",
        (
            Column("id", "INTEGER", nullable=False),
            Column("status", "VARCHAR", comment="paid is revenue", samples=("it's", "paid")),
            Column("amount", "DECIMAL(9,2)", samples=("1", "2.50")),
            Column("zip", "VARCHAR", samples=("01067",)),
        ),
        primary_key=("id",),
        indexes=(("status", "amount"), ("lower(status)",)),
        row_count=12345,
        estimated=True,
        comment="one for each",
    )
    assert schema_text(database(orders, replace(table("v"), kind="view", primary_key=()))).splitlines() == [
        "Table: orders (~12,345 rows) -- one for each",
        "  id INTEGER NOT NULL",
        "  status VARCHAR -- paid is revenue -- e.g. 'it''s', 'paid'",
        "  amount DECIMAL(9,2) -- e.g. 1, 2.50",
        "  zip VARCHAR -- e.g. '01067'",
        "  PRIMARY KEY (id)",
        "  INDEX (status, amount)",
        "  INDEX (lower(status))",
        "",
        "View: v",
        "  id INTEGER",
    ]


def test_names_are_written_as_sql_needs_them():
    odd = table("weird name", "select", keys={"Of": "my.Target"}, schema="s p")
    text = schema_text(database(odd, table("Target", schema="my"), dialect="postgres"))
    assert 'Table: "s p"."weird name"' in text
    assert '  "select" INTEGER' in text
    assert '  FOREIGN KEY ("Of") REFERENCES my."Target" (id)' in text
    assert "Table: other.deep.t" in schema_text(database(table("t", schema="other.deep")))


def test_what_the_user_told_goes_before_the_databases_comment():
    told = knowledge(
        table_docs={"Main.Customers": "everyone\nwho bought"},
        column_docs={"customers": {"EMAIL": "never show", "country": "ISO"}},
    )
    text = schema_text(SHOP, told)
    assert "Table: customers -- everyone who bought\n" in text
    assert "  email VARCHAR -- never show -- e.g. 'a@b'\n" in text
    assert "  country VARCHAR -- ISO -- e.g. 'Germany', 'Spain'\n" in text
    assert "personal" not in text


def test_tables_that_are_left_out_are_named():
    text = schema_text(SHOP, left_out=["a", "b c"])
    assert text.splitlines()[-1] == "Other tables, not described here: a, b c"
    many = schema_text(SHOP, left_out=[f"t{number}" for number in range(1000)])
    assert many.splitlines()[-1].endswith("t298, t299 and 700 more")


def test_an_empty_schema_says_so():
    assert schema_text(database()) == NOTHING


def test_text_is_shortened_in_a_fixed_order_and_says_by_what():
    told = knowledge(table_docs={"orders": "a note of the user"})
    whole = schema_text(SHOP, told)
    gone: list[str] = []
    for room in range(tokens_of(whole), 70, -4):
        text = schema_text(SHOP, told, max_tokens=room)
        assert tokens_of(text) <= room
        last = text.splitlines()[-1]
        said = last.removeprefix("Left out to keep this short: ") if last.startswith("Left out") else "nothing"
        if said not in gone:
            gone.append(said)
    assert gone[0] == "nothing"
    assert gone[1] == "sample values."  # nothing here has more than three
    assert gone[2] == "sample values, indexes."
    assert gone[-2].endswith("notes on tables and columns, columns of the other tables.")
    assert gone[-1] == "all but names."


def test_keys_stay_until_whole_tables_go():
    text = schema_text(SHOP, max_tokens=tokens_of(schema_text(SHOP)) // 2)
    assert "FOREIGN KEY (customer_id) REFERENCES customers (id)" in text
    assert "columns: id, name, email, country" in text
    assert "@" not in text


def test_a_room_of_nothing_is_refused():
    with pytest.raises(UsageError, match="max_tokens"):
        schema_text(SHOP, max_tokens=0)


@settings(max_examples=60)
@given(odd_schemas(), texts(), st.none() | st.integers(1, 400))
def test_no_foreign_text_begins_a_line(schema: DatabaseSchema, note: str, room: int | None):
    told = knowledge(
        table_docs={schema.tables[0].name: note} if schema.tables and note.strip() and schema.tables[0].name.strip() else {}
    )
    text = schema_text(schema, told, left_out=[note], max_tokens=room)
    lines = text.splitlines()  # at whatever may break a line
    assert lines == text.split("\n")
    assert all(OURS.fullmatch(line) for line in lines)
    heads = [line for line in lines if re.match(r"(Table|View): ", line)]
    assert len(heads) <= len(schema.tables)
    assert room is not None or len(heads) == len(schema.tables)
    assert sum(line.startswith("Left out") for line in lines) <= (room is not None)
    assert "<|im_start|>" not in text
    assert "[INST]" not in text


@settings(max_examples=60)
@given(odd_schemas())
def test_structure_inside_a_table_is_ours_alone(schema: DatabaseSchema):
    for each in schema.tables:
        lines = schema_text(replace(schema, tables=(each,)), Knowledge()).split("\n")
        assert sum(line.startswith("  PRIMARY KEY (") for line in lines) == bool(each.primary_key)
        assert len(lines) == 1 + len(each.columns) + bool(each.primary_key) + len(each.foreign_keys) + len(each.indexes)

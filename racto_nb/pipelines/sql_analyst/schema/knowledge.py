"""What the user tells about a database: what tables and columns mean, words of the trade, questions with their right SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.pipelines.sql_analyst.schema.naming import ColumnNames, TableNames, folded
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table


@dataclass(frozen=True, slots=True)
class Example:
    """A `question` with the `sql` that answers it right. Both are needed: UsageError.

    >>> Example("How many orders are there?", "")
    Traceback (most recent call last):
    racto_nb.exceptions.UsageError: The example 'How many orders are there?' has no sql. Write the statement that answers it.
    """

    question: str
    sql: str

    def __post_init__(self) -> None:
        for name, value in (("question", self.question), ("sql", self.sql)):
            if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
                msg = f"The {name} of an example is a text, not {value!r:.80}."
                raise WrongTypeError(msg)
        if not self.question.strip():
            msg = f"An example has no question; its sql is {self.sql!r:.80}."
            raise UsageError(msg)
        if not self.sql.strip():
            msg = f"The example {self.question!r:.80} has no sql. Write the statement that answers it."
            raise UsageError(msg)


Pair = Example | Mapping[str, str] | Sequence[str]
"""An Example, `{"question": …, "sql": …}`, or `(question, sql)`."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is told: of `tables` and of `columns` by table, `glossary` (terms and what they mean) and `examples`.

    Made by `knowledge(...)`, which checks it.
    """

    tables: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    glossary: Mapping[str, str] = field(default_factory=dict[str, str])
    examples: tuple[Example, ...] = ()

    def of_table(self, schema: DatabaseSchema, table: Table) -> str | None:
        """What is told of `table`, which is named as in `naming`."""
        place = (table.schema, table.name)
        return next((text for name, text in self.tables.items() if place in TableNames.of([name], schema.default_schema)), None)

    def of_column(self, schema: DatabaseSchema, table: Table, column: Column) -> str | None:
        """What is told of `column` of `table`."""
        place = (table.schema, table.name)
        for name, columns in self.columns.items():
            if place in TableNames.of([name], schema.default_schema):
                found = next((text for each, text in columns.items() if folded(each) == folded(column.name)), None)
                if found is not None:
                    return found
        return None

    def unknown_names(self, schema: DatabaseSchema) -> list[str]:
        """The tables and columns that something is told of and that are not in `schema`, sorted."""
        default = schema.default_schema
        tables = [((table.schema, table.name), table) for table in schema.tables]
        missing = {name for name in self.tables if not any(place in TableNames.of([name], default) for place, _ in tables)}
        for name, columns in self.columns.items():
            here = [table for place, table in tables if place in TableNames.of([name], default)]
            known = {((t.schema, t.name, c.name)) for t in here for c in t.columns}
            missing.update([name] if not here else ())
            missing.update(f"{name}.{c}" for c in columns if here and not any(p in ColumnNames.of([_quoted(c)]) for p in known))
        return sorted(missing)


def knowledge(
    *,
    table_docs: Mapping[str, str] | None = None,
    column_docs: Mapping[str, Mapping[str, str]] | None = None,
    glossary: Mapping[str, str] | None = None,
    examples: Iterable[Pair] | None = None,
) -> Knowledge:
    """What the user tells, checked: UsageError for an empty or doubled entry, WrongTypeError for what is no text.

    >>> told = knowledge(glossary={"revenue": "sum of order_items.quantity * unit_price of paid orders"},
    ...     examples=[("How many customers are there?", "SELECT count(*) FROM customers")])
    >>> told.examples[0].sql
    'SELECT count(*) FROM customers'
    """
    return Knowledge(
        tables=_texts(table_docs or {}, "table_docs"),
        columns={
            name: _texts(columns, f"column_docs[{name!r}]") for name, columns in _mapping(column_docs, "column_docs").items()
        },
        glossary=_texts(glossary or {}, "glossary"),
        examples=examples_given(examples or ()),
    )


def examples_given(given: Iterable[Pair]) -> tuple[Example, ...]:
    """The examples in `given`. UsageError for a pair without SQL and for two with the same question."""
    made = tuple(map(_example, given))
    seen: dict[str, Example] = {}
    for example in made:
        key = " ".join(folded(example.question).split())
        if key in seen:
            same = "twice" if seen[key].sql == example.sql else "with two different statements"
            msg = f"The examples hold the question {example.question!r:.80} {same}. Keep one."
            raise UsageError(msg)
        seen[key] = example
    return made


def _example(pair: Pair) -> Example:
    if isinstance(pair, Example):
        return pair
    if isinstance(pair, Mapping):
        unknown = sorted(set(pair) - {"question", "sql"})
        if unknown or "question" not in pair:
            msg = f"An example is {{'question': …, 'sql': …}}, not {dict(pair)!r:.120}."
            raise UsageError(msg)
        return Example(pair["question"], pair.get("sql", ""))
    if isinstance(pair, str) or len(pair) != 2:  # noqa: PLR2004  (a pair)
        msg = f"An example is a question and its sql, not {pair!r:.120}."
        raise UsageError(msg)
    return Example(pair[0], pair[1])


def _mapping(given: Mapping[str, Mapping[str, str]] | None, what: str) -> Mapping[str, Mapping[str, str]]:
    for name, columns in (given or {}).items():
        if not isinstance(columns, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = f"{what} is {{table: {{column: text}}}}; {name!r} holds {columns!r:.80}."
            raise WrongTypeError(msg)
    return given or {}


def _texts(given: Mapping[str, str], what: str) -> dict[str, str]:
    for name, text in given.items():
        if not isinstance(name, str) or not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"{what} is {{name: text}}, not {{{name!r:.60}: {text!r:.60}}}."
            raise WrongTypeError(msg)
        if not name.strip() or not text.strip():
            msg = f"{what} has an entry without a name or a text: {{{name!r:.60}: {text!r:.60}}}. Leave it out."
            raise UsageError(msg)
    return dict(given)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

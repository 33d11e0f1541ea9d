"""What the guard costs beside sqlglot alone: processor time, in turns in one process, medians of each round's ratio.

Without rules for columns the guard stands beside sqlglot's parse of the same text. With them it stands beside parse and qualify,
which is what resolving columns takes at the least. Questions are those an analyst asks; the schema has 40 tables. Goals: 1.5
times the parse, 1.3 times parse and qualify.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

from contenders.telling import figure
from contenders.timing import in_turns, ratio
from sqlglot.dialects.dialect import Dialect
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from racto_nb.pipelines.sql_analyst import GuardPolicy, SQLGuard
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

ROUNDS, CALLS = 15, 20
PARSE_GOAL, QUALIFY_GOAL = 1.5, 1.3

TABLES = {
    "customers": ("id", "name", "email", "country", "segment", "region_id", "signed_up"),
    "orders": ("id", "customer_id", "placed", "amount", "status"),
    "items": ("id", "order_id", "product_id", "quantity", "price"),
    "products": ("id", "name", "category", "cost"),
    "regions": ("region_id", "region"),
    **{f"table_{number}": tuple(f"column_{place}" for place in range(12)) for number in range(35)},
}

QUERIES = {
    "one table": "SELECT name, country FROM customers WHERE segment = 'b' ORDER BY name",
    "join and group": """SELECT c.name, date_trunc('month', o.placed) AS month, sum(o.amount) AS total, count(DISTINCT o.id) AS n
        FROM customers c JOIN orders o ON o.customer_id = c.id LEFT JOIN regions r ON r.region_id = c.region_id
        WHERE o.placed >= DATE '2024-01-01' AND c.country IN ('DE', 'FR') AND lower(c.segment) LIKE 'b%'
        GROUP BY c.name, month HAVING sum(o.amount) > 100 ORDER BY total DESC, month LIMIT 10""",
    "CTEs and windows": """WITH sales AS (
        SELECT o.id, o.customer_id, o.placed, sum(i.quantity * i.price) AS value FROM orders o JOIN items i ON i.order_id = o.id
        GROUP BY o.id, o.customer_id, o.placed), ranked AS (
        SELECT s.*, row_number() OVER (PARTITION BY s.customer_id ORDER BY s.value DESC) AS place FROM sales s)
        SELECT c.name, r.value, r.placed FROM ranked r JOIN customers c ON c.id = r.customer_id WHERE r.place <= 3""",
    "star": "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.country = 'DE'",
    "subqueries": """SELECT p.category, (SELECT max(i.price) FROM items i WHERE i.product_id = p.id) AS dearest FROM products p
        WHERE p.id IN (SELECT product_id FROM items WHERE quantity > 2) AND EXISTS (SELECT 1 FROM regions)
        UNION ALL SELECT 'all', max(price) FROM items""",
}

Pair = tuple[str, str, Callable[[], object], Callable[[], object], float]


def schema() -> DatabaseSchema:
    tables = [Table(name, tuple(Column(column, "VARCHAR") for column in columns)) for name, columns in sorted(TABLES.items())]
    return DatabaseSchema("duckdb", tuple(tables), "main")


def guarded() -> list[Pair]:
    """Each question with the guard, and with sqlglot alone."""
    grammar = Dialect.get_or_raise("duckdb")
    mapping = MappingSchema({name: dict.fromkeys(columns, "VARCHAR") for name, columns in TABLES.items()}, dialect="duckdb")
    plain = SQLGuard(GuardPolicy("duckdb", schema=schema()))
    ruled = SQLGuard(GuardPolicy("duckdb", schema=schema(), mask_columns=frozenset(MASKED)))
    pairs: list[Pair] = []
    for name, sql in QUERIES.items():
        _allowed(plain, sql), _allowed(ruled, sql)

        def parse(sql: str = sql) -> object:
            return grammar.parse(sql)[0]

        def resolve(sql: str = sql) -> object:
            return qualify(grammar.parse(sql)[0], dialect=grammar, schema=mapping)

        pairs.append((name, "parse", lambda sql=sql: plain.check(sql), parse, PARSE_GOAL))
        pairs.append((name, "parse and qualify", lambda sql=sql: ruled.check(sql), resolve, QUALIFY_GOAL))
    return pairs


MASKED = ("name", "email", "region", "cost")
"""So many that each question reads a table with rules."""


def _allowed(guard: SQLGuard, sql: str) -> None:
    if verdict := guard.check(sql).violations:
        message = f"the guard refuses a question: {verdict[0].message}"
        raise RuntimeError(message)


def _often(work: Callable[[], object]) -> Callable[[], object]:
    def several() -> None:
        for _ in range(CALLS):
            work()

    return several


def measured(pairs: list[Pair]) -> dict[str, tuple[float, float]]:
    """Print each pair, and return the median ratio and the goal for each kind of side."""
    ratios: dict[str, list[float]] = {}
    goals: dict[str, float] = {}
    for name, beside, ours, theirs, goal in pairs:
        sides = in_turns({"ours": _often(ours), "theirs": _often(theirs)}, rounds=ROUNDS)
        found = ratio(sides["ours"], sides["theirs"])
        figure(f"{name}, to {beside}", found, told=f"{statistics.median(sides['ours']) / CALLS * 1e6:.0f} µs guarded")
        ratios.setdefault(beside, []).append(found)
        goals[beside] = goal
        print(f"{name:>18}: {statistics.median(sides['ours']) / CALLS * 1e6:8.0f} µs guarded, {found:5.2f} times {beside}")
    return {beside: (statistics.median(each), goals[beside]) for beside, each in ratios.items()}


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    missed = 0
    for beside, (found, goal) in measured(guarded()).items():
        is_missed = figure(f"the median of the statements, to {beside}", found, at_most=goal)
        print(f"guard beside {beside}: {found:.2f} times in the median (goal {goal:.2f}){'  missed' * is_missed}")
        missed |= is_missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

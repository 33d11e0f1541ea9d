"""The documents' own code block on questions to a database: a real one; the model's answers come from a server here."""

from __future__ import annotations

from pathlib import Path

import pytest
import shop_database
from spec.originals import Runner

ADDRESS = "postgresql://user:pass@localhost:5432/shop"
SQL = """SELECT p.name, sum(i.quantity) AS sold
FROM order_items i JOIN products p ON p.id = i.product_id JOIN orders o ON o.id = i.order_id
WHERE o.ordered_on >= DATE '2024-11-01' AND o.ordered_on < DATE '2024-12-01'
GROUP BY p.name ORDER BY sold DESC LIMIT 5"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shop_database.duckdb_file(tmp_path / "shop.duckdb")


def test_block_58_a_database_is_asked(run: Runner, shop: Path):
    """The answer with SQL is a fence with prose around it, as models write it: one call, though JSON was asked for."""
    fenced = f"Here is the query:\n```sql\n{SQL}\n```\nIt sums what was sold."

    ran = run(58, [fenced, '{"steps": []}', "These are the five."], replaced={ADDRESS: str(shop)})

    assert ran.printed == [*SQL.splitlines(), "These are the five."]
    assert len(ran.requests) == 3
    first = ran.requests[0].body.decode()
    assert "Top 5 products by quantity sold last month" in first
    assert "order_items" in first
    result = ran["result"]
    assert (result.error, result.row_count, result.attempts[0].outcome) == (None, 5, "ran")
    assert result.usage.sql_input_tokens > 0

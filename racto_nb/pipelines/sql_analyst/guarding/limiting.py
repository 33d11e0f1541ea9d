"""The most rows of a result, written into the statement without changing anything else. Pure."""

from __future__ import annotations

from sqlglot import exp

from racto_nb.pipelines.sql_analyst.guarding.reading import Text


def limited(text: Text, tree: exp.Expr, max_rows: int) -> tuple[str, bool]:
    """The statement with at most `max_rows` + 1 rows, and whether it had to be written.

    The row too many tells that there are more. A limit that is small enough stays; a number that is too large is replaced where
    it stands; where there is none, it is added at the end. What is no number (an expression, ALL, a percentage, WITH TIES)
    becomes the limit of an inner query.
    """
    most = max_rows + 1
    limit = tree.args.get("limit")
    if limit is None:
        if text.dialect == "sqlite" and _ends_in_values(tree):
            return _around(text, most), True
        return f"{text.together()}\nLIMIT {most}", True
    number = _number(limit)
    if number is None:
        return _around(text, most), True
    if int(number.this) <= max_rows:
        return text.together(), False
    return text.together({number.meta["start"]: str(most)}), True


def _number(limit: exp.Expr) -> exp.Literal | None:
    """The plain number that a limit is, None where it is something else."""
    if limit.args.get("limit_options") is not None and _inexact(limit.args["limit_options"]):
        return None
    number = limit.args.get("expression") or limit.args.get("count")
    if isinstance(number, exp.Literal) and not number.is_string and str(number.this).isdecimal() and "start" in number.meta:
        return number
    return None


def _inexact(options: exp.Expr) -> bool:
    return bool(options.args.get("percent") or options.args.get("with_ties"))


def _ends_in_values(tree: exp.Expr) -> bool:
    """SQLite takes no LIMIT after VALUES."""
    while isinstance(tree, exp.SetOperation):
        tree = tree.expression
    return isinstance(tree, exp.Values) or (isinstance(tree, exp.Select) and isinstance(_from(tree), exp.Values))


def _from(tree: exp.Select) -> exp.Expr | None:
    from_ = tree.args.get("from_")
    return from_.this if isinstance(from_, exp.From) else None


def _around(text: Text, most: int) -> str:
    return f"SELECT * FROM (\n{text.together()}\n) AS limited\nLIMIT {most}"  # noqa: S608  (the statement has been checked)

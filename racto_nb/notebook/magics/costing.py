"""`%racto cost` and `%racto budget`: what was spent, what is left, and what a cell may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from racto_nb._place import session_id
from racto_nb.budgets.budget import Budget, budgets_here, use
from racto_nb.budgets.estimates import estimated
from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.ledger import Ledger, Total, current
from racto_nb.ledger.reading import GROUPS
from racto_nb.notebook.display.tabling import Table
from racto_nb.notebook.magics.option_table import COST_WORDS
from racto_nb.providers.budgeting import room_of
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.wire import Abilities, ModelSpec, Request

if TYPE_CHECKING:
    from racto_nb.notebook.magics.asking import Question
    from racto_nb.notebook.magics.options import Options

CHART = "chart"
SPANS = ("session", "today", "all")
_OFF = "The ledger is off. Turn it on with racto_nb.ledger.use(FOLDER), or set RACTO_LEDGER."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the ledger: sums `by` what, over which `span`, as a chart or not."""

    by: str = "model"
    span: str = "session"
    chart: bool = False


def budget_of(options: Options) -> Budget | None:
    """The budget of a cell with `--max-cost`, None without."""
    return None if options.max_cost is None else Budget(max_usd=options.max_cost)


def tag_without_kit(provider: str, model: str, question: Question) -> str:
    """What a question may cost that no kit can be opened for, since there is no key or no library."""
    facts, config = catalogue().facts(provider, model), question.config
    spec = ModelSpec(provider, model, Abilities() if facts is None else facts.abilities)
    room = room_of(config, spec, config.thinking_budget if config.native_thinking else 0)
    return estimated(config, Request(model, {"text": question.prompt_text}, room=room), spec).tag


def wanted(line: str) -> Wanted:
    """What the words behind `%racto cost` ask for. Raises UsageError for another word, with the nearest.

    >>> wanted("day all chart")
    Wanted(by='day', span='all', chart=True)
    """
    words = line.split()
    for word in words:
        if word not in COST_WORDS:
            message = f"%racto cost does not know {word!r}.{did_you_mean(word, COST_WORDS)} Known: {', '.join(COST_WORDS)}."
            raise UsageError(message)
    by = [word for word in words if word in GROUPS]
    spans = [word for word in words if word in SPANS]
    if len(by) > 1 or len(spans) > 1:
        message = f"%racto cost sums up by one thing over one span, such as: %racto cost day all. Got {line!r}."
        raise UsageError(message)
    return Wanted(*by, **({"span": spans[0]} if spans else {}), chart=CHART in words)


def costs(asked: Wanted) -> tuple[Table, list[dict[str, Any]]]:
    """A table of what was spent, and its rows."""
    if (ledger := current()) is None:
        return Table((), [], _OFF), []
    since, session = _span(asked.span)
    rows = ledger.by(asked.by, since=since, session=session).to_dicts()
    total = ledger.total(since=since, session=session)
    heads = (asked.by, "calls", "tokens in", "cached", "tokens out", "US dollars", "saved")
    return Table(heads, [_row(asked.by, row) for row in rows], _caption(asked, total, ledger)), rows


def chart_bundle(asked: Wanted, rows: Sequence[Mapping[str, Any]], table: Mapping[str, str]) -> dict[str, Any]:
    """A bar chart of dollars as a front end takes it, and for those that draw none as a picture above the `table`."""
    from racto_nb.notebook.display.plots import figure_bundle

    figure = {
        "data": [{"type": "bar", "x": [str(row[asked.by]) for row in rows], "y": [float(row["price"]) for row in rows]}],
        "layout": {
            "title": {"text": f"US dollars by {asked.by} ({_SPOKEN[asked.span]})"},
            "xaxis": {"type": "category"},
            # No thousandths as "600µ": a price is read as a number.
            "yaxis": {"title": {"text": "US dollars"}, "tickprefix": "$", "exponentformat": "none", "automargin": True},
            "height": 360,
        },
    }
    drawn = figure_bundle(figure, "")
    return {**drawn, **table, "text/html": drawn["text/html"] + table["text/html"]}


def set_budget(line: str) -> str:
    """Set, take away or describe the budget of the session. The sentence to show."""
    text = line.strip()
    if text.lower() == "off":
        use(None)
        return "There is no budget any more."
    if text:
        use(Budget(max_usd=text))
    held = budgets_here()
    if not held:
        return "No budget is set. %racto budget 0.50 sets one of 50 cents for all calls of this session."
    return " · ".join(f"{budget!r}, {_left(budget)} left" for budget in held)


def _left(budget: Budget) -> str:
    if budget.remaining_usd is not None:
        return f"${money(budget.remaining_usd)}"
    return f"{budget.remaining_tokens:,} tokens"


_SPOKEN = {"session": "this session", "today": "today, in UTC", "all": "all"}


def _span(span: str) -> tuple[date | None, str | None]:
    if span == "session":
        return None, session_id()
    return (datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC) if span == "today" else None), None


def _row(by: str, row: Mapping[str, Any]) -> list[str]:
    counts = [f"{row[name]:,}" for name in ("calls", "input_tokens", "cached_tokens", "output_tokens")]
    known = money(row["price"]) if row["price"] or not row["unpriced"] else "unknown"
    price = f"{known} and more" if row["unpriced"] and row["price"] else known
    return ["(none)" if row[by] is None else str(row[by]), *counts, price, money(row["saved"]) if row["saved"] else ""]


def _caption(asked: Wanted, total: Total, ledger: Ledger) -> str:
    if not total.calls:
        return f"No call yet ({_SPOKEN[asked.span]}) in {ledger!r}."
    more = f" Of {total.unpriced:,} requests the price is unknown." if total.unpriced else ""
    saved = f" Saved by answers that were known already: ${money(total.saved)}." if total.saved else ""
    calls = f"{total.calls:,} call{'' if total.calls == 1 else 's'}"
    return f"${money(total.price)} for {calls} ({_SPOKEN[asked.span]}).{more}{saved} {ledger!r}"


def money(amount: Decimal) -> str:
    """US dollars to the cent, below one with two digits that say something.

    >>> money(Decimal("0.0000123")), money(Decimal(0)), money(Decimal("1234.5"))
    ('0.000012', '0.00', '1,234.50')
    """
    return f"{amount:,.{max(2, 1 - amount.adjusted())}f}" if amount else "0.00"

"""Several drafts for one question, grouped by what they give: drafts that agree are likelier to be right. Kind: flow."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import cast

import polars as pl

from racto_nb.flow.effects import Flow, together
from racto_nb.kits.kit import DeveloperKit
from racto_nb.pipelines.sql_analyst.writing.dialects import is_ordered
from racto_nb.pipelines.sql_analyst.writing.drafting import Writer
from racto_nb.pipelines.sql_analyst.writing.mending import WARM, Bench, written
from racto_nb.pipelines.sql_analyst.writing.values import CandidateGroup, Draft

_CANNOT = "cannot_answer"


def chosen_draft(bench: Bench, writer: Writer, message: str, count: int) -> Flow[tuple[Draft, list[CandidateGroup]]]:
    """The draft that most of `count` agree with, and all groups, the largest first; of equal ones the first to be written.

    One draft is asked for as it is, several at a temperature above 0, side by side, past any cache of repetitions.
    """
    if count == 1:
        draft = yield from written(bench, writer, message)
        return draft, []
    kit = writer.kit.asking_anew() if isinstance(writer.kit, DeveloperKit) else writer.kit
    warm = replace(writer, kit=kit, temperature=writer.temperature or WARM)
    drafts = yield from together([written(replace(bench, candidate=n + 1), warm, message) for n in range(count)])
    return agreed(drafts, bench.dialect)


def agreed(drafts: Sequence[Draft], dialect: str) -> tuple[Draft, list[CandidateGroup]]:
    """The draft that most of `drafts` agree with, with the attempts and answers of all of them; and the groups. Pure."""
    ordered = all(is_ordered(draft.sql, dialect) for draft in drafts if draft.rows is not None)
    keys = [_key(draft, ordered=ordered) for draft in drafts]
    sizes = {key: keys.count(key) for key in keys}
    ranked = sorted(sizes, key=lambda key: (key is None, -sizes[key], keys.index(key)))
    first = drafts[keys.index(ranked[0])]
    groups = [_group([draft for draft, own in zip(drafts, keys, strict=True) if own == key], key) for key in ranked]
    groups[0] = groups[0].model_copy(update={"chosen": first.rows is not None or first.outcome == _CANNOT})
    attempts = tuple(attempt for draft in drafts for attempt in draft.attempts)
    responses = tuple(response for draft in drafts for response in draft.responses)
    return replace(first, attempts=attempts, responses=responses), groups


def digest_of(frame: pl.DataFrame, *, ordered: bool) -> str:
    """A hash of what `frame` says: names and the order of columns do not count, nor that of rows unless they are `ordered`.

    Numbers are compared by nine digits, whatever their types.

    >>> one, other = pl.DataFrame({"n": [1, 2]}), pl.DataFrame({"count": [2.0, 1.0]})
    >>> digest_of(one, ordered=False) == digest_of(other, ordered=False)
    True
    """
    columns = [[_word(value) for value in series.to_list()] for series in frame.get_columns()]
    columns.sort(key=lambda column: column if ordered else sorted(column))
    rows = list(zip(*columns, strict=True))
    if not ordered:
        rows.sort()
    return hashlib.blake2b(repr((frame.width, rows)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _key(draft: Draft, *, ordered: bool) -> str | None:
    """What a draft is grouped by; None for one that came to nothing."""
    if draft.rows is not None:
        return digest_of(draft.rows.frame, ordered=ordered)
    return _CANNOT if draft.outcome == _CANNOT else None


def _group(drafts: Sequence[Draft], key: str | None) -> CandidateGroup:
    first = drafts[0]
    told = first.reading.reason if key == _CANNOT else str(first.error) if first.error is not None else None
    return CandidateGroup(
        sqls=[draft.sql for draft in drafts],
        votes=len(drafts),
        digest=None if first.rows is None else key,
        row_count=None if first.rows is None else first.rows.frame.height,
        error=None if first.rows is not None else told,
    )


def _word(value: object) -> str:  # noqa: C901, PLR0911  (one case a kind)
    match value:
        case None:
            return "∅"
        case bool():
            return _number(int(value))
        case int() | float() | Decimal():
            return _number(value)
        case datetime() if value.timetz() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case str():
            return f"'{value}"
        case pl.Series():
            return repr([_word(item) for item in value.to_list()])
        case list() | dict():
            return repr(cast("object", value))
        case _:
            return str(value)


def _number(value: float | Decimal) -> str:
    number = float(value)
    return format(number + 0.0, ".9g") if math.isfinite(number) else str(number)


__all__ = ["agreed", "chosen_draft", "digest_of"]

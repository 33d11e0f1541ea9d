"""Reading a line `%%racto classify NAME …`: by which labels, and which texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.options import Options, options_of, parsed, refuse_contradictions, refuse_empty
from racto_nb.notebook.magics.pipeline_tables import CLASSIFY_TABLE

MOST_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """What a `%%racto classify` line says: the classifier's `name` or the `labels`, the `frame` and its `column`, and as `asking`
    what other cells say too. None means: not given."""

    name: str
    labels: tuple[str, ...] | None = None
    multiple: bool = False
    frame: str | None = None
    column: str | None = None
    checkpoint: str | None = None
    concurrency: int | None = None
    panel: bool = False
    truth: str | None = None
    asking: Options = field(default_factory=Options)


def read_classify_options(words: Sequence[str]) -> ClassifyOptions:
    """The options of the `words` behind `classify`. The first of them is the name, where it is none of an option.

    Raises UsageError as `read_options` does.

    >>> read_classify_options(["--labels", "Billing, Sales"]).labels
    ('Billing', 'Sales')
    """
    named = bool(words) and not words[0].startswith("-")
    values = parsed(words[1:] if named else words, CLASSIFY_TABLE)
    refuse_empty(CLASSIFY_TABLE, values)
    asking = options_of(values)
    refuse_contradictions(asking)
    labels = None if values["labels"] is None else tuple(label.strip() for label in values["labels"].split(","))
    name = words[0] if named else ""
    _refuse_unfit(name, values, asking)
    if labels is not None and not all(labels):
        message = f"--labels has an empty label: {values['labels']!r}. Write them with commas between: --labels 'Billing, Sales'"
        raise UsageError(message)
    return ClassifyOptions(
        name,
        labels,
        values["multiple"],
        values["frame"],
        values["column"],
        values["checkpoint"],
        values["concurrency"],
        values["panel"],
        values["truth"],
        asking,
    )


def _refuse_unfit(name: str, values: Mapping[str, Any], asking: Options) -> None:
    at_once = values["concurrency"]
    framed = [f"--{word}" for word in ("column", "checkpoint", "concurrency") if values[word] is not None]
    clashes = (
        (bool(name) and values["labels"] is not None, f"{name} has labels of its own. Leave it or --labels out"),
        (
            not name and values["labels"] is None,
            "Say by which labels: %%racto classify NAME, a classifier of this notebook, or --labels 'Billing, Sales'",
        ),
        (values["multiple"] and bool(name), "--multiple belongs to --labels; a classifier knows that of itself"),
        (values["frame"] is not None and values["column"] is None, "--frame needs --column NAME, which holds the texts"),
        (
            values["frame"] is None and bool(framed),
            f"{''.join(framed[:1])} is about the rows of --frame NAME, which is not given",
        ),
        (values["panel"] and values["frame"] is None, "--panel is about the rows of --frame NAME, which is not given"),
        (values["truth"] is not None and not values["panel"], "--truth belongs to --panel, which is not given"),
        (at_once is not None and not 1 <= at_once <= MOST_AT_ONCE, f"--concurrency is 1 to {MOST_AT_ONCE}, not {at_once}"),
        (len(asking.model) > 1, "%%racto classify asks one model. Give one --model"),
    )
    for wrong, why in clashes:
        if wrong:
            raise UsageError(f"{why}. Nothing was sent.")

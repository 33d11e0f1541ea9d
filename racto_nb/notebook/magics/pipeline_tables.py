"""The options of `%%racto sql`, `%%racto classify` and `%racto dataset`.

The parser, the help and the suggestions come from these tables.
"""

from __future__ import annotations

from racto_nb.notebook.magics.option_table import TABLE, Row

CHARTS = ("auto", "none", "bar", "line", "scatter", "pie", "histogram", "box", "area", "heatmap", "violin", "funnel")
"""What may stand behind `--chart`: what fits the rows, no chart, or a kind."""


def _shared(*names: str) -> tuple[Row, ...]:
    """The rows of these options, as every cell has them."""
    return tuple(row for row in TABLE if row[0][-1] in names)


SQL_TABLE: tuple[Row, ...] = (
    (
        ("-m", "--model"),
        {
            "metavar": "MODEL",
            "action": "append",
            "default": [],
            "help": "who writes the SQL: provider:name or a kit; else the pipeline's own kit",
        },
    ),
    (("--chart",), {"choices": list(CHARTS), "help": "the chart: what fits the rows (auto), none, or a kind, such as bar"}),
    (
        ("--candidates",),
        {"type": int, "metavar": "N", "help": "write N statements, run all, and take the rows that most of them give (1)"},
    ),
    (("--max-rows",), {"type": int, "metavar": "N", "help": "the most rows that are kept (10000)"}),
    (
        ("--tables",),
        {"metavar": "NAMES", "help": "only these tables may be read: orders,customers"},
    ),
    (("--no-answer",), {"action": "store_true", "help": "rows and chart only: no model is asked about the rows"}),
    *_shared("--into", "--timeout", "--quiet", "--max-cost", "--dry-run"),
)
"""The options of `%%racto sql SOURCE`."""

CLASSIFY_TABLE: tuple[Row, ...] = (
    (
        ("-m", "--model"),
        {
            "metavar": "MODEL",
            "action": "append",
            "default": [],
            "help": "who classifies: provider:name or a kit; else the classifier's own kit",
        },
    ),
    (
        ("--labels",),
        {"metavar": "NAMES", "help": "the labels where no classifier is named: 'Billing, Sales, Technical support'"},
    ),
    (("--multiple",), {"action": "store_true", "help": "with --labels: a text may have several labels"}),
    (("--frame",), {"metavar": "NAME", "help": "classify the rows of this pandas or polars frame instead of the cell's text"}),
    (("--column",), {"metavar": "NAME", "help": "the column of the frame that holds the texts"}),
    (
        ("--checkpoint",),
        {"metavar": "FILE", "help": "keep each row in this file as it is done; the same cell goes on from there"},
    ),
    (("--concurrency",), {"type": int, "metavar": "N", "help": "how many rows are asked at once (8)"}),
    (("--panel",), {"action": "store_true", "help": "open a panel on the frame: progress, charts, and rows to label by hand"}),
    (("--truth",), {"metavar": "NAME", "help": "with --panel: the column of the frame that holds true labels"}),
    *_shared("--into", "--timeout", "--quiet", "--max-cost", "--dry-run"),
)
"""The options of `%%racto classify NAME`."""

DATASET_TABLE: tuple[Row, ...] = (
    (("--provider",), {"metavar": "FORMAT", "default": "openai", "help": "whose rules are asked, such as gemini (openai)"}),
    (("-m", "--model"), {"metavar": "MODEL", "help": "the model to be tuned, whose limits and price count"}),
    (("--epochs",), {"type": int, "metavar": "N", "default": 3, "help": "how often the data is gone through, for the price (3)"}),
    (("--validation",), {"metavar": "NAME", "help": "the dataset to measure with: what stands in both is told"}),
)
"""The options of `%racto dataset NAME`."""

EDITOR_TABLE: tuple[Row, ...] = (
    *(row for row in DATASET_TABLE if row[0][-1] in {"--provider", "--validation"}),
    (("--path",), {"metavar": "FILE", "help": "the file that the data is kept in; edits are kept beside it until you save"}),
    (("--who",), {"metavar": "NAME", "help": "who edits, for the history"}),
    (("-o", "--into"), {"metavar": "NAME", "default": "editor", "help": "the variable that holds the editor (editor)"}),
)
"""The options of `%racto dataset edit NAME`."""

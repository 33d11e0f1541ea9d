"""What a question to a database gives: SQL, verdict, rows, chart, answer, and what went wrong. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from polars import DataFrame
from pydantic import BaseModel, ConfigDict, Field, computed_field, field_serializer, model_validator

from racto_nb.exceptions import ChartError
from racto_nb.kits.pricing import price_in_dollars
from racto_nb.models.usage import Spent
from racto_nb.pipelines.sql_analyst.answering import DerivedNumber, FlaggedNumber
from racto_nb.pipelines.sql_analyst.charting import figure_of, text_chart
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.exporting import as_pandas, csv_of, json_of, plain, write_excel, write_parquet
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
from racto_nb.pipelines.sql_analyst.writing.values import Attempt, CandidateGroup

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

Outcome = Literal["answered", "cannot_answer", "refused", "failed"]
"""How a question ended: with rows; with the reason why these tables cannot answer it; with a statement that the guard refused;
with an error before there were rows. Of a question with rows whose later step failed, `error` says so."""


class PipelineUsage(BaseModel):
    """The tokens of each step, all its tries together. The analysis of the rows is called "pandas", whatever carries it out."""

    sql_input_tokens: int = 0
    sql_output_tokens: int = 0
    pandas_input_tokens: int = 0
    pandas_output_tokens: int = 0
    answer_input_tokens: int = 0
    answer_output_tokens: int = 0

    @property
    def total_input_tokens(self) -> int:
        """Tokens that were read."""
        return self.sql_input_tokens + self.pandas_input_tokens + self.answer_input_tokens

    @property
    def total_output_tokens(self) -> int:
        """Tokens that were written."""
        return self.sql_output_tokens + self.pandas_output_tokens + self.answer_output_tokens

    @property
    def total_tokens(self) -> int:
        """Tokens that were read and written."""
        return self.total_input_tokens + self.total_output_tokens


class SQLAnalystResult(BaseModel):
    """What a question to a database gave, as far as it came: what was reached before an error is here, and `error` says what
    failed.

    `sql_query` is the statement that was run, with the row limit that the guard wrote into it; `verdict` is what the guard says.
    `frame` has the rows (a polars frame; `.df` is the pandas one): its names are unique, `names` are the database's own.
    `truncated` tells that rows may be missing: the limit was reached. `raw_rows` are the rows as dicts, made when they are looked
    at. Masked columns hold "***MASKED***" everywhere.

    `pandas_result` is what was computed from the rows, a frame of the library that was chosen, and `pandas_code` how; both None
    where nothing had to be computed. `answer` is markdown; `flagged_numbers` are the numbers in it that neither the rows nor the
    question have, `derived_numbers` those that were computed from them. `chart_spec` is the chart as data, `plotly_figure` (or
    `figure`) the drawn one, made when it is looked at, `text_chart` its twin in characters; `chart_note` says why there is none.

    `outcome` is "answered", "cannot_answer" (with the `reason`), "refused" or "failed". `attempts` are all statements that were
    tried, `candidates` how several drafts agree. `assumptions` are the model's own words. `notices` are what a user must know of
    the login or of the rows. `usage` counts tokens, `cost` is US dollars (None: nobody knows), `seconds` how long it took,
    `model` who wrote the SQL. `exception` is the error itself.

    The whole of it as JSON is `model_dump_json()`; `to_csv`, `to_json`, `to_excel` and `to_parquet` write the rows.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, ignored_types=(cached_property,))

    user_query: str
    schema_used: str = ""
    sql_query: str = ""
    columns: list[str] = Field(default_factory=list[str])
    row_count: int = 0
    pandas_code: str | None = None
    pandas_result: Any = None
    answer: str | None = None
    chart_spec: dict[str, Any] | None = None
    usage: PipelineUsage = Field(default_factory=PipelineUsage)
    error: str | None = None
    outcome: Outcome = "answered"
    reason: str | None = None
    verdict: Verdict | None = None
    names: list[str] = Field(default_factory=list[str])
    truncated: bool = False
    assumptions: list[str] = Field(default_factory=list[str])
    tables_used: list[str] = Field(default_factory=list[str])
    attempts: list[Attempt] = Field(default_factory=list[Attempt])
    candidates: list[CandidateGroup] = Field(default_factory=list[CandidateGroup])
    flagged_numbers: list[FlaggedNumber] = Field(default_factory=list[FlaggedNumber])
    derived_numbers: list[DerivedNumber] = Field(default_factory=list[DerivedNumber])
    chart_note: str = ""
    notices: list[str] = Field(default_factory=list[str])
    source: str = ""
    model: str = ""
    seconds: float = 0.0
    frame: DataFrame = Field(default_factory=DataFrame, exclude=True, repr=False)
    analysed: DataFrame | None = Field(default=None, exclude=True, repr=False)
    charted: DataFrame | None = Field(default=None, exclude=True, repr=False)
    spent: tuple[Spent, ...] | None = Field(default=(), exclude=True, repr=False)
    exception: Exception | None = Field(default=None, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _rows_make_a_frame(cls, data: object) -> object:
        """`raw_rows`, as the JSON of a result has them, stand for the frame."""
        if not isinstance(data, Mapping):
            return data
        given = dict(cast("Mapping[str, Any]", data))
        rows = given.pop("raw_rows", None)
        if rows and "frame" not in given:
            given["frame"] = DataFrame(rows, infer_schema_length=None, strict=False)
            given.setdefault("columns", given["frame"].columns)
            given.setdefault("row_count", given["frame"].height)
        return given

    @computed_field(repr=False)
    @cached_property
    def raw_rows(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        return self.frame.to_dicts()

    @computed_field(repr=False)
    @property
    def cost(self) -> Decimal | None:
        """US dollars for all answers of models; None when the price of one is unknown."""
        return price_in_dollars(self.spent)

    @property
    def pl(self) -> DataFrame:
        """The rows as a polars frame."""
        return self.frame

    @cached_property
    def df(self) -> pd.DataFrame:
        """The rows as a pandas frame."""
        return as_pandas(self.frame)

    @cached_property
    def plotly_figure(self) -> Figure | None:
        """The chart, drawn by Plotly; None where there is none, or none that can be drawn: `chart_note` says why."""
        if self.chart_spec is None:
            return None
        try:
            return figure_of(ChartSpec(**self.chart_spec), self._drawn)
        except ChartError as error:
            self.chart_note = str(error)
            return None

    @property
    def figure(self) -> Figure | None:
        """The same as `plotly_figure`."""
        return self.plotly_figure

    @property
    def text_chart(self) -> str:
        """The chart in characters, or the table where there is none."""
        spec = None if self.chart_spec is None else ChartSpec(**self.chart_spec)
        return text_chart(spec, self._drawn)

    @property
    def _drawn(self) -> DataFrame:
        """What the chart is drawn from: what was computed from the rows, or the rows."""
        return self.frame if self.charted is None else self.charted

    @property
    def ok(self) -> bool:
        """Whether there are rows and no step failed."""
        return self.outcome == "answered" and self.error is None

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """The rows as CSV: written to `path`, or returned without one. Nested values are JSON, bytes are base64.

        Text is written as it is: a program that runs formulas may run what stands in a cell. `to_excel` guards against that.
        """
        return _written(csv_of(self.frame), path)

    def to_json(self, path: str | Path | None = None, *, indent: int = 2) -> str | None:
        """The rows as a JSON array of objects: written to `path`, or returned without one."""
        return _written(json_of(self.raw_rows, indent=indent), path)

    def to_excel(self, path: str | Path, *, sheet_name: str = "Results") -> None:
        """Write the rows as a workbook of one sheet. Text never becomes a formula. Needs the extra `sql-excel`.

        Raises UsageError for what a sheet cannot hold: more than 1,048,575 rows, texts of more than 32,767 characters.
        """
        write_excel(self.frame, path, sheet_name=sheet_name)

    def to_parquet(self, path: str | Path) -> None:
        """Write the rows as a Parquet file, with their types."""
        write_parquet(self.frame, path)

    @field_serializer("raw_rows", "pandas_result", when_used="json")
    def _as_json(self, value: object) -> object:
        if isinstance(value, DataFrame):
            return plain(value.to_dicts())
        records = getattr(value, "to_dict", None)  # a pandas frame
        return plain(records("records") if callable(records) else value)

    def __str__(self) -> str:
        chart = [] if self.chart_spec is None else [self.text_chart]
        rows = [text_chart(None, self.frame), self._counted()] if self.columns else []
        computed = [] if self.analysed is None else [text_chart(None, self.analysed)]
        ended = [f"Cannot be answered: {self.reason}"] if self.reason else []
        wrong = [f"Error: {self.error}"] if self.error else []
        sql = [self.sql_query] if self.sql_query else []
        return "\n\n".join(
            [self.user_query, *sql, *rows, *computed, *chart, *ended, *([self.answer] if self.answer else []), *wrong]
        )

    def _counted(self) -> str:
        count = f"{self.row_count:,} row{'s' * (self.row_count != 1)}"
        return f"{count}; the limit was reached, there may be more" if self.truncated else count

    def __repr__(self) -> str:
        told = f"error={self.error!r:.80}" if self.error else f"{self.row_count} rows"
        return f"SQLAnalystResult({self.outcome}, {told}, sql_query={self.sql_query!r:.120})"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def _written(text: str, path: str | Path | None) -> str | None:
    if path is None:
        return text
    Path(path).write_text(text, encoding="utf-8", newline="")
    return None

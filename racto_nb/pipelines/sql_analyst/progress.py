"""How far a question has come: what each step reached, which no later one destroys. Pure but for its state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.pricing import spent_on
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.response import LLMResponse
from racto_nb.pipelines.sql_analyst.analysing.asking import Analysis
from racto_nb.pipelines.sql_analyst.answering import CheckedAnswer
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.exporting import as_pandas
from racto_nb.pipelines.sql_analyst.results import Outcome, PipelineUsage, SQLAnalystResult
from racto_nb.pipelines.sql_analyst.settings import Engine
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.writing.values import Attempt, CandidateGroup, Draft, Rows


@dataclass(slots=True)
class Progress:
    """What a run has reached so far. One for each run; nothing else holds it."""

    question: str
    schema_used: str = ""
    source: Source | None = None
    draft: Draft | None = None
    candidates: list[CandidateGroup] = field(default_factory=list[CandidateGroup])
    analysis: Analysis | None = None
    analysed: object = None
    chart: ChartSpec | None = None
    charted: pl.DataFrame | None = None
    chart_note: str = ""
    answer: CheckedAnswer | None = None
    notices: list[str] = field(default_factory=list[str])
    lost: dict[str, list[LLMResponse]] = field(default_factory=dict[str, list[LLMResponse]])
    error: Exception | None = None
    model: str = ""

    @property
    def rows(self) -> Rows | None:
        return None if self.draft is None else self.draft.rows

    def failed(self, error: Exception, *, step: str) -> None:
        """Remember the first error, and the answer of a model that it brings: it is paid for."""
        self.error = self.error or error
        if isinstance(brought := getattr(error, "response", None), LLMResponse) and step != "sql":
            self.lost.setdefault(step, []).append(brought)

    def usage(self) -> PipelineUsage:
        """The tokens of each step."""
        counts: dict[str, int] = {}
        for step, responses in self._responses().items():
            for word, name in (("input", "prompt_tokens"), ("output", "completion_tokens")):
                counts[f"{step}_{word}_tokens"] = sum(response.usage.get(name, 0) for response in responses)
        return PipelineUsage(**counts)

    def result(self, seconds: float) -> SQLAnalystResult:
        """What was reached, as the user gets it."""
        draft, rows, answer = self.draft or Draft("failed"), self.rows, self.answer
        frame = pl.DataFrame() if rows is None else rows.frame
        verdict = draft.verdict
        return SQLAnalystResult(
            user_query=self.question,
            schema_used=self.schema_used,
            sql_query=draft.sql,
            columns=frame.columns,
            row_count=frame.height,
            pandas_code=None if self.analysis is None else self.analysis.code,
            pandas_result=self.analysed,
            answer=None if answer is None else answer.text,
            chart_spec=None if self.chart is None else self.chart.model_dump(),
            usage=self.usage(),
            error=None if self.error is None else str(self.error) or type(self.error).__name__,
            outcome=self._outcome(),
            reason=draft.reading.reason,
            verdict=verdict,
            names=[] if rows is None else list(rows.names),
            truncated=rows is not None and rows.truncated,
            assumptions=list(draft.reading.assumptions),
            tables_used=list(verdict.tables if verdict is not None and verdict.tables else draft.reading.tables),
            attempts=list[Attempt](draft.attempts),
            candidates=self.candidates,
            flagged_numbers=[] if answer is None else list(answer.flagged),
            derived_numbers=[] if answer is None else list(answer.derived),
            chart_note=self.chart_note,
            notices=list(dict.fromkeys(self.notices)),
            source="" if self.source is None else self.source.name,
            model=self.model,
            seconds=seconds,
            frame=frame,
            analysed=None if self.analysis is None else self.analysis.frame,
            charted=self.charted,
            spent=spent_on(response for responses in self._responses().values() for response in responses),
            exception=self.error,
        )

    def _outcome(self) -> Outcome:
        return "failed" if self.draft is None else self.draft.outcome

    def _responses(self) -> dict[str, list[LLMResponse]]:
        drafted = [] if self.draft is None else list(self.draft.responses)
        analysed = [] if self.analysis is None else list(self.analysis.responses)
        answered = [] if self.answer is None or self.answer.response is None else [self.answer.response]
        found = {"sql": drafted, "pandas": analysed, "answer": answered}
        return {step: [*responses, *self.lost.get(step, [])] for step, responses in found.items()}


def writer_of(kit: AnsweringKit, responses: Iterable[LLMResponse]) -> str:
    """Who wrote the SQL, as provider:model; only the model where the kit is not ours, empty where nobody answered."""
    last = next(iter(reversed(list(responses))), None)
    if last is None:
        return ""
    if isinstance(kit, DeveloperKit):
        return f"{kit.provider}:{last.model or kit.model}"
    return last.model or ""


def in_library(frame: pl.DataFrame | None, engine: Engine) -> object:
    """`frame` as a frame of the library that was chosen."""
    return as_pandas(frame) if frame is not None and engine == "pandas" else frame

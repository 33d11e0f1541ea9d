"""What a question gives is data: JSON, pickled, and made only by pipelines that can work."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pipelines.analyst.small_source import ADULTS, pipeline, wrote
from pipelines.analyst.test_running import QUESTION

from racto_nb.exceptions import AnalysisError, UsageError, WrongTypeError
from racto_nb.models.usage import Spent
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.testing import FakeKit


def test_a_result_is_json_and_can_be_pickled():
    kit = FakeKit([wrote(ADULTS), "Two."])
    result = pipeline(kit, run_answer=True, chart="auto", safe_mode=True).run(QUESTION)
    assert result.figure is not None

    said = json.loads(result.model_dump_json())
    copy = pickle.loads(pickle.dumps(result))
    again = SQLAnalystResult.model_validate_json(result.model_dump_json())

    assert said["raw_rows"] == [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 41}]
    assert said["verdict"]["original"] == ADULTS
    assert copy.frame.equals(result.frame)
    assert again.frame.equals(result.frame)
    assert (again.answer, again.columns, again.sql_query) == ("Two.", result.columns, result.sql_query)


def test_a_result_with_frames_of_pandas_is_json():
    result = SQLAnalystResult(user_query="?", pandas_result=pl.DataFrame({"x": [float("nan")]}), exception=AnalysisError("x"))

    assert json.loads(result.model_dump_json())["pandas_result"] == [{"x": None}]
    assert result.to_json() == "[]"
    assert result.to_csv() in {"", "\n"}


def test_what_a_question_cost_is_known_where_prices_are():
    spent = Spent("openai", "gpt-6-luna", "gpt-6-luna", {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100})

    assert SQLAnalystResult(user_query="?", spent=(spent,)).cost == Decimal("0.00015")
    assert SQLAnalystResult(user_query="?").cost == 0
    assert SQLAnalystResult(user_query="?", spent=None).cost is None


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"candidates": 0}, UsageError),
        ({"max_sql_retries": -1}, UsageError),
        ({"chart": "bar"}, UsageError),
        ({"chart": 5}, WrongTypeError),
        ({"analysis_engine": "numpy"}, UsageError),
        ({"allowed_tables": "people"}, WrongTypeError),
        ({"mask_columns": [1]}, WrongTypeError),
        ({"memory": object()}, WrongTypeError),
        ({"rate_limiter": object()}, WrongTypeError),
        ({"max_tables": 0}, UsageError),
        ({"examples": ["one text"]}, UsageError),
        ({"sql_kit": "gpt"}, WrongTypeError),
    ],
)
def test_a_pipeline_that_cannot_work_is_not_made(options: dict[str, Any], error: type[Exception]):
    with pytest.raises(error):
        pipeline([], **options)

"""Stream an answer onto a display, and make of it what the cell asked for."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, cast

from racto_nb.exceptions import MalformedAnswerError, ResponseModelValidationError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.response import FinishReason, LLMResponse, try_parse_json
from racto_nb.notebook.display.streaming import AnswerDisplay
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.failing import Interrupted, incomplete
from racto_nb.notebook.magics.result import RactoResult


@dataclass(slots=True)
class Answered:
    """How an answer ended: `result` with what arrived, and the `error` that must fail the cell, if any."""

    result: RactoResult
    error: BaseException | None = None


def answered(kit: DeveloperKit, question: Question, shown: AnswerDisplay, *, stream: bool, frame: str | None) -> Answered:
    """Ask `kit` and show the answer on `shown`. Errors are returned, not raised: what had arrived is kept either way."""
    began = time.perf_counter()
    response, error = _received(kit, question, shown, stream=stream)
    seconds = time.perf_counter() - began
    spec = kit.spec
    result = RactoResult(
        text=response.content or "",
        response=response,
        model=f"{kit.provider}:{response.model or kit.model}",
        prompt_text=question.prompt_text,
        cost=0.0 if spec.free else None,
        seconds=seconds,
        complete=error is None or isinstance(error, ResponseModelValidationError),
        code="json" if question.wants_json else "",
    )
    if error is not None:
        return Answered(result, error)
    if (cut := incomplete(response)) is not None:
        return Answered(replace(result, complete=False), cut)
    return _shaped(result, question, frame)


def _received(
    kit: DeveloperKit, question: Question, shown: AnswerDisplay, *, stream: bool
) -> tuple[LLMResponse, BaseException | None]:
    try:
        shown.open()  # in here, so that an interrupt that comes as soon as something is seen is met too
        if not stream:
            response = kit.chat(question.config)
            shown.push(response.content or "")
            return response, None
        return _streamed(kit, question, shown), None
    except KeyboardInterrupt:
        kept = "the partial answer is kept in _racto.text" if shown.text else "no answer had arrived"
        return _partial(shown.text, kit), Interrupted(kept)
    except Exception as error:  # noqa: BLE001  (returned, and raised by the cell; nothing is swallowed)
        return _partial(shown.text, kit), error


def _streamed(kit: DeveloperKit, question: Question, shown: AnswerDisplay) -> LLMResponse:
    chunks = kit.stream(question.config)
    try:
        while True:
            if text := next(chunks).delta.text:
                shown.push(text)
    except StopIteration as done:
        return done.value
    finally:
        chunks.close()


def _partial(text: str, kit: DeveloperKit) -> LLMResponse:
    return LLMResponse(content=text or None, finish_reason=FinishReason.ERROR, model=kit.model)


def _shaped(result: RactoResult, question: Question, frame: str | None) -> Answered:
    """The result with the parsed value and the frame, or the error when the answer has not the asked shape."""
    if not question.wants_json:
        return Answered(result)
    found = result.response.parsed if question.config.response_model else try_parse_json(result.text)
    if found is None:
        return Answered(result, _malformed(result, "is not JSON"))
    if frame is None:
        model = question.config.response_model
        return Answered(replace(result, parsed=model.model_validate(found) if model else found))
    rows = rows_in(found)
    if rows is None:
        return Answered(result, _malformed(result, "is JSON, but not a list of objects"))
    parsed = [question.model_class.model_validate(row) for row in rows] if question.model_class else rows
    return Answered(replace(result, parsed=parsed, frame=frame_of(rows, frame)))


def rows_in(found: dict[str, Any] | list[Any]) -> list[dict[str, Any]] | None:
    """The list of objects that `found` is, or that is the one value of the object `found`; None when there is none.

    >>> rows_in({"rows": [{"a": 1}]})
    [{'a': 1}]
    """
    if isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return cast("list[dict[str, Any]]", found)
    return None


def frame_of(rows: list[dict[str, Any]], library: str) -> Any:
    """The rows as a data frame: `polars`, `pandas`, or `auto`, which is polars."""
    if library == "pandas":
        import pandas as pd

        return pd.DataFrame(rows)
    import polars as pl

    return pl.DataFrame(rows, infer_schema_length=None)


def _malformed(result: RactoResult, what: str) -> MalformedAnswerError:
    message = f"The answer {what}. It is kept in _racto.text. Ask again, or give a Pydantic class with --as."
    return MalformedAnswerError(message, response=result.response)

"""Stream an answer onto a display, and make of it what the cell asked for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, cast

from racto_nb.exceptions import MalformedAnswerError, ResponseModelValidationError, StreamInterruptedError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.response import FinishReason, LLMResponse, strip_markdown_fences, try_parse_json
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
        model=_named(kit, response.model),
        prompt_text=question.prompt_text,
        cost=0.0 if spec.free else None,
        seconds=seconds,
        complete=error is None or response.finish_reason is FinishReason.STOP,
        code="json" if question.wants_json else "",
    )
    if error is None and (cut := incomplete(response, window=spec.abilities.window)) is not None:
        result, error = replace(result, complete=response.finish_reason is FinishReason.STOP), cut
    found = Answered(result, error) if error is not None else _shaped(result, question, frame)
    return found if found.error is None else replace(found, result=replace(found.result, warning=_warning(found.result)))


def _named(kit: DeveloperKit, model: str | None) -> str:
    """Who answered, and in whose place where that is another than was asked for."""
    asked = f"{kit.provider}:{kit.model}"
    return asked if model in {None, kit.model} else f"{kit.provider}:{model} in place of {kit.model}"


def _warning(failed: RactoResult) -> str:
    """What is said below an answer that failed its cell."""
    if not failed.text.strip():
        return "no answer"
    return "not the asked shape" if failed.complete else "incomplete"


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
        if (late := _brought(error)) and not shown.text:
            shown.push(late)
        return _partial(shown.text, kit, error), error


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


def _brought(error: Exception) -> str:
    """What had arrived of an answer that was not streamed: its error brings it."""
    match error:
        case ResponseModelValidationError():
            return error.raw_response or ""
        case StreamInterruptedError():
            return error.partial
        case _:
            return ""


def _partial(text: str, kit: DeveloperKit, error: Exception | None = None) -> LLMResponse:
    """The answer that did not come whole, or not in the asked shape. The error knows it where it did come."""
    known = error.response if isinstance(error, ResponseModelValidationError) else None
    if isinstance(known, LLMResponse):
        return known
    return LLMResponse(content=text or None, finish_reason=FinishReason.ERROR, model=kit.model)


def _shaped(result: RactoResult, question: Question, frame: str | None) -> Answered:
    """The result with the parsed value and the frame, or the error when the answer has not the asked shape."""
    if not question.wants_json:
        return Answered(result)
    model = question.config.response_model
    found = result.response.parsed if model else try_parse_json(result.text)
    if found is None and model is None:
        return Answered(result, _malformed(result, "is not JSON (an object or a list)"))
    # Validated from the text once more: a dump need not fit its own class, which may name fields otherwise in JSON.
    parsed: Any = model.model_validate_json(strip_markdown_fences(result.text).strip()) if model else found
    if frame is None:
        return Answered(replace(result, parsed=parsed))
    rows = rows_in(found or [])
    if rows is None:
        return Answered(result, _malformed(result, "is JSON, but not a list of objects"))
    result = replace(result, parsed=parsed.rows if model else rows)
    try:
        columns = list(question.model_class.model_fields) if question.model_class else []
        return Answered(replace(result, frame=frame_of(rows, frame, columns)))
    except Exception as error:  # noqa: BLE001  (each library has errors of its own; returned as ours, with theirs as the cause)
        malformed = _malformed(result, f"is a list of objects that make no data frame ({str(error).partition(chr(10))[0]})")
        malformed.__cause__ = error
        return Answered(result, malformed)


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


def frame_of(rows: list[dict[str, Any]], library: str, columns: Sequence[str] = ()) -> Any:
    """The rows as a data frame: `polars`, `pandas`, or `auto`, which is polars. Without rows it has these `columns`.

    Raises ValueError when the frame cannot hold a value as it is: polars puts null in place of what does not fit a column.
    """
    rows = [{name: _columnar(value) for name, value in row.items()} for row in rows]
    if library == "pandas":
        import pandas as pd

        return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(columns))
    import polars as pl

    if not rows:
        return pl.DataFrame(schema=list(columns))
    frame = pl.DataFrame(rows, infer_schema_length=None)
    for number, (asked, kept) in enumerate(zip(rows, frame.to_dicts(), strict=True), 1):
        for name, value in asked.items():
            if not _same(value, kept.get(name)):
                message = f"row {number}, column {name!r}: {value!r} does not fit the other values; use --df pandas or one type"
                raise ValueError(message)
    return frame


def _columnar(value: Any) -> Any:
    """What a column can hold: enums by their value, sets as lists, and so on inside."""
    match value:
        case Enum():
            return value.value
        case set() | frozenset() | tuple() | list():
            return [_columnar(item) for item in cast("Sequence[Any]", value)]
        case dict():
            return {str(name): _columnar(item) for name, item in cast("dict[Any, Any]", value).items()}
        case _:
            return value


def _same(asked: Any, kept: Any) -> bool:
    """Whether a frame kept `asked`. Structs gain nulls for keys that a row does not have, and whole numbers become floats."""
    match asked, kept:
        case dict(), dict():
            kept_fields = cast("dict[Any, Any]", kept)
            return all(_same(item, kept_fields.get(name)) for name, item in cast("dict[Any, Any]", asked).items())
        case list(), list():
            left, right = cast("list[Any]", asked), cast("list[Any]", kept)
            return len(left) == len(right) and all(map(_same, left, right))
        case bool(), _:
            return asked is kept
        case _:
            return bool(asked == kept) and not isinstance(kept, bool)


def _malformed(result: RactoResult, what: str) -> MalformedAnswerError:
    message = f"The answer {what}. It is kept in _racto.text. Ask again, or give a Pydantic class with --as."
    return MalformedAnswerError(message, response=result.response)

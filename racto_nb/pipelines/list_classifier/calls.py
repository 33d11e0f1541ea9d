"""What a call may say otherwise than its classifier, and in which shape its result comes back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, Literal, TypeAlias, TypedDict

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.answering import Outcome
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.settings import OutputFormat, SelectionMode, Settings

Output: TypeAlias = ClassifierResult | str | dict[str, Any]
"""A result in the shape that was asked for: whole, as its labels in one text, or as a dict."""


class Unset(Enum):
    """Marks a parameter that was not given, where None has a meaning of its own."""

    UNSET = "_UNSET"

    def __repr__(self) -> str:
        return "_UNSET"


UNSET: Literal[Unset.UNSET] = Unset.UNSET
"""Not given: what the classifier was made with holds."""


class Overrides(TypedDict, total=False):
    """What a call may say otherwise."""

    options: list[str] | Unset | None
    selection_mode: SelectionMode | None
    temperature: float | None
    max_tokens: int | None
    confidence_threshold: float | Unset | None
    session_id: str | None
    user_id: str | None


class BatchOverrides(Overrides, total=False):
    """What a call for many texts may say otherwise."""

    max_concurrency: int | None


def overridden(settings: Settings, **given: Any) -> Settings:
    """`settings` with what a call says otherwise. None and UNSET are not said, but for a `confidence_threshold` of None."""
    said = {
        name: value
        for name, value in given.items()
        if not isinstance(value, Unset) and (value is not None or name == "confidence_threshold")
    }
    return replace(settings, **said) if said else settings


def shaped(result: ClassifierResult, output_format: OutputFormat) -> Output:
    """`result` in the shape that was asked for."""
    match output_format:
        case "string":
            return result.as_string()
        case "dict":
            return result.as_dict()
        case "pydantic":
            return result


def raise_first(outcomes: Sequence[Outcome], shown: Sequence[Output]) -> None:
    """Raise the first error of a batch. Its `results` are those of all texts, with the errors in the places of theirs."""
    failures = [(place, outcome.error) for place, outcome in enumerate(outcomes) if outcome.error is not None]
    if not failures:
        return
    place, error = failures[0]
    results = [result if outcome.error is None else outcome.error for outcome, result in zip(outcomes, shown, strict=True)]
    error.__dict__["results"] = results
    others = f" {len(failures)} of {len(outcomes)} texts failed." if len(failures) > 1 else ""
    error.add_note(f"This is text {place} of {len(outcomes)}.{others} .results has what was found for the others.")
    raise error


def checked_concurrency(limit: object, texts: int) -> int:
    """How many texts are classified at once: `limit`, by default 8. UsageError for none or fewer."""
    if limit is None:
        return min(texts, 8) or 1
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        msg = f"max_concurrency is a whole number from 1, or None for 8; got {limit!r}."
        raise UsageError(msg)
    return limit

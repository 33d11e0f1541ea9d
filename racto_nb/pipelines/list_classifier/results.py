"""What a classifier says of a text. Pure values."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Protocol, Self, runtime_checkable

from pydantic import BaseModel, Field, model_validator

from racto_nb.pipelines.list_classifier.enums import enum_of

ConfidenceKind = Literal["logprobs", "agreement", "embedding", "stated", "calibrated"]
"""Where a confidence comes from: the model's token probabilities, how many of k answers agree, how near the text is to the
label, what the model says of itself (a guess of its own, not measured), or one of these, calibrated on labelled rows."""


class ClassifierUsage(BaseModel):
    """The tokens that a classification took. `retry_count` are the answers that did not fit and were asked for again."""

    input_tokens: int = 0
    output_tokens: int = 0
    retry_count: int = 0

    @property
    def total_tokens(self) -> int:
        """Tokens of questions and answers together."""
        return self.input_tokens + self.output_tokens


class AuditEntry(BaseModel):
    """One classification as it is written into an audit log. `timestamp` is ISO 8601 in UTC."""

    timestamp: str
    user_query: str
    options_provided: list[str]
    selected: list[str] = Field(default_factory=list[str])
    confidences: list[float] | None = None
    all_scores: dict[str, float] | None = None
    reasoning: str | None = None
    fuzzy_corrected: bool = False
    uncertain: bool = False
    cache_hit: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    latency_ms: float = 0.0
    usage: dict[str, int] = Field(default_factory=dict[str, int])
    error: str | None = None


class ClassifierResult(BaseModel):
    """What a classifier found for one text.

    `selected` are the labels that fit, the surest first; `confidences` has one number from 0 to 1 for each of them, in the same
    order, or is None where they are not known: an unknown confidence is never made up. `all_scores` has the scores that are known
    of any option, chosen or not. `confidence_kind` says where these numbers come from; "stated" is what a model says of itself.

    `uncertain` says that the label is not to be trusted: the classifier abstained, or gave its `uncertain_label`.
    `out_of_scope` says that the text belongs to no option. `prediction_set` are the labels among which the true one is with the
    coverage that was asked for, None where that was not asked. `origin` is what decided, a "model" or an "embedding".
    `sent_up` says whether a cascade asked its expensive classifier, None outside of one.
    `cache_hit` is "exact" or "semantic" where a cache had the answer. `cost` is in US dollars, None where nobody knows the price.
    `error` is what went wrong, in a result that was given in place of an exception; `selected` is empty then.

    >>> result = ClassifierResult(user_query="Hi", options_provided=["A", "B"], selected=["A", "B"], confidences=[0.2, 0.7])
    >>> result.first, result.top_confidence
    ('B', 0.7)
    """

    user_query: str
    options_provided: list[str]
    selected: list[str] = Field(default_factory=list[str])
    confidences: list[float] | None = None
    all_scores: dict[str, float] | None = None
    reasoning: str | None = None
    fuzzy_corrected: bool = False
    uncertain: bool = False
    cache_hit: str | None = None
    usage: ClassifierUsage = Field(default_factory=ClassifierUsage)
    error: str | None = None
    confidence_kind: ConfidenceKind | None = None
    prediction_set: list[str] | None = None
    out_of_scope: bool = False
    origin: Literal["model", "embedding"] = "model"
    cost: Decimal | None = None
    sent_up: bool | None = None

    @model_validator(mode="after")
    def _pairs_surest_first(self) -> Self:
        """A label and its confidence stay together, and the surest comes first. Equal ones keep the order they came in."""
        if self.confidences is None:
            return self
        if len(self.confidences) != len(self.selected):
            msg = f"{len(self.confidences)} confidences for {len(self.selected)} selected labels: one for each, or None"
            raise ValueError(msg)
        pairs = sorted(zip(self.selected, self.confidences, strict=True), key=lambda pair: -pair[1])
        self.selected[:], self.confidences[:] = [label for label, _ in pairs], [confidence for _, confidence in pairs]
        return self

    @property
    def first(self) -> str | None:
        """The surest label; None where none was selected."""
        return self.selected[0] if self.selected else None

    @property
    def top_confidence(self) -> float | None:
        """The confidence of `first`; None where it is not known."""
        return self.confidences[0] if self.confidences else None

    @property
    def is_empty(self) -> bool:
        """Whether no label was selected."""
        return not self.selected

    def as_string(self, separator: str = ", ") -> str:
        """The labels with `separator` between them; "[error] ..." where the classification failed."""
        return f"[error] {self.error}" if self.error is not None else separator.join(self.selected)

    def as_dict(self) -> dict[str, Any]:
        """All of it as a dict that JSON can hold. A failed one is {"error": ..., "selected": []}."""
        if self.error is not None:
            return {"error": self.error, "selected": list(self.selected)}
        return self.model_dump(mode="json")

    def as_enum(self, name: str = "SelectedOptions") -> type[Enum]:
        """An enum of the selected labels, whose members are texts."""
        return enum_of(self.selected, name)

    def top_n(self, n: int) -> list[str]:
        """The `n` options with the highest scores, or the first `n` selected ones where scores are not known of any option."""
        if not self.all_scores:
            return self.selected[: max(n, 0)]
        return sorted(self.all_scores, key=lambda option: -(self.all_scores or {})[option])[: max(n, 0)]

    def score_for(self, option: str) -> float | None:
        """The score of an option, the confidence of a selected one; None where it is not known."""
        if self.all_scores is not None and option in self.all_scores:
            return self.all_scores[option]
        if self.confidences is not None and option in self.selected:
            return self.confidences[self.selected.index(option)]
        return None

    def to_audit_entry(
        self, *, timestamp: str, user_id: str | None = None, session_id: str | None = None, latency_ms: float = 0.0
    ) -> AuditEntry:
        """The result as an entry of an audit log. `timestamp` is ISO 8601 in UTC."""
        return AuditEntry(
            timestamp=timestamp,
            user_query=self.user_query,
            options_provided=self.options_provided,
            selected=self.selected,
            confidences=self.confidences,
            all_scores=self.all_scores,
            reasoning=self.reasoning,
            fuzzy_corrected=self.fuzzy_corrected,
            uncertain=self.uncertain,
            cache_hit=self.cache_hit,
            user_id=user_id,
            session_id=session_id,
            latency_ms=latency_ms,
            usage={**self.usage.model_dump(), "total_tokens": self.usage.total_tokens},
            error=self.error,
        )


@runtime_checkable
class TextClassifier(Protocol):
    """Anything that sorts one text into labels, in both colours."""

    def run(self, user_query: str) -> ClassifierResult: ...

    async def arun(self, user_query: str) -> ClassifierResult: ...

"""What a classifier says of a text. Pure values."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

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

"""Many questions that are handed in together and answered later, for less. Pure values."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse


class BatchStatus(str, Enum):  # noqa: UP042  (the documents print `BatchStatus.IN_PROGRESS`)
    """How far a job is. `PENDING` is one that has not been submitted yet; the last four but `CANCELLING` are ends."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come.

        >>> BatchStatus.EXPIRED.ended, BatchStatus.FINALIZING.ended
        (True, False)
        """
        return self in {BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.EXPIRED, BatchStatus.CANCELLED}


class BatchItem(ChatConfig):
    """One question of a batch: a ChatConfig with a name of yours, under which its result comes back.

    Everything that a kit's `chat` takes is taken here: `prompt`, `response_model`, `tools` (the model's calls come back in
    `response.tool_calls`; nothing is carried out), `history`, `attachments`, `temperature` (0 to 2, default 0), `max_tokens`
    (default 4096), `extra` and the rest. An answer that does not fit its class is not asked for again.

    >>> BatchItem(custom_id="q1", user_message="What is 2 + 2?").max_tokens
    4096
    """

    custom_id: str = Field(min_length=1)


class BatchJobInfo(BaseModel):
    """What is known of a job. `job_id` is the provider's, or one of ours where the job is split into several of the provider's.

    `created_at` is in seconds since 1970. `completed` and `failed` count items that have been answered or refused so far, None
    where the provider does not say. `parts` are the provider's job ids, `error` says why a job as a whole failed, and `raw` is
    the provider's own object (a list of them for a split job).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    job_id: str
    provider: str
    status: BatchStatus
    created_at: float
    request_count: int = Field(default=0, ge=0)
    raw: Any = Field(default=None, repr=False)
    completed: int | None = None
    failed: int | None = None
    model: str | None = None
    parts: tuple[str, ...] = ()
    error: str | None = None


class BatchResult(BaseModel):
    """What came of one item: a `response`, or an `error` that says why there is none.

    An answer that does not fit its class has both: the text is in `response.content`. `cost` is in US dollars at the price of
    batches, None where that is unknown or no answer came. `raw` is the provider's own object.

    >>> BatchResult(custom_id="q1", error="HTTP 429: too many requests").ok
    False
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    custom_id: str
    response: LLMResponse | None = None
    error: str | None = None
    raw: Any = Field(default=None, repr=False)
    cost: Decimal | None = None

    @property
    def ok(self) -> bool:
        """Whether a usable answer came."""
        return self.error is None and self.response is not None

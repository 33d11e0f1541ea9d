"""Many questions at half the price, answered within a day: the batch APIs of OpenAI, Anthropic and Google.

    from racto_nb.batch import BatchItem, OpenAIBatchProcessor

    processor = OpenAIBatchProcessor()
    results = processor.submit_and_wait([BatchItem(custom_id="q1", user_message="What is 2 + 2?")])

A job is written down before it is handed in, so that it outlives the kernel: `processor.resume()` lists what is not read yet.
"""

from racto_nb.batch.errors import BatchError, BatchTimeoutError, BatchUndecidedError
from racto_nb.batch.processor import BatchProcessor
from racto_nb.batch.processors import (
    AnthropicBatchProcessor,
    GeminiBatchProcessor,
    GoogleBatchProcessor,
    OpenAIBatchProcessor,
)
from racto_nb.batch.results import BatchResults
from racto_nb.models.batches import BatchItem, BatchJobInfo, BatchResult, BatchStatus

__all__ = [
    "AnthropicBatchProcessor",
    "BatchError",
    "BatchItem",
    "BatchJobInfo",
    "BatchProcessor",
    "BatchResult",
    "BatchResults",
    "BatchStatus",
    "BatchTimeoutError",
    "BatchUndecidedError",
    "GeminiBatchProcessor",
    "GoogleBatchProcessor",
    "OpenAIBatchProcessor",
]

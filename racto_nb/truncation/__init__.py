"""Keep conversations within a model's window: the beginning and the end stay, the middle is left out or summarised.

kit = gpt.Chat(model="gpt-6-luna", truncator=TokenTruncator(TruncationConfig(keep_first_n=2, keep_last_n=8)))
"""

from __future__ import annotations

from racto_nb.models.truncation import Truncation
from racto_nb.truncation.config import TruncationConfig
from racto_nb.truncation.limits import DEFAULT_CONTEXT_LIMIT, MODEL_CONTEXT_LIMITS
from racto_nb.truncation.summarizing import SummarizingTruncator
from racto_nb.truncation.truncator import TokenTruncator

__all__ = [
    "DEFAULT_CONTEXT_LIMIT",
    "MODEL_CONTEXT_LIMITS",
    "SummarizingTruncator",
    "TokenTruncator",
    "Truncation",
    "TruncationConfig",
]

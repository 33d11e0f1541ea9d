"""The names that every kit's module offers beside its own, and where they are: imported when they are first used.

Whoever asks a model pays for no cache, router, truncator or batch that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping

SLOT_NAMES: Mapping[str, str] = {
    "CostAwareRouter": "racto_nb.routing",
    "ExactMatchCache": "racto_nb.cache",
    "RoutingTier": "racto_nb.routing",
    "SemanticCache": "racto_nb.cache",
    "TokenTruncator": "racto_nb.truncation",
    "TruncationConfig": "racto_nb.truncation",
}
"""What stands in the slots of a kit."""

BATCH_NAMES: Mapping[str, str] = {
    **SLOT_NAMES,
    "BatchItem": "racto_nb.batch",
    "BatchJobInfo": "racto_nb.batch",
    "BatchResult": "racto_nb.batch",
    "BatchStatus": "racto_nb.batch",
}
"""The same for providers that take batches."""

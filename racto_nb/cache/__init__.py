"""Caches: answers that are known already, for questions that are the same (exact) or mean the same (semantic).

from racto_nb import openai_developer_kit as gpt
from racto_nb.cache import ExactMatchCache

kit = gpt.Chat(exact_cache=ExactMatchCache(max_size=1024, ttl_seconds=3600))
"""

from __future__ import annotations

from racto_nb.cache.disk import DiskCache
from racto_nb.cache.memory import ExactMatchCache
from racto_nb.cache.semantic import SemanticCache
from racto_nb.cache.stats import CacheConfig, CacheEntry, CacheStats, SemanticCacheConfig, SemanticCacheEntry
from racto_nb.exceptions import CacheWarning

__all__ = [
    "CacheConfig",
    "CacheEntry",
    "CacheStats",
    "CacheWarning",
    "DiskCache",
    "ExactMatchCache",
    "SemanticCache",
    "SemanticCacheConfig",
    "SemanticCacheEntry",
]

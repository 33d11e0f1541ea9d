"""What a fleet shares through Redis or Valkey: answers, limits of tokens, conversations.

    from racto_nb.redis import RedisChatMemory, RedisExactCache, RedisRateLimiter

    kit = kit.with_exact_cache(RedisExactCache(url="redis://localhost:6379/0"))

Install it with `pip install 'racto-nb[redis]'`. Importing this package imports almost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.exceptions import ServiceError as ServiceError
    from racto_nb.exceptions import ServiceWarning as ServiceWarning
    from racto_nb.limiting.limiter import Reservation as Reservation
    from racto_nb.limiting.settings import RateLimitConfig as RateLimitConfig
    from racto_nb.redis.chat_memory import RedisChatMemory as RedisChatMemory
    from racto_nb.redis.exact_cache import RedisExactCache as RedisExactCache
    from racto_nb.redis.rate_limiter import RedisRateLimiter as RedisRateLimiter
    from racto_nb.remembering.settings import ChatMemoryConfig as ChatMemoryConfig

_PUBLIC = {
    "ChatMemoryConfig": "racto_nb.remembering.settings",
    "RateLimitConfig": "racto_nb.limiting.settings",
    "RedisChatMemory": "racto_nb.redis.chat_memory",
    "RedisExactCache": "racto_nb.redis.exact_cache",
    "RedisRateLimiter": "racto_nb.redis.rate_limiter",
    "Reservation": "racto_nb.limiting.limiter",
    "ServiceError": "racto_nb.exceptions",
    "ServiceWarning": "racto_nb.exceptions",
}

__all__ = [
    "ChatMemoryConfig",
    "RateLimitConfig",
    "RedisChatMemory",
    "RedisExactCache",
    "RedisRateLimiter",
    "Reservation",
    "ServiceError",
    "ServiceWarning",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

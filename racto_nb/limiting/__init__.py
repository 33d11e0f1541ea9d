"""How many tokens each user may take in a window of time.

from racto_nb.limiting import RateLimitConfig, RateLimiter

limiter = RateLimiter(RateLimitConfig(max_tokens_per_minute=5_000))
kit = kit.with_rate_limiter(limiter, user_id="user_42")

`racto_nb.redis.RedisRateLimiter` is the same for a fleet.
"""

from __future__ import annotations

from racto_nb.limiting.in_process import RateLimiter
from racto_nb.limiting.limiter import Limiter, Reservation
from racto_nb.limiting.settings import RateLimitConfig

__all__ = ["Limiter", "RateLimitConfig", "RateLimiter", "Reservation"]

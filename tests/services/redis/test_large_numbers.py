"""Numbers that a server would round or refuse: they are counted right, or refused before anything is asked."""

from __future__ import annotations

import random
from typing import Any

import pytest
from services.redis.conftest import Did
from valkey_server import ValkeyServer

from racto_nb.exceptions import UsageError
from racto_nb.limiting import RateLimitConfig
from racto_nb.limiting.counts import Bucket
from racto_nb.models import LLMResponse
from racto_nb.redis import RedisChatMemory, RedisExactCache, RedisRateLimiter
from racto_nb.redis.connecting import Command, Script
from racto_nb.redis.scripts import BUCKET
from racto_nb.remembering import ChatMemoryConfig

DAY = 86_400
SECOND = 1_000_000


def test_a_large_bucket_decides_as_one_in_the_process(valkey: ValkeyServer, prefix: str):
    limit, window, chance = 10**11 - 1, DAY * SECOND, random.Random(7)
    inside, now, held = Bucket(limit, window), 1_700_000_000 * SECOND, list[tuple[int, int, bytes]]()
    with RedisExactCache(url=valkey.url(), key_prefix=prefix) as server:

        def asked(*words: Any) -> Any:
            text = BUCKET.replace("redis.call('TIME')", f"{{'{now // SECOND}', '0'}}")
            return server._way.send(Script(text, (prefix,), (words[0], limit, window, *words[1:])))

        for _ in range(60):
            now += chance.choice([0, 0, 1, 60, 3_600]) * SECOND
            if held and chance.random() < 0.4:
                number, tokens, ticket = held.pop(chance.randrange(len(held)))
                actual = chance.randrange(1, limit // 3)
                asked("settle", ticket, actual)
                inside.settle(number, actual - tokens, now)
                continue
            tokens = chance.randrange(1, limit // 2)
            expected = inside.take(tokens, now)
            granted, remaining, wait, ticket = asked("take", tokens)
            assert (bool(granted), remaining) == (expected.granted, expected.remaining)
            assert int(wait) == -(-expected.wait // SECOND) * SECOND  # which is the step that such a bucket is counted in
            if granted:
                held.append((expected.ticket, tokens, ticket))


def test_a_large_bucket_has_what_was_not_taken(valkey: ValkeyServer, prefix: str, did: Did):
    tokens = 10**11 - 1
    config = RateLimitConfig(max_tokens_per_minute=tokens, window_s=DAY, kind="bucket", key_prefix=prefix)
    with RedisRateLimiter(url=valkey.url(), config=config) as limiter:
        for taken in (1, 3, tokens // 2, tokens // 3, tokens - 1, tokens):
            assert did(limiter, "reserve", f"u{taken}", taken).remaining == tokens - taken
        assert 0 < did(limiter, "reserve", f"u{tokens}", tokens).retry_after <= DAY


@pytest.mark.parametrize(
    ("kind", "tokens", "window_s"),
    [("bucket", 2**40, DAY), ("bucket", 2**53, 2), ("sliding", 2**53 + 1, 60), ("sliding", 1, 1e15), ("bucket", 1, 1e15)],
)
def test_limits_that_a_server_would_round_are_refused(kind: Any, tokens: int, window_s: float):
    config = RateLimitConfig(max_tokens_per_minute=tokens, window_s=window_s, kind=kind)
    with pytest.raises(UsageError, match="more than a server counts exactly"):
        RedisRateLimiter(config=config)


@pytest.mark.parametrize("seconds", [1e18, 1e308])
def test_what_is_kept_for_ages_is_kept(valkey: ValkeyServer, prefix: str, did: Did, seconds: float):
    for size in (0, 2):
        with RedisExactCache(url=valkey.url(), key_prefix=f"{prefix}:{size}", ttl_seconds=seconds, max_size=size) as cache:
            did(cache, "put", "k", LLMResponse(content="a"))
            found = did(cache, "get", "k")
            assert found is not None
            assert found.content == "a"
    with RedisChatMemory(url=valkey.url(), config=ChatMemoryConfig(key_prefix=prefix, ttl_seconds=seconds)) as memory:
        did(memory, "append", "c", "user", "Hi")
        assert did(memory, "count", "c") == 1
        assert memory._way.send(Command(("PTTL", f"{prefix}:c"))) > 2**52

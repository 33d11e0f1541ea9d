"""What a limiter on a server takes for one request, beside a bare INCRBY: the least that a shared count can cost.

Elapsed time of sides that run in turns against one Valkey on this machine; the median over the rounds of each round's ratio
counts. Both wait for one reply of the server. Ours asks for a script of six commands, which looks and counts in one step and
keeps every taking by itself, and half of its time is Python's: nothing beside the wait for a model's first word.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable

import redis
import redis.asyncio
from contenders.served_redis import served
from contenders.telling import figure
from contenders.timing import rounds_of

from racto_nb.limiting import RateLimitConfig, RateLimiter
from racto_nb.redis import RedisRateLimiter

ROUNDS, CALLS = 15, 400
GOAL = 4.0
"""The most times an INCRBY that one `check_and_consume` may take, in either colour."""
FULL = 5_000
"""Takings that are in the window already."""


def main() -> int:
    alone = RateLimiter()
    with served() as url:
        limiters = {kind: limiter_at(url, kind) for kind in ("sliding", "bucket")}
        client = redis.Redis.from_url(url)
        plain = elapsed({
            "INCRBY": lambda: client.incrby("bare", 1),
            **{kind: lambda limiter=limiter: limiter.check_and_consume("u") for kind, limiter in limiters.items()},
            "reserve and settle": lambda: limiters["sliding"].reserve("u", 2).settle(1),
            "in the process": lambda: alone.check_and_consume("u"),
        })  # fmt: skip
        awaited = asyncio.run(awaited_elapsed(url, limiters["sliding"]))
        client.close()
        for limiter in limiters.values():
            limiter.close()
    missed = [told("check_and_consume, sliding", plain["sliding"], plain["INCRBY"], GOAL)]
    missed += [told("check_and_consume, bucket", plain["bucket"], plain["INCRBY"], GOAL)]
    missed += [told("acheck_and_consume, sliding", awaited["sliding"], awaited["INCRBY"], GOAL)]
    told("reserve and settle (two requests)", plain["reserve and settle"], plain["INCRBY"], None)
    told("in the process", plain["in the process"], plain["INCRBY"], None)
    return int(any(missed))


def limiter_at(url: str, kind: str) -> RedisRateLimiter:
    """A limiter whose window is rather full."""
    config = RateLimitConfig(max_tokens_per_minute=10_000_000, window_s=3600, kind=kind)
    limiter = RedisRateLimiter(url=url, config=config, on_outage="deny", timeout_s=10)
    for _ in range(FULL):
        limiter.check_and_consume("u")
    return limiter


def elapsed(sides: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """The seconds of one call of each side, in each round."""

    def timed(call: Callable[[], object]) -> float:
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        return (time.perf_counter() - start) / CALLS

    rounds = [{name: timed(call) for name, call in sides.items()} for _ in range(rounds_of(ROUNDS))]
    return {name: [one[name] for one in rounds] for name in sides}


async def awaited_elapsed(url: str, limiter: RedisRateLimiter) -> dict[str, list[float]]:
    """The same for the asynchronous client, one call after the other."""
    client = redis.asyncio.Redis.from_url(url)
    sides = {"INCRBY": lambda: client.incrby("bare", 1), "sliding": lambda: limiter.acheck_and_consume("u")}
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds_of(ROUNDS)):
        for name, call in sides.items():
            await call()
            start = time.perf_counter()
            for _ in range(CALLS):
                await call()
            found[name].append((time.perf_counter() - start) / CALLS)
    await client.aclose()
    await limiter.aclose()
    return found


def told(what: str, ours: list[float], bare: list[float], goal: float | None) -> bool:
    """Print a line; whether its goal is missed."""
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    beside = f"{1e6 * statistics.median(ours):.0f} µs beside {1e6 * statistics.median(bare):.0f} µs, wall time"
    missed = figure(f"{what}, to an INCRBY", ratio, at_most=goal, told=beside)
    aim = "" if goal is None else f" (goal {goal:.2f}){'  missed' if missed else ''}"
    times = f"{1e6 * statistics.median(ours):7.0f} us, {ratio:5.2f} of an INCRBY of {1e6 * statistics.median(bare):.0f} us"
    print(f"{what:34} {times}{aim}")
    return missed


if __name__ == "__main__":
    sys.exit(main())

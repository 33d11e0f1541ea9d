"""A program: some processes that take tokens from one limiter as fast as they may, and write down what they got.

python fleet_of_limiters.py URL PREFIX BUDGET WINDOW PROCESSES REQUESTS FOLDER
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

from racto_nb.redis.rate_limiter import RateLimitConfig, RedisRateLimiter


def main() -> None:
    url, prefix, budget, window, processes, requests, folder = sys.argv[1:]
    config = RateLimitConfig(max_tokens_per_minute=int(budget), window_s=float(window), key_prefix=prefix)
    with RedisRateLimiter(url=url, config=config, on_outage="deny", timeout_s=30) as limiter:
        limiter.get_remaining("all")  # what must be imported is
    begin = time.time() + 0.3
    children = [fork(number, begin, limiter, int(requests), Path(folder)) for number in range(int(processes))]
    sys.exit(sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))


def fork(number: int, begin: float, limiter: RedisRateLimiter, requests: int, folder: Path) -> int:
    child = os.fork()
    if child == 0:
        (folder / f"{number}.json").write_text(json.dumps(taken(number, begin, limiter, requests)))
        os._exit(0)
    return child


def taken(number: int, begin: float, limiter: RedisRateLimiter, requests: int) -> list[tuple[float, float, int]]:
    """When each request was begun and answered, and what it got. Half of the processes reserve more than they use."""
    chance, got = random.Random(number), []
    pause = 3.2 * limiter.config.window_s / requests
    for request in range(requests):
        time.sleep(max(0.0, begin + request * pause - time.time()))
        tokens, before = chance.randint(1, 9), time.time()
        if number % 2:
            held = limiter.reserve("all", tokens + 3)
            after = time.time()
            held.settle(tokens)
            granted = held.granted
        else:
            granted, after = limiter.check_and_consume("all", tokens), time.time()
        if granted:
            got.append((before, after, tokens))
    return got


if __name__ == "__main__":
    main()

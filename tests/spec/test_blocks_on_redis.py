"""The documents' own code blocks on Redis, on a real server. Only its address stands for another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from spec.originals import KNOWN_NAMES, Ran, Runner
from valkey_server import ValkeyServer

from racto_nb.prompts.engine import RactoPrompt
from racto_nb.redis import RedisExactCache
from racto_nb.redis.connecting import Command

PARIS = "The capital of France is Paris."
LOCALHOST, ELSEWHERE = "redis://localhost:6379/0", "redis://your-redis-host:6379/0"
MADE = ("cache", "limiter", "memory")


@pytest.fixture
def url(valkey: ValkeyServer) -> str:
    """A database of these tests, empty."""
    with RedisExactCache(url=valkey.url(7)) as cache:
        cache._way.send(Command(("FLUSHDB",)))
    return valkey.url(7)


@pytest.fixture
def ran_on(run: Runner, url: str) -> Iterator[list[Ran]]:
    """What a block made is closed."""
    blocks: list[Ran] = []
    yield blocks
    for block in blocks:
        for name in MADE:
            if name in block.names:
                block[name].close()


def test_block_77_all_servers_share_the_answers(run: Runner, ran_on: list[Ran], url: str, prompt: RactoPrompt):
    ran = run(77, [PARIS], replaced={LOCALHOST: url}, prompt=prompt)
    ran_on.append(ran)
    assert ran.printed == [PARIS, PARIS, "0.5"]
    assert len(ran.requests) == 1
    assert (ran["r1"].origin, ran["r2"].origin) == ("fresh", "exact")
    with RedisExactCache(url=url) as replica:
        assert ran["kit"].with_exact_cache(replica).chat(ran["config"]).content == PARIS
    assert len(ran.requests) == 1


def test_block_78_tokens_are_limited(run: Runner, ran_on: list[Ran], url: str):
    kit = run.keeps(KNOWN_NAMES["gpt"].Chat("gpt-6-luna"))
    replaced = {LOCALHOST: url}
    ran = run(78, ["Yes."], replaced=replaced, kit=kit, user_request="May I?")
    ran_on.append(ran)
    assert ran.printed == ["Tokens remaining this minute: 4200"]
    assert len(ran.requests) == 1
    for left in (3400, 2600, 1800, 1000, 200):
        ran_on.append(run(78, ["Yes."], replaced=replaced, kit=kit, user_request="May I?"))
        assert ran_on[-1].printed == [f"Tokens remaining this minute: {left}"]
    with pytest.raises(RuntimeError, match="Rate limit exceeded"):
        run(78, replaced=replaced, kit=kit, user_request="May I?")


def test_block_79_a_conversation_is_remembered(run: Runner, ran_on: list[Ran], url: str):
    kit = run.keeps(KNOWN_NAMES["gpt"].Chat("gpt-6-luna"))
    ran = run(79, ["Tokyo is larger."], replaced={LOCALHOST: url}, kit=kit)
    ran_on.append(ran)
    assert ran.printed == ["3"]
    sent = str(ran.requests[0].json)
    for text in ("What is the capital of France?", PARIS, "And what is its population?", "Compare it to Tokyo."):
        assert text in sent
    assert ran["memory"].count(ran["conv_id"]) == 0


def test_block_80_all_of_them_work_together(run: Runner, ran_on: list[Ran], url: str):
    ran = run(80, [], replaced={ELSEWHERE: url})
    ran_on.append(ran)
    handle = ran["handle_request"]
    run.server._script.replies[:] = [PARIS, "About two million."]
    assert handle("user_1", "conv_1", "What is the capital of France?") == PARIS
    assert handle("user_1", "conv_1", "How many people live there?") == "About two million."
    assert handle("user_2", "conv_2", "What is the capital of France?") == PARIS
    first, second = run.server.requests[-2:]
    assert PARIS in str(second.json)
    assert PARIS not in str(first.json)
    assert ran["memory"].count("conv_1") == 4
    ran["limiter"].check_and_consume("user_1", ran["limiter"].get_remaining("user_1"))
    with pytest.raises(RuntimeError, match=r"Rate limit exceeded\. Remaining: 0"):
        handle("user_1", "conv_1", "And of Italy?")

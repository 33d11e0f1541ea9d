"""Whose connections there are, and how many; clients that users bring; TLS."""

from __future__ import annotations

import asyncio
import gc
import importlib
import secrets
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from colours import run_unblocked
from services.redis.conftest import Did
from valkey_server import ValkeyServer

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.limiting import RateLimitConfig
from racto_nb.models import LLMResponse
from racto_nb.redis import RedisChatMemory, RedisExactCache, RedisRateLimiter
from racto_nb.redis.opening import MOST_CONNECTIONS
from racto_nb.remembering import ChatMemoryConfig

ANSWER = LLMResponse(content="Hello")


class Connections:
    """The connections of this test at the server: its url names them."""

    def __init__(self, valkey: ValkeyServer) -> None:
        self._name = f"test{secrets.token_hex(4)}"
        self.url = f"{valkey.url(3)}?client_name={self._name}"
        self._asking = redis.Redis.from_url(valkey.url())

    def count(self) -> int:
        return sum(client["name"] == self._name for client in self._asking.client_list())

    def until(self, count: int) -> bool:
        """Whether there are `count`, soon: a server sees the end of a connection a little later."""
        late = time.monotonic() + 10
        while self.count() != count and time.monotonic() < late:
            time.sleep(0.02)
        return self.count() == count

    def close(self) -> None:
        self._asking.close()


@pytest.fixture
def connections(valkey: ValkeyServer) -> Iterator[Connections]:
    made = Connections(valkey)
    yield made
    made.close()


def test_all_that_name_one_server_share_its_connections(connections: Connections):
    cache, limiter, memory = (made(url=connections.url) for made in (RedisExactCache, RedisRateLimiter, RedisChatMemory))
    assert connections.count() == 0  # nothing is opened before it is needed
    for _ in range(3):
        cache.put("k", ANSWER)
        limiter.check_and_consume(f"user {connections.url}")
        memory.count("c")
    assert connections.count() == 1
    cache.close()
    limiter.close()
    memory.count("c")
    assert connections.count() == 1
    memory.close()
    assert connections.until(0)
    assert cache.get("k") == ANSWER  # opened again
    cache.close()
    assert connections.until(0)


def test_what_is_dropped_gives_its_connections_back(connections: Connections, monkeypatch: pytest.MonkeyPatch):
    """Also where the collector, which came by between a connection and its socket, takes the socket first."""
    connected = redis.Connection._connect

    def connect(connection: redis.Connection) -> Any:
        gc.collect(0)
        return connected(connection)

    cache = RedisExactCache(url=connections.url)
    with monkeypatch.context() as patched:
        patched.setattr(redis.Connection, "_connect", connect)
        cache.get("k")
    assert connections.count() == 1
    gc.disable()
    try:
        del cache
        gc.collect()
    finally:
        gc.enable()
    assert connections.until(0)


def test_many_at_once_wait_for_a_connection_and_none_is_left_over(connections: Connections):
    async def main() -> int:
        async with RedisExactCache(url=connections.url) as cache:
            await cache.aput("k", ANSWER)
            answers = await asyncio.gather(*(cache.aget("k") for _ in range(300)))
            assert all(answer == ANSWER for answer in answers)
            return await asyncio.to_thread(connections.count)

    assert 1 <= run_unblocked(main()) <= MOST_CONNECTIONS
    assert connections.until(0)


def test_a_loop_that_ends_takes_its_connections_along(connections: Connections):
    cache = RedisExactCache(url=connections.url)
    for _ in range(3):
        assert run_unblocked(cache.aget("nothing")) is None
    assert connections.until(0)
    cache.close()


def test_a_caller_who_leaves_spoils_no_connection(connections: Connections):
    async def main() -> None:
        async with RedisRateLimiter(url=connections.url, config=RateLimitConfig(key_prefix=connections.url)) as limiter:
            for _ in range(20):
                task = asyncio.create_task(limiter.acheck_and_consume("u"))
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            first = await limiter.aget_remaining("u")
            assert await limiter.acheck_and_consume("u", 5)
            assert await limiter.aget_remaining("u") == first - 5

    run_unblocked(main())


@pytest.mark.parametrize("options", [{}, {"decode_responses": True}, {"protocol": 3}, {"legacy_responses": False}], ids=str)
def test_a_client_of_the_users_own_is_used_and_stays_open(valkey: ValkeyServer, prefix: str, did: Did, options: dict[str, Any]):
    with redis.Redis.from_url(valkey.url(), **options) as client:
        cache = RedisExactCache(client=client, url="ignored", key_prefix=prefix, ttl_seconds=60, max_size=2)
        limiter = RedisRateLimiter(client=client, config=RateLimitConfig(max_tokens_per_minute=10, key_prefix=f"{prefix}:l"))
        memory = RedisChatMemory(client=client, config=ChatMemoryConfig(key_prefix=f"{prefix}:m"))
        did(cache, "put", "k", ANSWER)
        assert did(cache, "get", "k") == ANSWER
        assert len(cache) == 1
        assert did(cache, "invalidate", "k") is True
        held = did(limiter, "reserve", "u", 6)
        did(held, "settle", 2)
        assert did(limiter, "get_remaining", "u") == 8
        did(memory, "append", "c", "user", "Grüße 😀")
        assert did(memory, "get_history", "c") == [{"role": "user", "content": "Grüße 😀"}]
        did(memory, "close")
        assert client.ping()


def test_an_asynchronous_client_is_used_by_the_asynchronous_methods_only(valkey: ValkeyServer, prefix: str):
    async def main() -> None:
        async with redis.asyncio.Redis.from_url(valkey.url()) as client:
            cache = RedisExactCache(client=client, key_prefix=prefix)
            await cache.aput("k", ANSWER)
            assert await cache.aget("k") == ANSWER
            assert await cache.alen() == 1
            limiter = RedisRateLimiter(client=client, config=RateLimitConfig(key_prefix=f"{prefix}:l"))
            assert await limiter.acheck_and_consume("u", 5)
            with pytest.raises(UsageError, match="methods with an `a`"):
                cache.get("k")

    asyncio.run(main())


@pytest.mark.parametrize("wrong", ["redis://localhost", object(), 42])
def test_what_is_no_client_is_refused(wrong: Any):
    for made in (RedisExactCache, RedisRateLimiter, RedisChatMemory):
        with pytest.raises(WrongTypeError, match=r"client is a redis\.Redis"):
            made(client=wrong)


@pytest.mark.parametrize("module", ["redis.cluster", "redis.asyncio.cluster"])
def test_a_client_of_a_cluster_is_refused(module: str):
    """What it raises in an outage is no error of redis-py's, and it cannot delete keys of several servers at once."""
    kind = importlib.import_module(module).RedisCluster
    client = type("Ours", (kind,), {})
    for made in (RedisExactCache, RedisRateLimiter, RedisChatMemory):
        with pytest.raises(UsageError, match=r"client is one of a cluster \(Ours\)"):
            made(client=client.__new__(client))


@pytest.mark.parametrize(
    ("made", "wrong", "error"),
    [
        (RedisExactCache, {"key_prefix": ""}, UsageError),
        (RedisExactCache, {"key_prefix": 1}, WrongTypeError),
        (RedisRateLimiter, {"on_outage": "maybe"}, UsageError),
        (RedisRateLimiter, {"timeout_s": 0}, UsageError),
        (RedisRateLimiter, {"pause_s": -1}, UsageError),
        (RedisExactCache, {"pause_s": True}, WrongTypeError),
        (RedisChatMemory, {"timeout_s": "1"}, WrongTypeError),
    ],
)
def test_settings_that_are_none_are_refused(made: Any, wrong: dict[str, Any], error: type[Exception]):
    with pytest.raises(error, match=next(iter(wrong))):
        made(**wrong)


def test_a_prefix_that_begins_with_another_is_left_alone(valkey: ValkeyServer, prefix: str):
    with (
        RedisExactCache(url=valkey.url(), key_prefix=prefix) as one,
        RedisExactCache(url=valkey.url(), key_prefix=f"{prefix}:v2") as other,
        RedisExactCache(url=valkey.url(), key_prefix=f"{prefix[:-1]}?") as third,
    ):
        for cache in (one, other, third):
            cache.put("a:b*", ANSWER)
        assert [len(cache) for cache in (one, other, third)] == [1, 1, 1]
        third.clear()
        one.clear()
        assert [len(cache) for cache in (one, other, third)] == [0, 1, 0]


def test_the_library_is_loaded_when_it_is_needed_and_its_absence_names_the_line():
    code = (
        "import sys\n"
        "import racto_nb.redis, racto_nb.limiting, racto_nb.remembering\n"
        "from racto_nb.redis import RedisExactCache, RedisRateLimiter, RedisChatMemory\n"
        "assert 'redis' not in sys.modules\n"
        "RedisExactCache(url='redis://localhost/0')\n"
        "assert 'redis' not in sys.modules\n"
        "sys.modules['redis'] = None\n"
        "import importlib.util\n"
        "importlib.util.find_spec = lambda name: None\n"
        "for made in (RedisExactCache, RedisRateLimiter, RedisChatMemory):\n"
        "    try:\n"
        "        made(url='redis://localhost/1')\n"
        "    except ImportError as error:\n"
        "        assert \"pip install 'racto-nb[redis]'\" in str(error), error\n"
        "    else:\n"
        "        raise SystemExit('not refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@contextmanager
def encrypted(target: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """A port that speaks TLS and passes on to `target`, with the certificate that it shows."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    more = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*words, *more, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    loop = asyncio.new_event_loop()

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_server = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(pumped(reader, with_server[1]), pumped(with_server[0], writer), return_exceptions=True)

    async def pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(passed, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], certificate
    finally:

        async def ended() -> None:
            server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(ended(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_line_is_encrypted_where_the_address_says_so(valkey: ValkeyServer, prefix: str, did: Did, tmp_path: Path):
    from racto_nb.cache import CacheWarning

    with encrypted(valkey.port, tmp_path) as (port, certificate):
        address = f"rediss://127.0.0.1:{port}/0"
        with RedisExactCache(url=f"{address}?ssl_ca_certs={certificate}", key_prefix=prefix, timeout_s=20) as cache:
            did(cache, "put", "k", ANSWER)
            assert did(cache, "get", "k") == ANSWER
            assert repr(cache).startswith(f"RedisExactCache(at {address},")
        with (
            RedisExactCache(url=address, key_prefix=prefix, timeout_s=20) as cache,
            pytest.warns(CacheWarning, match="certificate verify failed"),
        ):
            assert did(cache, "get", "k") is None
        run_unblocked(cache.aclose())

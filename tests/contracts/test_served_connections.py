"""The connections of kits behind HTTP: few, kept, shared by threads and tasks, one set per loop and process, and given back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from contracts.served_table import ASK, KEY, Colour, Served

from racto_nb.exceptions import RactoGatewayConnectionError, UsageError, WrongTypeError
from racto_nb.models import EmbeddingConfig
from racto_nb.testing import FakeReply

Opened = Callable[..., Any]
TESTS = Path(__file__).parents[1]
TEXTS = EmbeddingConfig(texts=["a"])


def test_a_thousand_calls_over_one_client_keep_their_connection(served: Served, opened: Opened):
    server, kit = opened()
    for _ in range(500):
        kit.chat(ASK)
    for _ in range(250):
        list(kit.stream(ASK))
        kit.embed(TEXTS) if served.embeds else kit.chat(ASK)
    assert len(server.requests) == 1000
    # The libraries give up a connection after five idle seconds: a machine that stands still for so long costs one more.
    assert server.connections <= 2


async def test_calls_in_turns_on_one_loop_take_one_connection(served: Served, opened: Opened):
    server, kit = opened()
    for _ in range(20):
        await kit.achat(ASK)
        assert [chunk async for chunk in kit.astream(ASK)][-1].is_final
        await (kit.aembed(TEXTS) if served.embeds else kit.achat(ASK))
    assert server.connections <= 2
    await kit.aclose()


def test_an_error_and_a_retry_keep_the_connection(opened: Opened, colour: Colour):
    from racto_nb.exceptions import RactoGatewayAPIError
    from racto_nb.testing import FakeFault

    server, kit = opened([FakeFault(status=429, retry_after_ms=1), FakeFault(status=400), "fine"])
    with pytest.raises(RactoGatewayAPIError):
        colour.chat(kit)
    assert server.connections == 1


def test_eight_threads_share_one_kit(opened: Opened):
    server, kit = opened([FakeReply.of("Hello there, friend", delay=0.002)])
    start = threading.Barrier(8, timeout=30)

    def work(number: int) -> set[str | None]:
        start.wait()
        said = {kit.chat(ASK).content for _ in range(5)}
        said |= {list(kit.stream(ASK))[-1].accumulated_text for _ in range(5)}
        return said | {asyncio.run(kit.achat(ASK)).content}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    assert answers == [{"Hello there, friend"}] * 8
    assert len(server.requests) == 88
    assert server.connections <= 16  # at most one for each thread, and one for the loop of each


def test_eight_threads_that_open_a_kit_together_open_one_client(opened: Opened):
    _, kit = opened()
    start = threading.Barrier(8, timeout=30)

    def work(_: int) -> int:
        start.wait()
        return id(kit._port.pool.take().client)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1


def test_many_achats_at_once_share_one_pool(opened: Opened):
    server, kit = opened([FakeReply.of("Hello there, friend", delay=0.002)])

    async def main() -> list[str | None]:
        said: list[str | None] = []
        for _ in range(2):
            said += [answer.content for answer in await asyncio.gather(*(kit.achat(ASK) for _ in range(64)))]
        await kit.aclose()
        return said

    assert set(asyncio.run(main())) == {"Hello there, friend"}
    assert len(server.requests) == 128
    assert server.connections <= 64


def test_each_loop_has_its_own_connections_and_closes_them_when_it_ends(opened: Opened):
    server, kit = opened()
    for _ in range(3):
        asyncio.run(kit.achat(ASK))
    assert server.connections >= 3  # a machine under load may make one try twice
    assert len(kit._port.pool._async) == 0


def test_a_loop_that_ended_without_its_clean_up_is_forgotten(opened: Opened, recwarn: pytest.WarningsRecorder):
    _, kit = opened(server={"repeat_last": True})
    loop = asyncio.new_event_loop()
    loop.run_until_complete(kit.achat(ASK))
    loop.run_until_complete(kit.aclose())
    loop.close()
    asyncio.run(kit.achat(ASK))
    assert len(kit._port.pool._async) == 0


def test_closing_ends_the_connections_and_using_the_kit_again_opens_others(opened: Opened, colour: Colour):
    server, kit = opened()
    first = colour.chat(kit).content
    kit.close()
    kit.close()
    assert colour.chat(kit).content == first
    assert server.connections == 2


async def test_aclose_ends_the_connections_of_the_loop_and_the_others(opened: Opened):
    server, kit = opened()
    await kit.achat(ASK)
    kit.chat(ASK)
    await kit.aclose()
    await kit.aclose()
    assert (await kit.achat(ASK)).content == kit.chat(ASK).content
    assert server.connections == 4
    await kit.aclose()


def test_a_copy_with_another_timeout_shares_the_connections(opened: Opened):
    server, kit = opened()
    kit.chat(ASK)
    kit.with_timeout(30).chat(ASK)
    assert server.connections == 1


def test_two_kits_do_not_share_connections(opened: Opened, served: Served):
    server, kit = opened()
    with served.open(server) as other:
        kit.chat(ASK)
        other.chat(ASK)
    assert kit.chat(ASK).content
    assert server.connections == 2


# In processes of their own

PROGRAM = """
import asyncio, gc, os, sys, threading
from contracts.served_table import ASK, SERVED
from racto_nb.testing import FakeProvider, FakeReply
served = next(one for one in SERVED if one.name == sys.argv[1])
server = FakeProvider([FakeReply.of("Hello there, friend")], repeat_last=True)
kit = served.open(server)
"""
FORK = """
if __name__ == "__main__":
    said = kit.chat(ASK).content
    asyncio.run(kit.achat(ASK))
    running = kit.stream(ASK)
    next(running)
    before = server.connections
    with kit._port.pool.turn():  # as if another thread were opening a client at this moment
        pid = os.fork()
    if pid == 0:
        same = kit.chat(ASK).content == said and asyncio.run(kit.achat(ASK)).content == said
        os._exit(0 if same else 1)
    print("child ended with", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print("new connections:", server.connections - before)
    print("the parent's stream goes on:", list(running)[-1].accumulated_text == said, kit.chat(ASK).content == said)
    kit.close()
    server.close()
"""
DROPPED = """
def work():
    kit = served.open(server)
    kit.chat(ASK)
    next(kit.stream(ASK))
async def awork():
    kit = served.open(server)
    await kit.achat(ASK)
    await anext(kit.astream(ASK))
async def on_one_loop():
    for _ in range(3):
        await awork()
        gc.collect()
        await asyncio.sleep(0.01)
for _ in range(3):
    work()
    asyncio.run(awork())
asyncio.run(on_one_loop())
asyncio.run(kit.achat(ASK))
kit.chat(ASK)
del kit
gc.collect()
print("all gone:", server.wait_until(lambda: len(server._server._open) == 0))
server.close()
"""


def printed(program: str, served: Served) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", PROGRAM + program, served.name],
        capture_output=True, text=True, check=False, timeout=100,
        env=os.environ | {"PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_opens_connections_of_its_own(served: Served):
    assert printed(FORK, served) == [
        "child ended with 0",
        "new connections: 2",
        "the parent's stream goes on: True True",
    ]


def test_kits_and_streams_that_are_only_dropped_leave_nothing_open_and_warn_of_nothing(served: Served):
    assert printed(DROPPED, served) == ["all gone: True"]


def _counted(transport: Any, handle: str, seen: list[str]) -> Any:
    """`transport`, which notes in `seen` what goes through it."""
    plain = getattr(transport, handle)

    def counted(request: Any) -> Any:
        seen.append(request.url.path)
        return plain(request)

    setattr(transport, handle, counted)
    return transport


def _library_of(served: Served) -> Any:
    import httpx
    import httpx2

    return httpx if served.wire == "ollama" else httpx2


def test_a_client_of_the_users_is_used_and_never_closed(served: Served, opened: Opened):
    library, seen = _library_of(served), list[str]()
    with library.Client(transport=_counted(library.HTTPTransport(), "handle_request", seen)) as client:
        server, kit = opened(http_client=client)
        assert kit.chat(ASK).content == list(kit.stream(ASK))[-1].accumulated_text == "Hello there, friend"
        assert len(seen) == len(server.requests) == 2
        kit.close()
        assert not client.is_closed


async def test_an_async_client_of_the_users_is_used_for_what_is_awaited(served: Served, opened: Opened):
    library, seen = _library_of(served), list[str]()
    transport = _counted(library.AsyncHTTPTransport(), "handle_async_request", seen)
    async with library.AsyncClient(transport=transport) as client:
        server, kit = opened(http_client=client)
        chunks = [chunk async for chunk in kit.astream(ASK)]
        assert (await kit.achat(ASK)).content == chunks[-1].accumulated_text == "Hello there, friend"
        assert len(seen) == len(server.requests) == 2
        await kit.aclose()
        assert not client.is_closed


def test_calls_of_the_other_colour_do_not_go_past_a_client_of_the_users(served: Served, opened: Opened):
    library = _library_of(served)
    with library.Client() as client:
        server, kit = opened(http_client=client)
        with pytest.raises(UsageError, match="achat, astream and aembed need an AsyncClient"):
            asyncio.run(kit.achat(ASK))
        assert server.requests == []


async def test_both_clients_can_be_given(served: Served, opened: Opened):
    library = _library_of(served)
    with library.Client() as client:
        async with library.AsyncClient() as other:
            server, kit = opened(http_client=(client, other))
            assert (await kit.achat(ASK)).content == "Hello there, friend"
            assert (await asyncio.to_thread(kit.chat, ASK)).content == "Hello there, friend"
            assert len(server.requests) == 2


def test_a_closed_client_of_the_users_is_told_and_no_error_of_the_library_holds_the_key(served: Served, opened: Opened):
    client = _library_of(served).Client()
    _, kit = opened(http_client=client)
    kit.chat(ASK)
    client.close()
    with pytest.raises(UsageError, match="is closed") as caught:
        kit.chat(ASK)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_what_a_transport_of_the_users_raises_is_a_failed_connection(served: Served, opened: Opened):
    library = _library_of(served)

    class Refusing(library.BaseTransport):
        def handle_request(self, request: Any) -> Any:
            raise OSError("certificate refused")

    with library.Client(transport=Refusing()) as client:
        _, kit = opened(http_client=client, max_retries=0)
        with pytest.raises(RactoGatewayConnectionError, match="no connection to") as caught:
            kit.chat(ASK)
    assert KEY not in str(vars(caught.value))


@pytest.mark.parametrize("odd", ["http://proxy:1", object(), "the other library"])
def test_what_is_no_client_is_refused_when_the_kit_is_made(served: Served, opened: Opened, odd: object):
    import httpx
    import httpx2

    if odd == "the other library":
        odd = (httpx2 if served.wire == "ollama" else httpx).Client()
    with pytest.raises(WrongTypeError, match="http_client is a Client or an AsyncClient of httpx"):
        opened(http_client=odd)

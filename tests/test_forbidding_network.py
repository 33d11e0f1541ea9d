"""The fence against the network: datagrams, and blocks that overlap."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from racto_nb.exceptions import NetworkForbiddenError
from racto_nb.testing import forbid_network, network

ELSEWHERE = "192.0.2.1"  # an address for documentation: nobody has it
NAMES = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo")
METHODS = ("connect", "connect_ex", "sendto", "sendmsg")


@pytest.fixture(autouse=True)
def _free() -> Iterator[None]:
    """The block that surrounds every test is left for these ones: each stays on this machine by itself."""
    outer = network._FENCE.blocks
    for _ in range(outer):
        network._FENCE.leave(strict=False)
    yield
    for _ in range(outer):
        network._FENCE.enter(strict=False)


def functions() -> list[object]:
    return [getattr(socket, name) for name in NAMES] + [getattr(socket.socket, name) for name in METHODS]


def reached(host: str = ELSEWHERE) -> bool:
    """Whether a lookup of `host`, a number that needs no server, goes through."""
    try:
        socket.getaddrinfo(host, 80, flags=socket.AI_NUMERICHOST)
    except NetworkForbiddenError:
        return False
    return True


WAYS = {
    "sendto": lambda udp: udp.sendto(b"x", (ELSEWHERE, 9)),
    "sendto with flags": lambda udp: udp.sendto(b"x", 0, (ELSEWHERE, 9)),
    "sendmsg": lambda udp: udp.sendmsg([b"x"], [], 0, (ELSEWHERE, 9)),
    "getnameinfo": lambda _: socket.getnameinfo((ELSEWHERE, 80), 0),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_datagrams_and_lookups_of_names_are_held_back(way):
    with forbid_network(), socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(NetworkForbiddenError, match=ELSEWHERE):
        way(udp)


def test_datagrams_to_this_machine_go_through():
    with forbid_network(), socket.socket(type=socket.SOCK_DGRAM) as to, socket.socket(type=socket.SOCK_DGRAM) as udp:
        to.bind(("127.0.0.1", 0))
        udp.sendto(b"one", to.getsockname())
        udp.sendmsg([b"two"], [], 0, to.getsockname())
        udp.connect(to.getsockname())
        udp.sendmsg([b"three"])
        assert [to.recv(9) for _ in range(3)] == [b"one", b"two", b"three"]
        assert socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV) == ("127.0.0.1", "80")


def test_a_block_that_ends_first_leaves_the_other_in_force_and_the_last_one_frees_the_network():
    before = functions()
    first, second = ExitStack(), ExitStack()
    first.enter_context(forbid_network())
    second.enter_context(forbid_network())
    first.close()
    assert not reached()
    second.close()
    assert functions() == before
    assert reached()


def test_blocks_of_two_threads_overlap():
    before, entered, leave = functions(), threading.Event(), threading.Event()

    def other() -> None:
        with forbid_network():
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with forbid_network():
        thread.start()
        assert entered.wait(30)
    assert not reached()
    leave.set()
    thread.join()
    assert (functions(), reached()) == (before, True)


def test_this_machine_is_out_of_reach_while_any_block_says_so():
    strict = ExitStack()
    with forbid_network():
        strict.enter_context(forbid_network(allow_loopback=False))
        assert not reached("127.0.0.1")
        with forbid_network():
            assert not reached("127.0.0.1")
        strict.close()
        assert reached("127.0.0.1")
        assert not reached()


def test_a_function_that_was_kept_from_a_block_works_after_it():
    with forbid_network():
        kept = socket.getaddrinfo
    assert kept(ELSEWHERE, 80, flags=socket.AI_NUMERICHOST)

"""How tokens are counted, against models that are too simple to be wrong, and the server's scripts against the same."""

from __future__ import annotations

import re
import secrets
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from valkey_server import ValkeyServer

from racto_nb.limiting import RateLimitConfig, RateLimiter
from racto_nb.limiting.counts import MOST_PEAKS, Bucket, SlidingWindow
from racto_nb.limiting.limiter import Reservation
from racto_nb.redis.connecting import Script, linked
from racto_nb.redis.scripts import BUCKET, SLIDING

LIMIT, WINDOW = 20, 1_000
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, LIMIT + 3)),
        st.tuples(st.just("settle"), st.integers(0, LIMIT + 3), st.integers(0, 9)),
        st.tuples(st.just("pass"), st.sampled_from([1, 7, 250, 499, 500, 999, 1_000, 1_001])),
        st.tuples(st.just("tell")),
    ),
    max_size=25,
)


class Plain:
    """All takings as a list; what counts is looked through each time."""

    def __init__(self) -> None:
        self.taken: list[list[int]] = []

    def used(self, now: int) -> int:
        return sum(tokens for moment, tokens in self.taken if moment > now - WINDOW)

    def take(self, tokens: int, now: int) -> bool:
        fits = self.used(now) + tokens <= LIMIT
        if fits:
            self.taken.append([now, tokens])
        return fits


@settings(max_examples=60)
@given(STEPS)
def test_a_sliding_window_decides_as_a_list_of_all_takings_would(steps: list[tuple]):
    window, plain, now = SlidingWindow(LIMIT, WINDOW), Plain(), 1
    tickets: list[tuple[int, list[int]]] = []
    for what, *values in steps:
        match what:
            case "take":
                decided = window.take(values[0], now)
                assert decided.granted == plain.take(values[0], now)
                if decided.granted:
                    tickets.append((decided.ticket, plain.taken[-1]))
                elif decided.wait is not None:  # neither earlier nor later
                    assert plain.used(now + decided.wait) + values[0] <= LIMIT
                    assert plain.used(now + decided.wait - 1) + values[0] > LIMIT
            case "settle" if tickets:
                ticket, mine = tickets.pop(values[1] % len(tickets))
                window.settle(ticket, values[0] - mine[1], now)
                mine[1] = values[0]
            case "pass":
                now += values[0]
        assert window.remaining(now) == max(0, LIMIT - plain.used(now))
    assert window.is_idle(now + WINDOW)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, LIMIT), st.integers(0, 1_200)), max_size=60))
def test_no_span_of_a_windows_length_holds_more_than_the_limit(requests: list[tuple[int, int]]):
    window, now, let_through = SlidingWindow(LIMIT, WINDOW), 1, []
    for tokens, pause in requests:
        now += pause
        if window.take(tokens, now).granted:
            let_through.append((now, tokens))
    for begin, _ in let_through:
        assert sum(tokens for moment, tokens in let_through if begin <= moment < begin + WINDOW) <= LIMIT


class Replay:
    """A bucket in fractions that begins from the first taking each time: what was settled counts as if it was known at once."""

    def __init__(self) -> None:
        self.done: list[list[int]] = []

    def level(self, now: int) -> Fraction:
        level, at = Fraction(LIMIT), 0
        for moment, tokens in [*self.done, [now, 0]]:
            level = min(Fraction(LIMIT), level + Fraction((moment - at) * LIMIT, WINDOW)) - tokens
            at = moment
        return level


@pytest.mark.parametrize("beyond", [0, 3], ids=["", "more is used than was reserved"])
@settings(max_examples=150)
@given(steps=STEPS)
def test_a_bucket_decides_as_if_it_had_known_what_is_used(beyond: int, steps: list[tuple]):
    """Where more is used, it is missing from then on: never is more let through than there would have been."""
    bucket, replay, now = Bucket(LIMIT, WINDOW), Replay(), 1
    tickets: list[tuple[int, list[int]]] = []
    for what, *values in steps:
        match what:
            case "take":
                decided = bucket.take(values[0], now)
                level = replay.level(now)
                assert decided.granted == (values[0] <= level) or (beyond and not decided.granted)
                if decided.granted:
                    replay.done.append([now, values[0]])
                    tickets.append((decided.ticket, replay.done[-1]))
                elif decided.wait is not None and not beyond:
                    assert level + Fraction(decided.wait * LIMIT, WINDOW) >= values[0]
                    assert level + Fraction((decided.wait - 1) * LIMIT, WINDOW) < values[0] or decided.wait == 1
            case "settle" if tickets:
                ticket, mine = tickets.pop(values[1] % len(tickets))
                actual = min(values[0], mine[1] + beyond)
                bucket.settle(ticket, actual - mine[1], now)
                mine[1] = actual
            case "pass":
                now += values[0]
        would = max(0, int(replay.level(now) // 1))
        assert bucket.remaining(now) <= would
        assert beyond or bucket.remaining(now) == would


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=40, max_size=60), st.data())
def test_a_bucket_that_cannot_know_all_of_its_past_gives_less_back_and_never_more(takings: list[int], data: st.DataObject):
    limit = 1_000
    bucket, now = Bucket(limit, WINDOW), 1
    taken = [(bucket.take(tokens, now).ticket, tokens) for tokens in takings]
    assert len(bucket._peaks) == MOST_PEAKS
    used = sum(takings)
    for ticket, tokens in data.draw(st.permutations(taken)):
        bucket.settle(ticket, -tokens, now)
        used -= tokens
        assert bucket.remaining(now) <= limit - used


@pytest.mark.parametrize(("script", "made"), [(SLIDING, SlidingWindow), (BUCKET, Bucket)], ids=["sliding", "bucket"])
def test_the_script_of_a_server_decides_as_the_process_does(valkey: ValkeyServer, script: str, made: type):
    """The clock of the script is given to it, in the place of the server's, by which its keys would expire."""
    text = script.replace("local time = redis.call('TIME')", "").replace(
        "time[1] * 1000000 + time[2]", "tonumber(table.remove(ARGV))"
    )
    text, expiries = re.subn(r"redis\.call\('PEXPIRE', key, text\(.*\)\)", "redis.call('PEXPIRE', key, 60000)", text)
    assert (text.count("ARGV)"), expiries) == (1, 1)
    way = linked(valkey.url(), None, 5.0)

    @settings(max_examples=25)
    @given(STEPS)
    def decide_alike(steps: list[tuple]) -> None:
        key, count, now = f"test:{secrets.token_hex(8)}", made(LIMIT, WINDOW), 1_790_000_000_000_000
        tickets: list[tuple[int, str, int]] = []

        def told(what: str, *words: str | int) -> list:
            return way.send(Script(text, (key,), (what, LIMIT, WINDOW, *words, now)))

        for what, *values in steps:
            match what:
                case "take":
                    decided = count.take(values[0], now)
                    granted, remaining, wait, ticket = told("take", values[0])
                    assert (bool(granted), remaining) == (decided.granted, decided.remaining)
                    assert int(wait) == (-1 if decided.wait is None else decided.wait)
                    if granted:
                        tickets.append((decided.ticket, ticket.decode(), values[0]))
                case "settle" if tickets:
                    number, ticket, reserved = tickets.pop(values[1] % len(tickets))
                    count.settle(number, values[0] - reserved, now)
                    told("settle", ticket, values[0])
                case "pass":
                    now += values[0]
            assert told("tell")[1] == count.remaining(now)

    decide_alike()
    way.close()


def test_users_whose_count_is_over_are_forgotten():
    clock = [0.0]
    limiter = RateLimiter(RateLimitConfig(window_s=1), clock=lambda: clock[0])
    for number in range(999):
        limiter.check_and_consume(f"user {number}")
    assert len(limiter._users) == 999
    clock[0] = 2.0
    limiter.check_and_consume("another")
    assert list(limiter._users) == ["another"]


def test_a_reservation_of_a_count_that_was_forgotten_gives_nothing_back():
    clock = [0.0]
    limiter = RateLimiter(RateLimitConfig(max_tokens_per_minute=1_000, window_s=1), clock=lambda: clock[0])
    held = limiter.reserve("u", 900)
    clock[0] = 2.0
    for number in range(1_000):
        limiter.check_and_consume(f"user {number}")
    limiter.check_and_consume("u", 100)
    held.settle(0)
    assert limiter.get_remaining("u") == 900


def test_a_reservation_says_what_it_is():
    limiter = RateLimiter(RateLimitConfig(max_tokens_per_minute=100))
    held: Reservation = limiter.reserve("u", 60)
    assert repr(held) == "Reservation('u', 60 tokens, 40 left)"
    assert "never: it is more than a window has" in repr(limiter.reserve("u", 101))

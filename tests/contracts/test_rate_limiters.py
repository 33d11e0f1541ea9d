"""What every limiter holds to, in this process and on a server, in both colours."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from colours import run_unblocked
from server_clock import in_time

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.limiting import Limiter, RateLimitConfig, RateLimiter
from racto_nb.redis import RedisRateLimiter


class Face:
    """A limiter in one colour: `face.reserve(...)` is `reserve` or `await areserve`. `later(seconds)` lets time pass."""

    def __init__(self, limiter: Limiter, colour: str, later: Callable[[float], None]) -> None:
        self.limiter, self._colour, self.later = limiter, colour, later

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self.of(self.limiter, name)

    def of(self, owner: Any, name: str) -> Callable[..., Any]:
        if self._colour == "sync":
            return getattr(owner, name)
        return lambda *args, **options: run_unblocked(getattr(owner, f"a{name}")(*args, **options))


Make = Callable[..., Face]


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, place: str) -> Iterator[Make]:
    made: list[Limiter] = []

    def build(tokens: int = 100, window_s: float = 3600.0, **settings: Any) -> Face:
        settings = {"key_prefix": f"test:{secrets.token_hex(6)}", **settings}
        config = RateLimitConfig(max_tokens_per_minute=tokens, window_s=window_s, **settings)
        if place == "process":
            clock = [1000.0]
            made.append(RateLimiter(config, clock=lambda: clock[0]))
            return Face(made[-1], request.param, lambda seconds: clock.__setitem__(0, clock[0] + seconds))
        made.append(RedisRateLimiter(url=request.getfixturevalue("valkey").url(), config=config))
        return Face(made[-1], request.param, time.sleep)

    yield build
    for limiter in made:
        limiter.close()


@pytest.fixture(params=["process", "redis"])
def place(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def limiter(make: Make) -> Face:
    return make()


both_kinds = pytest.mark.parametrize("kind", ["sliding", "bucket"])


@both_kinds
def test_tokens_are_counted_until_there_are_no_more(make: Make, kind: str):
    limiter = make(kind=kind)
    assert limiter.get_remaining("u") == 100
    assert limiter.check_and_consume("u", 60) is True
    assert limiter.check_and_consume("u", tokens=41) is False
    assert limiter.get_remaining("u") == 40
    assert limiter.check_and_consume("u", 40) is True
    assert limiter.check_and_consume("u") is False
    assert limiter.get_remaining("another") == 100


@both_kinds
@pytest.mark.parametrize("wrong", [0, -1, -100])
def test_less_than_one_token_is_refused_and_gives_nothing_back(make: Make, kind: str, wrong: int):
    limiter = make(kind=kind)
    limiter.check_and_consume("u", 60)
    for method in ("check_and_consume", "reserve"):
        with pytest.raises(UsageError, match="at least 1"):
            getattr(limiter, method)("u", wrong)
    assert limiter.get_remaining("u") == 40


@pytest.mark.parametrize("wrong", [1.5, True, "1", None])
def test_what_is_no_number_of_tokens_is_refused(limiter: Face, wrong: Any):
    with pytest.raises(WrongTypeError, match="whole number"):
        limiter.reserve("u", wrong)


@pytest.mark.parametrize(("wrong", "error"), [("", UsageError), (None, WrongTypeError), (42, WrongTypeError)])
def test_a_user_has_a_name(limiter: Face, wrong: Any, error: type[Exception]):
    for ask in (lambda: limiter.check_and_consume(wrong, 1), lambda: limiter.get_remaining(wrong), lambda: limiter.reset(wrong)):
        with pytest.raises(error, match="user_id"):
            ask()


NAMES = ("*", "a", "a:b", "a:*", "[ab]", "a\\", "ü{x}", "a%3Ab", " ", "\udc80")


def test_names_of_any_characters_are_users_of_their_own(limiter: Face):
    for name in NAMES:
        assert limiter.check_and_consume(name, 10)
    limiter.reset("*")
    assert [limiter.get_remaining(name) for name in NAMES] == [100, *[90] * (len(NAMES) - 1)]
    limiter.reset("a")
    assert [limiter.get_remaining(name) for name in NAMES] == [100, 100, *[90] * (len(NAMES) - 2)]


@both_kinds
def test_what_was_not_used_is_given_back_once(make: Make, kind: str):
    limiter = make(kind=kind)
    held = limiter.reserve("u", 80)
    assert held
    assert (held.granted, held.tokens, held.remaining) == (True, 80, 20)
    limiter.of(held, "settle")(30)
    assert limiter.get_remaining("u") == 70
    limiter.of(held, "settle")(0)
    assert limiter.get_remaining("u") == 70


@both_kinds
def test_what_was_used_beyond_it_counts_too(make: Make, kind: str):
    limiter = make(kind=kind)
    held = limiter.reserve("u", 50)
    limiter.of(held, "settle")(130)
    assert limiter.get_remaining("u") == 0
    assert not limiter.reserve("u", 1)


def test_nothing_was_used_is_all_given_back(limiter: Face):
    limiter.of(limiter.reserve("u", 100), "settle")(0)
    assert limiter.reserve("u", 100)


def test_a_settlement_below_zero_is_refused(limiter: Face):
    held = limiter.reserve("u", 50)
    with pytest.raises(UsageError, match="actual_tokens"):
        limiter.of(held, "settle")(-1)
    assert limiter.get_remaining("u") == 50


def test_two_of_the_same_size_are_settled_apart(limiter: Face):
    one, other = limiter.reserve("u", 30), limiter.reserve("u", 30)
    limiter.of(one, "settle")(10)
    third = limiter.reserve("u", 10)
    assert limiter.get_remaining("u") == 50
    limiter.of(other, "settle")(10)
    limiter.of(third, "settle")(0)
    assert limiter.get_remaining("u") == 80


@both_kinds
def test_a_refusal_says_when_there_is_room(make: Make, kind: str):
    limiter = make(kind=kind)
    limiter.reserve("u", 80)
    refused = limiter.reserve("u", 50)
    assert not refused
    assert (refused.granted, refused.remaining) == (False, 20)
    assert 0 < refused.retry_after <= 3600
    assert "refused, 20 left" in repr(refused)
    never = limiter.reserve("u", 101)
    assert (bool(never), never.retry_after) == (False, None)
    limiter.of(refused, "settle")(10)  # nothing was set aside
    assert limiter.get_remaining("u") == 20


@both_kinds
def test_there_is_room_again_when_a_refusal_has_said(make: Make, kind: str):
    limiter = make(window_s=0.3, kind=kind)

    def attempt(user: str) -> tuple[str, Any]:
        limiter.reserve(user, 100)
        return user, limiter.reserve(user, 100)

    user, refused = in_time(0.25, attempt)
    limiter.later(refused.retry_after)
    assert limiter.reserve(user, 100)


def test_a_window_slides_and_does_not_jump(make: Make):
    limiter = make(window_s=0.4)

    def attempt(user: str) -> tuple[str, int]:
        limiter.reserve(user, 60)
        limiter.later(0.2)
        limiter.reserve(user, 40)
        limiter.later(0.21)
        return user, limiter.get_remaining(user)

    user, remaining = in_time(0.6, attempt)
    assert remaining == 60  # the first is over, the second is not
    limiter.later(0.4)
    assert limiter.get_remaining(user) == 100


def test_what_is_settled_after_its_window_changes_nothing(make: Make):
    limiter = make(window_s=0.1)
    held = limiter.reserve("u", 90)
    limiter.later(0.11)
    for actual in (100,):
        limiter.of(held, "settle")(actual)
    assert limiter.get_remaining("u") == 100


@both_kinds
def test_a_reservation_of_before_a_reset_gives_nothing_back(make: Make, kind: str):
    limiter = make(kind=kind, window_s=600)
    held = limiter.reserve("u", 80)
    limiter.reset("u")
    limiter.reserve("u", 10)
    limiter.of(held, "settle")(0)
    assert limiter.get_remaining("u") == 90


@both_kinds
def test_what_has_flowed_in_meanwhile_is_not_given_back_again(make: Make, kind: str):
    limiter = make(kind=kind, window_s=0.7)

    def attempt(user: str) -> tuple[bool, bool]:
        held = limiter.reserve(user, 100)
        limiter.later(0.71)
        again = limiter.reserve(user, 100)
        limiter.of(held, "settle")(0)
        return bool(again), bool(limiter.reserve(user, 90))

    assert in_time(1.2, attempt) == (True, False)


def test_kinds_of_windows_whose_prefixes_meet_are_counted_apart(make: Make):
    prefix = secrets.token_hex(6)
    bucket, sliding = make(kind="bucket", key_prefix=prefix), make(key_prefix=f"{prefix}:bucket")
    assert bucket.reserve("u", 100)
    assert sliding.reserve("u", 100)
    assert not bucket.reserve("u", 50)


@both_kinds
def test_many_threads_together_never_take_more_than_there_is(make: Make, kind: str):
    limiter = make(tokens=50, window_s=3600, kind=kind)
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(limiter.limiter.check_and_consume("u", 3) for _ in range(10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), sum(taken)) == (40, 16)
    assert limiter.get_remaining("u") == 2


def test_a_limiter_is_closed_and_goes_on_when_it_is_used(limiter: Face):
    with limiter.limiter as same:
        same.reserve("u", 10)
    assert limiter.get_remaining("u") == 90

    async def main() -> int:
        async with limiter.limiter as same:
            return await same.aget_remaining("u")

    assert run_unblocked(main()) == 90


def test_it_is_said_how_much_is_allowed(limiter: Face):
    assert "100 tokens in 3600 s, sliding" in repr(limiter.limiter)


@pytest.mark.parametrize(
    "wrong", [{"max_tokens_per_minute": 0}, {"window_s": 0}, {"window_s": float("inf")}, {"kind": "fixed"}, {"max_tokens": 5}]
)
def test_settings_out_of_their_range_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RateLimitConfig(**wrong)

"""Which errors are tried again, how often, and after which wait. Driven by hand: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.flow.effects import Sleep
from racto_nb.flow.retrying import RetryPolicy, retrying

NO_JITTER = RetryPolicy(retries=3, jitter=0.0)


class BusyError(Exception):
    """An error whose `wait` is the advice."""

    def __init__(self, wait: float | None = 0.0) -> None:
        super().__init__(f"busy {wait}")
        self.wait = wait


def advice(error: Exception) -> float | None:
    return error.wait if isinstance(error, BusyError) else None


def tried(outcomes: Iterable[object], policy: RetryPolicy = NO_JITTER, told: Callable = advice):
    """The waits, the number of tries, and the result or the error, of an operation with these `outcomes`."""
    script, tries, waits = iter(outcomes), [], []

    def operation():
        tries.append(1)
        outcome = next(script)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
        yield

    flow = retrying(operation, advice=told, policy=policy)
    try:
        while True:
            effect = next(flow)
            assert isinstance(effect, Sleep)
            waits.append(effect)
    except StopIteration as done:
        return waits, len(tries), done.value
    except Exception as error:  # noqa: BLE001  (the outcome)
        return waits, len(tries), error


def seconds(waits: list[Sleep]) -> list[float]:
    return [wait.seconds for wait in waits]


def test_a_success_is_not_tried_again():
    assert tried(["answer"]) == ([], 1, "answer")


def test_an_error_that_may_go_away_is_tried_again():
    waits, tries, result = tried([BusyError(), BusyError(), "answer"])
    assert (seconds(waits), tries, result) == ([0.5, 1.0], 3, "answer")


def test_an_error_that_will_not_go_away_is_raised_at_once():
    error = LookupError()
    assert tried([error]) == ([], 1, error)


def test_an_error_that_will_not_go_away_ends_the_retrying_in_its_middle():
    error = BusyError(None)
    waits, tries, result = tried([BusyError(), error, "answer"])
    assert (len(waits), tries, result) == (1, 2, error)


def test_after_the_last_try_its_error_is_raised_as_it_is():
    errors = [BusyError() for _ in range(4)]
    waits, tries, result = tried(errors)
    assert (len(waits), tries) == (3, 4)
    assert result is errors[-1]


def test_no_retries_means_one_try():
    error = BusyError()
    assert tried([error], RetryPolicy(retries=0)) == ([], 1, error)


def test_a_servers_advice_is_followed_exactly_and_without_jitter():
    waits, _, result = tried([BusyError(7.25), "answer"], RetryPolicy())
    assert (waits, result) == ([Sleep(7.25, 0.0)], "answer")


def test_advice_of_exactly_the_longest_is_followed():
    waits, _, result = tried([BusyError(60.0), "answer"])
    assert (seconds(waits), result) == ([60.0], "answer")


def test_advice_to_wait_too_long_ends_the_retrying():
    error = BusyError(60.1)
    assert tried([error, "answer"]) == ([], 1, error)


@pytest.mark.parametrize("wait", [-1.0, float("nan")])
def test_senseless_advice_is_replaced_by_our_own_wait(wait: float):
    waits, _, result = tried([BusyError(wait), "answer"])
    assert (seconds(waits), result) == ([0.5], "answer")


def test_our_own_waits_carry_the_policys_jitter():
    waits, _, _ = tried([BusyError(), "answer"], RetryPolicy(jitter=0.4))
    assert waits == [Sleep(0.5, 0.4)]


def test_advice_is_asked_about_the_very_error():
    seen = []
    error = LookupError("x")

    def told(problem: Exception) -> None:
        seen.append(problem)

    tried([error], told=told)
    assert seen == [error]


def test_an_interrupt_is_never_tried_again():
    def operation():
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        next(retrying(operation, advice=lambda _: 0.0, policy=NO_JITTER))


@given(
    st.builds(
        RetryPolicy,
        retries=st.integers(0, 12),
        first_delay=st.floats(0.01, 5),
        factor=st.floats(1, 4),
        longest_delay=st.floats(0.01, 30),
    )
)
def test_waits_grow_and_stay_within_the_limit(policy: RetryPolicy):
    waits, tries, _ = tried([BusyError() for _ in range(policy.retries + 1)], policy)
    own = seconds(waits)
    assert tries == policy.retries + 1
    assert own == sorted(own)
    assert all(0 < wait <= policy.longest_delay for wait in own)

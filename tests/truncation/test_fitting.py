"""What stays of a history: within the budget, whole exchanges, both ends, in order. By the counter that is used."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from truncation.conversations import assistant, histories, result, system, user

from racto_nb.exceptions import ContextOverflowError
from racto_nb.kits.counting import message_tokens
from racto_nb.models import ChatConfig, Message
from racto_nb.models.chat import OngoingChat
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.truncation import TokenTruncator, TruncationConfig
from racto_nb.truncation.fitting import Exchange, Measured, gap, measured

PROMPT = RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")
QUESTION = {"user_message": "And now?", "max_tokens": 100}
counters = st.sampled_from([None, len, lambda text: len(text.split()) + 1])


@st.composite
def cases(draw: st.DrawFn) -> tuple[TokenTruncator, ChatConfig]:
    config = ChatConfig(history=draw(histories()), prompt=draw(st.sampled_from([None, PROMPT])), **QUESTION)
    ours = TruncationConfig(
        max_context_tokens=draw(st.integers(200, 3000)),
        keep_first_n=draw(st.integers(0, 6)),
        keep_last_n=draw(st.integers(0, 8)),
        token_counter=draw(counters),
        safety_margin=draw(st.integers(0, 90)),
    )
    return TokenTruncator(ours), config


def sent(case: tuple[TokenTruncator, ChatConfig]) -> ChatConfig:
    truncator, config = case
    try:
        return truncator.truncate(config, "m")
    except ContextOverflowError:
        assume(False)
        raise


def opening(history: list[Message]) -> int:
    return next((place for place, turn in enumerate(history) if turn.role != "system"), len(history))


@settings(max_examples=300)
@given(cases())
def test_what_is_sent_is_within_the_budget_by_the_counter(case: tuple[TokenTruncator, ChatConfig]):
    truncator, config = case
    after = sent(case)
    most = truncator.config.max_context_tokens or 0
    assert measured(after, truncator.config.count).tokens <= most - config.max_tokens - truncator.config.safety_margin
    report = truncator.report(config, "m")
    assert report.tokens_after == measured(after, truncator.config.count).tokens
    assert report.tokens_before == measured(config, truncator.config.count).tokens
    assert report.messages_after == len(after.history)


@given(cases())
def test_what_stays_is_a_beginning_and_an_end_and_what_goes_is_one_gap(case: tuple[TokenTruncator, ChatConfig]):
    truncator, config = case
    after, gone = sent(case), truncator.report(config, "m").left_out
    assert gone == tuple(range(gone[0], gone[-1] + 1)) if gone else after is config
    kept = [turn for place, turn in enumerate(config.history) if place not in gone]
    assert all(one is other for one, other in zip(after.history, kept, strict=True))


@given(cases())
def test_no_call_is_parted_from_its_result_and_nothing_begins_in_the_middle(case: tuple[TokenTruncator, ChatConfig]):
    after = sent(case)
    open_calls: set[str] = set()
    for turn in after.history:
        if turn.role == "tool":
            assert turn.tool_call_id in open_calls
            open_calls.remove(turn.tool_call_id)
        else:
            assert open_calls == set()
            open_calls = {call.id for call in turn.tool_calls}
    assert open_calls == set()
    rest = after.history[opening(after.history) :]
    assert not rest or rest[0].role == "user"


@given(cases())
def test_system_messages_that_begin_the_history_stay(case: tuple[TokenTruncator, ChatConfig]):
    _, config = case
    number = opening(config.history)
    assert sent(case).history[:number] == config.history[:number]


@given(cases())
def test_to_shorten_twice_is_to_shorten_once(case: tuple[TokenTruncator, ChatConfig]):
    truncator, _ = case
    after = sent(case)
    assert truncator.truncate(after, "m") is after


@given(histories())
def test_what_fits_is_the_same_object(history: list[Message]):
    config = ChatConfig(history=history, **QUESTION)
    assert TokenTruncator().truncate(config, "gpt-6-luna") is config


@settings(suppress_health_check=[HealthCheck.filter_too_much])  # of most short conversations nothing need be left out
@given(cases())
def test_the_newest_of_what_is_left_out_would_not_fit(case: tuple[TokenTruncator, ChatConfig]):
    """The gap is no larger than it must be: with the exchange at its end, the budget would be exceeded."""
    truncator, config = case
    sent(case)
    report = truncator.report(config, "m")
    assume(report.left_out)
    found = measured(config, truncator.config.count)
    newest = max((each for each in found.exchanges if each.start in report.left_out), key=lambda each: each.start)
    assert report.tokens_after + newest.tokens > report.budget


TALK = [user("a"), assistant("b"), user("c"), assistant("d"), user("e"), assistant("f"), user("g"), assistant("h")]
"""Four exchanges. By `words`, a message has 10 tokens."""


def words(text: str) -> int:
    return 6 if len(text) == 1 else 0


def kept(history: list[Message], room: int, **options: Any) -> str:
    """What stays of `history` in a budget that leaves `room` tokens for it, as its letters."""
    config = ChatConfig(user_message="What?", history=history, max_tokens=1)
    fixed = measured(config.model_copy(update={"history": []}), words).tokens
    ours = TruncationConfig(max_context_tokens=fixed + room + 1, token_counter=words, safety_margin=0, **options)
    return "".join(turn.content for turn in TokenTruncator(ours).truncate(config, "m").history)


@pytest.mark.parametrize(
    ("options", "room", "left"),
    [
        ({"keep_first_n": 2, "keep_last_n": 2}, 80, "abcdefgh"),
        ({"keep_first_n": 2, "keep_last_n": 2}, 79, "abefgh"),
        ({"keep_first_n": 2, "keep_last_n": 2}, 40, "abgh"),
        ({"keep_first_n": 2, "keep_last_n": 2}, 39, "gh"),
        ({"keep_first_n": 2, "keep_last_n": 2}, 19, ""),
        ({"keep_first_n": 2, "keep_last_n": 4}, 50, "abgh"),
        ({"keep_first_n": 4, "keep_last_n": 2}, 50, "abgh"),
        ({"keep_first_n": 1, "keep_last_n": 1}, 45, "abgh"),
        ({"keep_first_n": 0, "keep_last_n": 0}, 45, "efgh"),
        ({"keep_first_n": 8, "keep_last_n": 8}, 60, "abcdef"),
    ],
)
def test_the_ends_stay_in_whole_exchanges_and_the_gap_grows_outwards(options: dict[str, int], room: int, left: str):
    assert kept(TALK, room, **options) == left


def test_an_exchange_with_tools_stays_or_goes_as_a_whole():
    tools = [user("c"), assistant("", "look"), result("look", "x"), assistant("d")]
    history = [*TALK[:2], *tools, *TALK[4:]]
    assert kept(history, 65, keep_first_n=3, keep_last_n=2) == "abefgh"


def test_what_was_said_after_the_question_is_never_left_out():
    said = [assistant("z" * 400), user("z" * 400)]
    config = OngoingChat.after(ChatConfig(history=TALK, **QUESTION), said)
    truncator = TokenTruncator(TruncationConfig(max_context_tokens=340, safety_margin=0))
    after = truncator.truncate(config, "m")
    assert isinstance(after, OngoingChat)
    assert after.transcript == said
    assert len(after.history) < len(TALK)


def test_a_question_that_does_not_fit_alone_is_refused_with_the_figures():
    config = ChatConfig(user_message="x" * 4000, prompt=PROMPT, history=TALK, max_tokens=100)
    with pytest.raises(ContextOverflowError, match=r"about 1,\d\d\d tokens, and m has room for 868") as caught:
        TokenTruncator(TruncationConfig(max_context_tokens=1000, safety_margin=32)).truncate(config, "m")
    assert caught.value.window == 1000
    assert (caught.value.tokens or 0) > 1000


def test_a_system_message_is_counted_where_it_stands():
    one = [system("x" * 400)]
    more = measured(ChatConfig(history=one, **QUESTION), len).fixed - measured(ChatConfig(**QUESTION), len).fixed
    assert more == message_tokens(one[0], len)


def test_a_system_message_between_a_call_and_its_result_parts_nothing():
    turns = [user("x" * 200), assistant("", "t"), system("y" * 200), result("t"), assistant("done")]
    config = ChatConfig(history=turns * 3, **QUESTION)
    for window in range(200, 900, 10):
        truncator = TokenTruncator(TruncationConfig(max_context_tokens=window, keep_first_n=1, keep_last_n=1, safety_margin=0))
        kept = [str(turn.role) for turn in truncator.truncate(config, "m").history]
        assert kept.count("tool") == sum(bool(turn.tool_calls) for turn in truncator.truncate(config, "m").history)
        assert len(kept) % len(turns) == 0


class Counting(tuple[Exchange, ...]):
    """Exchanges that count how many of them were taken in slices."""

    __slots__ = ()
    taken = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        Counting.taken += len(found) if isinstance(found, tuple) else 1
        return found


def test_a_very_long_history_is_gone_through_a_few_times_and_not_once_for_each_message(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Counting, "taken", 0)
    found = Measured(10, Counting(Exchange(place, 1, 100) for place in range(2_000)))
    assert gap(found, 510, first=1_000, last=1_000) == range(2, 1_997)
    assert Counting.taken < 20 * 2_000

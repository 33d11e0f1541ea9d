"""What is refused before anything is sent, and how many jobs items become. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from batch.counters import ANTHROPIC, CHAT, COUNTERS, GOOGLE, RESPONSES, each_counter, items
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.batch import BatchItem
from racto_nb.batch.planning import Plan, planned
from racto_nb.exceptions import DroppedOptionWarning, UnsupportedError, UsageError, WrongTypeError
from racto_nb.providers.batching import BatchLimits
from racto_nb.tools import ToolRegistry

KEY = "sk-of-the-batch-tests-0123456789"


def plan(counter: Any, asked: Any, *, limits: BatchLimits | None = None, **more: Any) -> Plan:
    """The plan of a processor that sends nothing."""
    processor = counter.kind(counter.model, api_key=KEY, **{**dict(counter.more), **more})
    desk, api = processor._desk, processor._desk.api
    if limits is not None:
        api = type("Small", (type(api),), {"limits": limits})(*([api.host, api.version] if counter is GOOGLE else []))
    return planned(asked, provider=desk.provider, api=api, settings=desk.settings, prompt=None, host=desk.host)


@each_counter
def test_an_empty_batch_is_refused(counter):
    with pytest.raises(UsageError, match="The batch is empty"):
        plan(counter, [])


@each_counter
def test_two_items_of_one_id_are_refused(counter):
    twice = [*items("a", "b"), BatchItem(custom_id="q0", user_message="c")]
    with pytest.raises(UsageError, match=r"items\[2\] has the custom_id 'q0', which items\[0\] has already"):
        plan(counter, twice)


@pytest.mark.parametrize("custom_id", ["with space", "ü", "x" * 65, "a/b"])
def test_an_id_that_the_provider_refuses_is_refused_before(custom_id):
    with pytest.raises(UsageError, match="which is refused: 1 to 64 letters"):
        plan(ANTHROPIC, [BatchItem(custom_id=custom_id, user_message="?")])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("q1", "not str"),
        ({"custom_id": "a"}, "not dict"),
        (BatchItem(custom_id="a", user_message="?"), "not BatchItem"),
        (7, "not int"),
    ],
)
def test_what_is_no_list_of_items_is_refused(given, told):
    with pytest.raises(WrongTypeError, match=told):
        plan(CHAT, given)


def test_what_is_no_item_is_refused_with_its_place():
    with pytest.raises(WrongTypeError, match=r"items\[1\] is a dict"):
        plan(CHAT, [*items("a"), {"custom_id": "b", "user_message": "?"}])


def test_tools_that_are_to_be_carried_out_are_refused():
    def ping() -> str:
        """Say pong."""
        return "pong"

    asked = items("?", tools=ToolRegistry([ping]), auto_execute_tools=True)
    with pytest.raises(UsageError, match="a batch cannot go on from a call"):
        plan(CHAT, asked)


@each_counter
def test_a_wish_that_the_model_cannot_fulfil_names_its_item(counter):
    asked = [*items("a"), BatchItem(custom_id="odd", user_message="?", extra={"no_such_thing": 1})]
    with pytest.raises(UnsupportedError, match=r"The item 'odd': .*no_such_thing.* Nothing was sent"):
        plan(counter, asked)


def test_a_misspelt_field_of_an_item_is_refused():
    with pytest.raises(ValueError, match="max_tokens"):
        BatchItem(custom_id="a", user_message="?", max_token=3)


@each_counter
@given(
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=30),
    requests=st.integers(1, 7),
    size=st.integers(6_000, 9_000),
)
def test_parts_hold_all_items_once_in_order_and_within_the_limits(counter, sizes, requests, size):
    asked = items(*("x" * length for length in sizes))
    made = plan(counter, asked, limits=BatchLimits(requests, size))
    places = [place for _, part in made.parts for place in part]
    assert places == list(range(len(asked)))
    assert all(len(part) <= requests for _, part in made.parts)
    assert all(sum(len(line) + 1 for line in made.lines(part)) <= size for _, part in made.parts)


def test_an_item_larger_than_a_whole_job_is_refused_with_its_name():
    with pytest.raises(UsageError, match=r"The item 'q1' has 0\.0 MB"):
        plan(CHAT, items("a", "x" * 9_000), limits=BatchLimits(10, 5_000))


def test_items_for_both_apis_are_jobs_of_their_own():
    asked = [*items("a", "b"), BatchItem(custom_id="seeded", user_message="?", extra={"seed": 7})]
    made = plan(replace(RESPONSES, more=()), asked, base_url="https://api.openai.com/v1")
    assert {operation: list(places) for operation, places in made.parts} == {"/responses": [0, 1], "/chat/completions": [2]}


@each_counter
def test_the_digest_tells_other_questions_other_ids_and_other_models(counter):
    same = plan(counter, items("a", "b")).digest
    assert plan(counter, items("a", "b")).digest == same
    others = [
        plan(counter, items("a", "c")),
        plan(counter, items("b", "a")),
        plan(counter, [items("a")[0], BatchItem(custom_id="other", user_message="b")]),
        plan(
            replace(
                counter, model={"openai": "gpt-6.1-terra", "anthropic": "claude-haiku-5-5"}.get(counter.wire, "gemini-4-argon")
            ),
            items("a", "b"),
        ),
    ]
    assert len({same, *(other.digest for other in others)}) == 5


@pytest.mark.filterwarnings("default")
def test_a_dropped_wish_is_told_once_for_many_items():
    with pytest.warns(DroppedOptionWarning) as heard:
        plan(ANTHROPIC, items("a", "b", "c", temperature=0.0))
    assert len(heard) == 1


def test_lines_are_what_each_provider_documents():
    (openai,) = plan(RESPONSES, items("Hi"), base_url="https://api.openai.com/v1").lines([0])
    told = json.loads(openai)
    assert (told["custom_id"], told["method"], told["url"]) == ("q0", "POST", "/v1/responses")
    assert told["body"]["input"] == [{"role": "user", "content": "Hi"}]
    (anthropic,) = plan(ANTHROPIC, items("Hi")).lines([0])
    assert json.loads(anthropic)["params"]["messages"] == [{"role": "user", "content": "Hi"}]
    (google,) = plan(GOOGLE, items("Hi")).lines([0])
    assert json.loads(google)["key"] == "q0"
    assert json.loads(google)["request"]["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


def test_limits_are_those_of_the_providers():
    told = {counter.name: counter.kind(counter.model, api_key=KEY, **dict(counter.more))._desk.api.limits for counter in COUNTERS}
    assert (told["responses"].requests, told["responses"].size) == (50_000, 200_000_000)
    assert (told["anthropic"].requests, told["anthropic"].size) == (100_000, 256_000_000)
    assert told["google"].size == 2_000_000_000

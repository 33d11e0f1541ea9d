"""The vendor's own library, sync and async, takes the fake provider for the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from racto_nb.models import FinishReason, ToolCallResult
from racto_nb.testing import FakeBody, FakeFault, FakeProvider, FakeReply

CALL = ToolCallResult(id="call_1", name="get_weather", arguments={"city": "Paris"})
USER = [{"role": "user", "content": "Hi"}]
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}


class Sync:
    """The library's sync client behind the face of the async one."""

    def __init__(self, server: FakeProvider, **options: Any) -> None:
        self._client = openai.OpenAI(api_key="test-key", base_url=server.base_url("openai"), **{"max_retries": 0} | options)

    async def call(self, choose: Callable[[Any], Any], **arguments: Any) -> Any:
        return await asyncio.to_thread(choose(self._client), **arguments)

    async def events(self, choose: Callable[[Any], Any], **arguments: Any) -> list[Any]:
        return await asyncio.to_thread(lambda: list(choose(self._client)(**arguments, stream=True)))

    async def close(self) -> None:
        self._client.close()


class Async:
    def __init__(self, server: FakeProvider, **options: Any) -> None:
        self._client = openai.AsyncOpenAI(api_key="test-key", base_url=server.base_url("openai"), **{"max_retries": 0} | options)

    async def call(self, choose: Callable[[Any], Any], **arguments: Any) -> Any:
        return await choose(self._client)(**arguments)

    async def events(self, choose: Callable[[Any], Any], **arguments: Any) -> list[Any]:
        return [event async for event in await choose(self._client)(**arguments, stream=True)]

    async def close(self) -> None:
        await self._client.close()


@pytest.fixture(params=[Sync, Async], ids=["sync", "async"])
def talking(request):
    @asynccontextmanager
    async def opened(replies, **options):
        with FakeProvider(replies, repeat_last=True) as server:
            client = request.param(server, **options)
            try:
                yield server, client
            finally:
                await client.close()

    return opened


def responses(client):
    return client.responses.create


def chats(client):
    return client.chat.completions.create


async def test_a_response_is_read_with_its_parts(talking):
    reply = FakeReply(
        ("Hel", "lo"), thinking="hm", tool_calls=(CALL,), usage={"prompt_tokens": 20, "completion_tokens": 9, "cached_tokens": 12}
    )
    async with talking([reply]) as (server, client):
        answer = await client.call(responses, model="gpt-6-luna", input="Hi", reasoning={"summary": "auto"})
    assert (answer.output_text, answer.status, answer.model) == ("Hello", "completed", "gpt-6-luna")
    assert answer.output[0].summary[0].text == "hm"
    assert (answer.output[2].call_id, json.loads(answer.output[2].arguments)) == ("call_1", {"city": "Paris"})
    assert (answer.usage.input_tokens_details.cached_tokens, answer.usage.total_tokens) == (12, 29)
    assert answer._request_id.startswith("req_")
    assert server.requests[0].authorized_with("test-key")


async def test_a_stream_of_responses_is_read_to_its_end(talking):
    async with talking([FakeReply(("Hel", "lo"), thinking="hm hm", tool_calls=(CALL,))]) as (_, client):
        events = await client.events(responses, model="m", input="Hi", reasoning={"summary": "auto"})
    said = {kind: "".join(event.delta for event in events if event.type == f"response.{kind}.delta")
            for kind in ("output_text", "reasoning_summary_text", "function_call_arguments")}  # fmt: skip
    assert said == {"output_text": "Hello", "reasoning_summary_text": "hm hm", "function_call_arguments": '{"city":"Paris"}'}
    assert events[-1].response.output_text == "Hello"


async def test_a_chat_is_read_with_its_parts(talking):
    async with talking([FakeReply(("Hel", "lo"), tool_calls=(CALL,))]) as (_, client):
        answer = await client.call(chats, model="m", messages=USER)
    message = answer.choices[0].message
    assert (message.content, answer.choices[0].finish_reason) == ("Hello", "tool_calls")
    assert (message.tool_calls[0].function.name, message.tool_calls[0].function.arguments) == ("get_weather", '{"city":"Paris"}')


async def test_a_stream_of_chat_is_read_to_its_end(talking):
    async with talking([FakeReply(("Hel", "lo"), tool_calls=(CALL,))]) as (_, client):
        chunks = await client.events(chats, model="m", messages=USER, stream_options={"include_usage": True})
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "Hello"
    assert "".join(call.function.arguments for delta in deltas for call in delta.tool_calls or []) == '{"city":"Paris"}'
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], 2)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "tool_calls"


async def test_the_end_for_length_is_told_by_both(talking):
    async with talking([FakeReply(("a",), finish_reason=FinishReason.LENGTH)]) as (_, client):
        events = await client.events(responses, model="m", input="Hi")
        chunks = await client.events(chats, model="m", messages=USER)
    assert (events[-1].type, events[-1].response.incomplete_details.reason) == ("response.incomplete", "max_output_tokens")
    assert chunks[-1].choices[0].finish_reason == "length"


async def test_embeddings_come_packed_and_are_unpacked(talking):
    async with talking([]) as (server, client):
        vectors = await client.call(
            lambda sdk: sdk.embeddings.create, model="text-embedding-3-small", input=["a", "b"], dimensions=4
        )
    assert server.requests[0].json["encoding_format"] == "base64"
    assert [len(item.embedding) for item in vectors.data] == [4, 4]
    assert vectors.data[0].embedding != vectors.data[1].embedding


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError), (401, openai.AuthenticationError), (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError), (409, openai.ConflictError), (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError), (500, openai.InternalServerError), (529, openai.InternalServerError),
    ],
)  # fmt: skip
async def test_an_error_is_the_librarys_error(talking, status, kind):
    async with talking([FakeFault(status=status)]) as (_, client):
        with pytest.raises(kind) as caught:
            await client.call(responses, model="m", input="Hi")
    assert caught.value.status_code == status
    assert caught.value.type is not None


async def test_the_key_is_echoed_in_part_by_a_401(talking):
    async with talking([FakeFault(status=401)]) as (_, client):
        with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided: test-key") as caught:
            await client.call(chats, model="m", messages=USER)
    assert caught.value.code == "invalid_api_key"


async def test_what_may_be_tried_again_is_tried_again_at_the_given_time(talking):
    faults = [FakeFault(status=429, retry_after_ms=1), FakeFault(before_headers=True), FakeFault(status=503, retry_after=0.001)]
    async with talking([*faults, "ok"], max_retries=3) as (server, client):
        answer = await client.call(responses, model="m", input="Hi")
    assert answer.output_text == "ok"
    assert [request.headers["x-stainless-retry-count"] for request in server.requests] == ["0", "1", "2", "3"]


async def test_an_ended_script_is_not_asked_again(talking):
    async with talking([], max_retries=3) as (server, client):
        with pytest.raises(openai.BadRequestError, match="script has ended"):
            await client.call(responses, model="m", input="Hi")
    assert len(server.requests) == 1


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("choose", [responses, chats])
async def test_a_cut_stream_is_a_lost_connection(talking, choose, ending):
    ask = {"input": "Hi"} if choose is responses else {"messages": USER}
    async with talking([FakeFault(FakeReply(("Hel", "lo")), cut_at_byte=200, ending=ending)]) as (_, client):
        with pytest.raises(openai.APIConnectionError):
            await client.events(choose, model="m", **ask)


async def test_a_stream_without_its_terminator_seems_whole_to_the_library(talking):
    async with talking([FakeReply(("Hel", "lo"), cut_after=1)]) as (_, client):
        events = await client.events(responses, model="m", input="Hi")
    assert events[-1].type == "response.output_text.delta"


async def test_errors_inside_streams_are_read(talking):
    async with talking([FakeFault(FakeReply(("a",)), error_after=1, message="boom")]) as (_, client):
        events = await client.events(responses, model="m", input="Hi")
        with pytest.raises(openai.APIError, match="boom"):
            await client.events(chats, model="m", messages=USER)
    assert (events[-1].type, events[-1].message) == ("error", "boom")


async def test_a_malformed_event_is_a_json_error_of_the_library(talking):
    async with talking([FakeBody(b"data: {broken\n\n", "text/event-stream")]) as (_, client):
        with pytest.raises(json.JSONDecodeError):
            await client.events(chats, model="m", messages=USER)


async def test_a_slow_answer_runs_into_the_timeout(talking):
    async with talking([FakeFault("a", delay=3600)], timeout=0.2) as (_, client):
        with pytest.raises(openai.APITimeoutError):
            await client.call(responses, model="m", input="Hi")


async def test_one_client_opens_one_connection_for_many_calls(talking):
    async with talking(["a"]) as (server, client):
        for _ in range(30):
            await client.call(responses, model="m", input="Hi")
    assert server.connections == 1


class Weather(BaseModel):
    city: str


def test_the_librarys_own_helpers_work():
    tools = [{"type": "function", "function": {"name": "get_weather", "strict": True, "parameters": TOOL}}]
    with (
        FakeProvider(['{"city":"Paris"}', '{"city":"Paris"}', FakeReply(("a",), tool_calls=(CALL,)), "Hello"]) as server,
        openai.OpenAI(api_key="k", base_url=server.base_url("openai")) as client,
    ):
        assert client.responses.parse(model="m", input="Hi", text_format=Weather).output_parsed == Weather(city="Paris")
        chat = client.chat.completions.parse(model="m", messages=USER, response_format=Weather)
        assert chat.choices[0].message.parsed == Weather(city="Paris")
        with client.chat.completions.stream(model="m", messages=USER, tools=tools) as stream:
            call = stream.get_final_completion().choices[0].message.tool_calls[0]
            assert call.function.parsed_arguments == {"city": "Paris"}
        with client.responses.stream(model="m", input="Hi") as stream:
            assert stream.get_final_response().output_text == "Hello"


async def test_thirty_two_calls_at_once_are_answered():
    with FakeProvider([FakeReply(("a", "b"), delay=0.005)], repeat_last=True) as server:
        client = Async(server)
        answers = await asyncio.gather(*(client.call(responses, model="m", input=str(number)) for number in range(32)))
        await client.close()
    assert {answer.output_text for answer in answers} == {"ab"}
    assert sorted(int(request.json["input"]) for request in server.requests) == list(range(32))

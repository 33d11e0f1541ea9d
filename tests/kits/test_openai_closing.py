"""Closing a kit while calls are under way: their answers arrive, nothing is sent twice, and new calls find a new client."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import UsageError
from racto_nb.testing import FakeFault, FakeProvider, FakeReply

ASK = gpt.ChatConfig(user_message="Hi")
SLOW = FakeFault("done", delay=0.3)


def kit_of(server: FakeProvider, **options: Any) -> gpt.OpenAIDeveloperKit:
    return gpt.Chat(api_key="any", base_url=server.base_url("openai"), **options)


def test_a_call_in_another_thread_gets_its_answer_although_the_kit_is_closed():
    with FakeProvider([SLOW, "next"]) as server:
        kit, answers = kit_of(server), []
        thread = threading.Thread(target=lambda: answers.append(kit.chat(ASK).content))
        thread.start()
        assert server.wait_until(lambda: len(server.requests) == 1)
        kit.close()
        thread.join(20)
        assert answers == ["done"]
        assert kit.chat(ASK).content == "next"
        assert len(server.requests) == 2
        kit.close()


def test_awaited_calls_get_their_answers_although_the_kit_is_closed():
    async def main(kit: gpt.OpenAIDeveloperKit) -> list[str | None]:
        calls = [asyncio.ensure_future(kit.achat(ASK)) for _ in range(5)]
        while len(server.requests) < 5:  # noqa: ASYNC110  (the server's counter is no event)
            await asyncio.sleep(0.01)
        await kit.aclose()
        answers = await asyncio.gather(*calls)
        assert (await kit.achat(ASK)).content == "done"
        await kit.aclose()
        return [answer.content for answer in answers]

    with FakeProvider([SLOW], repeat_last=True) as server:
        assert asyncio.run(main(kit_of(server))) == ["done"] * 5
        assert len(server.requests) == 6


def test_a_stream_goes_on_to_its_end_although_the_kit_is_closed():
    with FakeProvider([FakeReply.of("one two three")]) as server, kit_of(server) as kit:
        pieces = kit.stream(ASK)
        first = next(pieces).delta.text
        kit.close()
        assert first + "".join(chunk.delta.text for chunk in pieces) == "one two three"


def test_kits_that_are_closed_all_the_time_answer_every_call():
    failed: list[BaseException] = []
    over = threading.Event()

    def asking(kit: gpt.OpenAIDeveloperKit) -> None:
        try:
            for _ in range(15):
                assert kit.chat(ASK).content == "Hello"
        except BaseException as error:  # noqa: BLE001  (looked at below)
            failed.append(error)

    with FakeProvider(["Hello"], repeat_last=True) as server, kit_of(server, max_retries=0) as kit:
        threads = [threading.Thread(target=asking, args=(kit,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            kit.close()
            over.wait(0.005)
        assert failed == []
        assert len(server.requests) == 45


@pytest.mark.parametrize(
    ("host", "api"),
    [("api.openai.com", "/responses"), ("eu.api.openai.com", "/responses"), ("au.api.openai.com", "/responses"),
     ("openai.example.com", "/chat/completions"), ("notapi.openai.com.example", "/chat/completions")],
)  # fmt: skip
def test_openais_own_hosts_in_all_regions_are_asked_through_responses(host: str, api: str):
    kit = gpt.Chat(api_key="any", base_url=f"https://{host}/v1")
    request = kit._provider.wire.request_from(ASK, kit.spec, stream=False)
    assert request.operation == api
    assert kit.spec.official == (api == "/responses")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses/", "/v1/embeddings"])
def test_the_address_of_one_endpoint_is_refused_with_what_to_leave_out(path: str):
    with pytest.raises(UsageError, match="Leave out"):
        gpt.Chat(api_key="any", base_url=f"http://localhost:1{path}")

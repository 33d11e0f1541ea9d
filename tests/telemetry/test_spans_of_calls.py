"""Every call is one span: what it says of questions, answers, failures, retries, caches, and of calls that were left."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import aclosing, closing

import pytest
from colours import run_unblocked
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.trace import SpanKind, StatusCode
from paid_kit import PaidKit
from pydantic import BaseModel
from telemetry.conftest import Spans
from telemetry.ways import ASK, achatted, all_ways, astreamed, chatted, streamed

from racto_nb import RactoPrompt
from racto_nb.cache import ExactMatchCache
from racto_nb.exceptions import RactoGatewayRateLimitError, ResponseModelValidationError
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.replay import record, replay
from racto_nb.testing import FakeKit, FakeReply

USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "cached_tokens": 400}
PRICE = 0.000114  # 600 at 0.10, 400 at 0.01 and 100 at 0.50 dollars a million
KEY = "sk-of-this-test-0123456789"


@all_ways
def test_an_answer_is_one_span_with_what_was_asked_and_what_it_used(way, spans: Spans):
    way(PaidKit([FakeReply(("4",), usage=USAGE)]), ChatConfig(user_message="2 + 2?", max_tokens=50, temperature=0.5))
    (span,) = spans.all
    assert (span.name, span.kind, span.status.status_code) == ("chat gpt-6-luna", SpanKind.CLIENT, StatusCode.UNSET)
    known = dict(span.attributes)
    first = known.pop("gen_ai.response.time_to_first_chunk", None)
    is_stream = known.pop("gen_ai.request.stream", False)
    assert is_stream == (first is not None) == (way in (streamed, astreamed))
    assert known == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-6-luna",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.output.type": "text",
        "gen_ai.response.model": "gpt-6-luna",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 400,
        "racto_nb.origin": "fresh",
        "racto_nb.requests": 1,
        "racto_nb.cost_usd": pytest.approx(PRICE),
    }
    assert span.end_time > span.start_time


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_vectors_are_one_span_without_their_texts(colour, texts: Spans):
    kit, config = FakeKit(), EmbeddingConfig(texts=["the oak", "the elm"], dimensions=8)
    _ = kit.embed(config) if colour == "sync" else run_unblocked(kit.aembed(config))
    (span,) = texts.all
    assert (span.name, span.kind) == ("embeddings fake-embedding", SpanKind.CLIENT)
    assert span.attributes["gen_ai.operation.name"] == "embeddings"
    assert (span.attributes["gen_ai.embeddings.dimension.count"], span.attributes["racto_nb.texts"]) == (8, 2)
    assert span.attributes["gen_ai.usage.input_tokens"] > 0
    assert "oak" not in str(span.attributes)


def test_names_are_those_of_the_conventions(texts: Spans):
    extra = {"seed": 7, "stop": ["END"], "top_p": 0.9}
    prompt = RactoPrompt(role="You count.", aim="Count.", constraints=[], tone="Calm", output_format="text")
    list(FakeKit([FakeReply(("4",), usage=USAGE)]).stream(ChatConfig(user_message="2 + 2?", prompt=prompt, extra=extra)))
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI")}
    (span,) = texts.all
    told = {name for name in span.attributes if name.startswith("gen_ai.")}
    assert told <= known
    assert {"gen_ai.request.seed", "gen_ai.request.stop_sequences", "gen_ai.request.top_p", "gen_ai.system_instructions"} <= told


@all_ways
def test_nothing_of_a_question_or_an_answer_is_told_unless_asked_for(way, spans: Spans):
    prompt = RactoPrompt(role="You know Lisbon.", aim="Answer.", constraints=[], tone="Calm", output_format="text")
    way(FakeKit(["in Portugal"]), ChatConfig(user_message="Where is Porto?", prompt=prompt))
    with pytest.raises(ResponseModelValidationError):
        way(FakeKit(["in Portugal"]), ChatConfig(user_message="Porto?", response_model=Number, max_validation_retries=0))
    said = " ".join(span.to_json() for span in spans.all)
    assert not any(word in said for word in ("Porto", "Portugal", "Lisbon"))


@all_ways
def test_questions_and_answers_are_told_where_asked_for_without_secrets(way, texts: Spans, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    prompt = RactoPrompt(role="You know Lisbon.", aim="Answer.", constraints=[], tone="Calm", output_format="text")
    way(FakeKit([f"it is {KEY}"]), ChatConfig(user_message=f"Is {KEY} a key?", prompt=prompt))
    (span,) = texts.all
    (asked,) = json.loads(span.attributes["gen_ai.input.messages"])
    (answered,) = json.loads(span.attributes["gen_ai.output.messages"])
    assert asked == {"role": "user", "parts": [{"type": "text", "content": "Is [OPENAI_API_KEY] a key?"}]}
    assert answered["parts"] == [{"type": "text", "content": "it is [OPENAI_API_KEY]"}]
    assert answered["finish_reason"] == "stop"
    assert "Lisbon" in json.loads(span.attributes["gen_ai.system_instructions"])[0]["content"]
    assert KEY not in span.to_json()


@all_ways
def test_an_error_is_told_and_raised(way, spans: Spans):
    with pytest.raises(RactoGatewayRateLimitError, match="slowly"):
        way(FakeKit([RactoGatewayRateLimitError("more slowly", status_code=429)]))
    (span,) = spans.all
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "RactoGatewayRateLimitError")
    assert span.attributes["error.type"] == "RactoGatewayRateLimitError"
    assert span.attributes["http.response.status_code"] == 429
    assert span.attributes["racto_nb.requests"] == 1
    assert span.events == ()


@pytest.mark.parametrize("way", [chatted, astreamed])
def test_what_an_error_says_is_told_where_texts_are_wanted_without_secrets(way, texts: Spans, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(RactoGatewayRateLimitError):
        way(FakeKit([RactoGatewayRateLimitError(f"{KEY} asks too much")]))
    assert texts.all[0].status.description == "[OPENAI_API_KEY] asks too much"


class Number(BaseModel):
    number: int


@pytest.mark.parametrize("way", [chatted, achatted])
def test_an_answer_that_was_asked_for_again_is_one_span_with_all_that_it_used(way, spans: Spans):
    replies = [FakeReply(("four",), usage=USAGE), FakeReply(('{"number": 4}',), usage=USAGE)]
    way(FakeKit(replies), ChatConfig(user_message="2 + 2?", response_model=Number))
    (span,) = spans.all
    assert (span.attributes["racto_nb.requests"], span.attributes["gen_ai.usage.input_tokens"]) == (2, 2000)
    assert span.attributes["gen_ai.output.type"] == "json"


@all_ways
def test_an_answer_from_a_cache_says_so_and_used_nothing(way, spans: Spans):
    kit = PaidKit([FakeReply(("4",), usage=USAGE)], exact_cache=ExactMatchCache())
    way(kit)
    way(kit)
    cached = spans.all[1].attributes
    assert (cached["racto_nb.origin"], cached["racto_nb.requests"], cached["racto_nb.cost_usd"]) == ("exact", 0, 0.0)
    assert "gen_ai.usage.input_tokens" not in cached


def test_an_answer_from_a_recording_says_so_and_costs_nothing(spans: Spans, tmp_path):
    with record(tmp_path / "a.replay.jsonl"):
        PaidKit([FakeReply(("4",), usage=USAGE)]).chat(ASK)
    with replay(tmp_path / "a.replay.jsonl"):
        PaidKit([]).chat(ASK)
    replayed = spans.all[1].attributes
    assert (replayed["racto_nb.origin"], replayed["racto_nb.cost_usd"]) == ("replay", 0.0)
    assert replayed["gen_ai.usage.input_tokens"] == 1000


def test_the_span_of_a_stream_ends_when_its_reader_leaves(spans: Spans):
    with closing(FakeKit([FakeReply(("one ", "two ", "three"))]).stream(ASK)) as chunks:
        next(chunks)
        assert spans.all == []
    (span,) = spans.all
    assert span.attributes["racto_nb.left"] is True
    assert span.status.status_code is StatusCode.UNSET


def test_the_span_of_a_stream_ends_when_it_is_dropped(spans: Spans):
    chunks = FakeKit([FakeReply(("one ", "two "))]).stream(ASK)
    next(chunks)
    del chunks
    gc.collect()
    assert spans.all[0].attributes["racto_nb.left"] is True


def test_a_stream_that_nobody_began_to_read_is_no_span(spans: Spans):
    FakeKit(["4"]).stream(ASK)
    gc.collect()
    assert spans.all == []


def test_the_span_of_an_async_stream_ends_when_its_reader_leaves(spans: Spans):
    async def main() -> None:
        async with aclosing(FakeKit([FakeReply(("one ", "two ", "three"))]).astream(ASK)) as chunks:
            await anext(chunks)

    run_unblocked(main())
    assert spans.all[0].attributes["racto_nb.left"] is True


def test_the_span_of_a_task_ends_when_it_is_cancelled(spans: Spans):
    async def main() -> None:
        task = asyncio.create_task(FakeKit([FakeReply(("slow",), delay=60)]).achat(ASK))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_unblocked(main())
    (span,) = spans.all
    assert (span.attributes["racto_nb.left"], span.attributes["racto_nb.requests"]) == (True, 1)

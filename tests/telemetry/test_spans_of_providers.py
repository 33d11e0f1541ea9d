"""Real kits over real sockets: the names of providers, where they are, and the spans of batches."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlsplit

import pytest
from batch.counters import CHAT, GOOGLE, KEY, called, each_colour, items
from opentelemetry.trace import SpanKind, StatusCode
from telemetry.conftest import Spans, is_child
from telemetry.ways import ASK, achatted, chatted, streamed

from racto_nb.batch import BatchError
from racto_nb.exceptions import RactoGatewayError
from racto_nb.telemetry.describing import Server
from racto_nb.testing import FakeBatch, FakeFault, FakeProvider

NAMES = {"openai": "openai", "google": "gcp.gemini", "ollama": "ollama"}


def opened(wire: str, server: FakeProvider, **settings: Any) -> Any:
    face = importlib.import_module(f"racto_nb.{wire}_developer_kit")
    key = {} if wire == "ollama" else {"api_key": KEY}
    return face.Chat(base_url=server.base_url(wire), **key, **settings)


def port_of(server: FakeProvider) -> int | None:
    return urlsplit(server.base_url("openai")).port


@pytest.mark.parametrize(("wire", "way"), [("openai", chatted), ("google", streamed), ("ollama", achatted)])
def test_a_span_names_the_provider_and_the_place_where_it_is(wire, way, spans: Spans):
    with FakeProvider(["4"]) as server, opened(wire, server) as kit:
        way(kit)
        (span,) = spans.all
    assert span.attributes["gen_ai.provider.name"] == NAMES[wire]
    assert (span.attributes["server.address"], span.attributes["server.port"]) == ("127.0.0.1", port_of(server))
    assert span.attributes["gen_ai.usage.input_tokens"] > 0
    assert span.attributes["racto_nb.requests"] == 1
    assert not any("traceparent" in request.headers for request in server.requests)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("", {}),
        ("api.example.com/v1", {"server.address": "api.example.com"}),
        ("https://me:secret@example.com:8443/v1", {"server.address": "example.com", "server.port": 8443}),
        ("[::1]:11434", {"server.address": "[::1]", "server.port": 11434}),
        ("[::1]/v1", {"server.address": "[::1]"}),
    ],
)
def test_of_an_address_the_host_and_the_port_are_told(address, place):
    told = Server("anthropic", address).asked("chat", "m")
    assert {name: value for name, value in told.items() if name.startswith("server.")} == place
    assert told["gen_ai.provider.name"] == "anthropic"


def test_tries_are_counted_and_a_key_is_in_no_span(texts: Spans):
    faults = [FakeFault(status=500, message="down"), FakeFault(status=500, message=f"down for {KEY}")]
    with FakeProvider(faults) as server, opened("openai", server, max_retries=1) as kit, pytest.raises(RactoGatewayError):
        kit.chat(ASK)
    (span,) = texts.all
    assert (span.attributes["racto_nb.requests"], span.attributes["http.response.status_code"]) == (2, 500)
    assert span.status.status_code is StatusCode.ERROR
    assert KEY not in span.to_json()


@pytest.mark.parametrize("counter", [CHAT, GOOGLE], ids=lambda counter: counter.name)
@each_colour
def test_a_batch_is_a_span_where_it_is_handed_in_and_one_where_it_is_read(counter, colour, spans: Spans, tmp_path):
    replies = ["Paris.", FakeFault(status=429, message="Too many.")]
    with FakeProvider(replies, batches=[FakeBatch(polls=1)]) as server, counter.opened(server, tmp_path) as processor:
        with spans.begun("mine"):
            called(colour, processor, "submit_and_wait", items("France?", "Peru?"), poll_interval_s=0.01)
        port = port_of(server)
    submitted, read = spans.named(f"batch_submit {counter.model}"), spans.named(f"batch_results {counter.model}")
    assert all(is_child(span, spans.named("mine")) and span.kind is SpanKind.CLIENT for span in (submitted, read))
    assert submitted.attributes["racto_nb.batch.items"] == read.attributes["racto_nb.batch.items"] == 2
    assert submitted.attributes["racto_nb.batch.job_id"] == read.attributes["racto_nb.batch.job_id"]
    assert (read.attributes["racto_nb.batch.failed"], read.attributes["racto_nb.batch.status"]) == (1, "completed")
    assert read.attributes["racto_nb.batch.output_tokens"] > 0
    assert (submitted.attributes["server.port"], submitted.attributes["gen_ai.request.model"]) == (port, counter.model)
    assert "France" not in "".join(span.to_json() for span in spans.all)


def test_a_batch_that_is_refused_says_so(spans: Spans, tmp_path):
    with FakeProvider([], batches=[FakeBatch(polls=5)]) as server, CHAT.opened(server, tmp_path) as processor:
        job = processor.submit_batch(items("France?"))
        with pytest.raises(BatchError):
            processor.get_results(job.job_id)
    assert spans.named("batch_results gpt-6-luna").attributes["error.type"] == "BatchError"

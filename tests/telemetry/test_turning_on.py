"""Tracing is off, and costs nothing, until a program or the environment turns it on; and no call fails for it."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
from opentelemetry import propagate
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from telemetry.conftest import Spans
from telemetry.ways import ASK, all_ways

from racto_nb import telemetry
from racto_nb.exceptions import TelemetryWarning, UsageError
from racto_nb.kits.surrounding import surroundings
from racto_nb.testing import FakeKit, FakeReply

PROGRAM = """
import asyncio, os, sys
from racto_nb import telemetry
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.testing import FakeKit

ask = ChatConfig(user_message="2 + 2?")

def work():
    kit = FakeKit(["4"], repeat_last=True)
    kit.chat(ask)
    list(kit.stream(ask))
    kit.embed(EmbeddingConfig(texts=["an oak"]))
    asyncio.run(kit.achat(ask))
    with telemetry.continuing(telemetry.with_trace({"kind": "question"}), "work"):
        kit.chat(ask)
    return any(name.partition(".")[0] == "opentelemetry" for name in sys.modules)

loaded = [work()]
for said in ("off", "on"):
    os.environ["RACTO_TELEMETRY"] = said
    loaded.append(work())
print(loaded)
"""


def test_the_library_is_imported_only_where_tracing_is_on(monkeypatch):
    monkeypatch.delenv("RACTO_TELEMETRY", raising=False)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[False, False, True]"


def test_the_environment_turns_it_on_and_off(monkeypatch):
    assert telemetry.current() is None
    monkeypatch.setenv("RACTO_TELEMETRY", "on")
    tracer = telemetry.current()
    assert tracer is not None
    assert surroundings().tracer is tracer
    monkeypatch.setenv("RACTO_TELEMETRY", " OFF ")
    assert telemetry.current() is None


def test_a_word_that_the_environment_may_not_say_names_the_right_one(monkeypatch):
    monkeypatch.setenv("RACTO_TELEMETRY", "contents")
    with pytest.raises(UsageError, match=r"it is off, on or content.*Did you mean 'content'"):
        FakeKit(["4"]).chat(ASK)


def test_a_program_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("RACTO_TELEMETRY", "on")
    telemetry.stop()
    try:
        assert telemetry.current() is None
    finally:
        telemetry.follow_environment()
    assert telemetry.current() is not None


def test_a_block_goes_before_the_process(spans: Spans):
    other = Spans()
    with telemetry.traced(other.provider):
        FakeKit(["4"]).chat(ASK)
    FakeKit(["4"]).chat(ASK)
    assert (len(other.all), len(spans.all)) == (1, 1)


def test_a_kit_that_was_made_before_is_meant_too():
    kit, kept = FakeKit(["4"]), Spans()
    with telemetry.traced(kept.provider):
        kit.chat(ASK)
    assert kept.names == ["chat fake-model"]


@all_ways
def test_without_a_provider_of_the_process_calls_go_on(way):
    with telemetry.traced():
        way(FakeKit(["4"]))


def test_a_span_that_is_left_out_by_its_sampler_is_told_nothing(monkeypatch):
    def priced(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("racto_nb.kits.tracing.price_of_all", priced)
    with telemetry.traced(TracerProvider(sampler=ALWAYS_OFF), capture_content=True):
        assert FakeKit(["4"]).chat(ASK).content == "4"


class Broken(SpanProcessor):
    def __init__(self, when: str) -> None:
        self.when = when

    def on_start(self, span, parent_context=None) -> None:
        if self.when == "start":
            raise RuntimeError("no disk")

    def on_end(self, span) -> None:
        if self.when == "end":
            raise RuntimeError("no disk")


class BrokenPropagator(TextMapPropagator):
    fields = frozenset()

    def inject(self, *_, **__):
        raise RuntimeError("no headers")

    def extract(self, *_, **__):
        raise RuntimeError("no headers")


def test_a_propagator_that_fails_is_said_once_and_fails_no_call():
    usual = propagate.get_global_textmap()
    propagate.set_global_textmap(BrokenPropagator())
    try:
        with telemetry.traced(TracerProvider()):
            with pytest.warns(TelemetryWarning, match="RuntimeError: no headers"):
                assert telemetry.with_trace({"kind": "question"}) == {"kind": "question"}
            with telemetry.continuing({"traceparent": "x"}, "work", also=[{"traceparent": "y"}]):
                assert FakeKit(["4"]).chat(ASK).content == "4"
    finally:
        propagate.set_global_textmap(usual)


@pytest.mark.parametrize("when", ["start", "end"])
@all_ways
def test_a_processor_that_fails_is_said_once_and_fails_no_call(way, when):
    provider = TracerProvider()
    provider.add_span_processor(Broken(when))
    with telemetry.traced(provider):
        with pytest.warns(TelemetryWarning, match=r"RuntimeError: no disk\)\. Calls go on"):
            way(FakeKit(["4"]))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            way(FakeKit([FakeReply(("4",))]))

"""Spans stand below the one that is current where a call begins: in blocks, tasks, threads, loops that run, and other processes."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from colours import run_unblocked
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from telemetry.conftest import Spans, is_child
from telemetry.ways import ASK, all_ways

from racto_nb import telemetry
from racto_nb.kits.middleware import Answer, Ask, Onward
from racto_nb.testing import FakeKit, FakeReply


@all_ways
def test_a_call_is_below_the_span_that_it_is_made_in(way, spans: Spans):
    with spans.begun("mine"):
        way(FakeKit(["4"]))
    assert is_child(spans.named("chat fake-model"), spans.named("mine"))


def test_calls_of_a_gather_are_below_their_own_spans(spans: Spans):
    async def one(number: int) -> None:
        with spans.begun(f"task {number}"):
            await FakeKit([FakeReply(("a", "b"), delay=0.001)], model=f"m{number}").achat(ASK)

    async def main() -> None:
        await asyncio.gather(*map(one, range(20)))

    run_unblocked(main())
    assert all(is_child(spans.named(f"chat m{number}"), spans.named(f"task {number}")) for number in range(20))


def test_calls_of_threads_are_below_their_own_spans(spans: Spans):
    meet = threading.Barrier(4)

    def one(number: int) -> None:
        with spans.begun(f"thread {number}"):
            meet.wait(10)
            list(FakeKit([FakeReply(("a", "b", "c"))], model=f"m{number}").stream(ASK))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert all(is_child(spans.named(f"chat m{number}"), spans.named(f"thread {number}")) for number in range(4))


async def test_a_synchronous_call_inside_a_running_loop_is_below_its_span(spans: Spans):
    """As in a cell of Jupyter, whose loop runs."""
    with spans.begun("cell"):
        FakeKit(["4"], model="plain").chat(ASK)
        await FakeKit(["4"], model="awaited").achat(ASK)
    assert is_child(spans.named("chat plain"), spans.named("cell"))
    assert is_child(spans.named("chat awaited"), spans.named("cell"))


def test_what_a_reader_does_between_two_pieces_is_no_part_of_the_call(spans: Spans):
    for _ in FakeKit([FakeReply(("one ", "two "))]).stream(ASK):
        assert trace.get_current_span() is trace.INVALID_SPAN
        with spans.begun("reading"):
            pass
    assert {span.parent for span in spans.all} == {None}


def test_what_an_async_reader_does_between_two_pieces_is_no_part_of_the_call(spans: Spans):
    async def main() -> None:
        async for _ in FakeKit([FakeReply(("one ", "two "))]).astream(ASK):
            assert trace.get_current_span() is trace.INVALID_SPAN
            with spans.begun("reading"):
                await asyncio.sleep(0)

    run_unblocked(main())
    assert {span.parent for span in spans.all} == {None}


class Second:
    """A step that asks another kit on its way."""

    def around(self, ask: Ask, onward: Onward):
        yield from FakeKit(["5"], model="second").answering(ASK)
        answer: Answer = yield from onward(ask)
        return answer


@all_ways
def test_what_a_step_asks_on_its_way_is_below_the_call(way, spans: Spans):
    way(FakeKit(["4"], router=Second()))
    assert is_child(spans.named("chat second"), spans.named("chat fake-model"))


def test_headers_carry_the_span_to_another_process(spans: Spans):
    with spans.begun("publisher"):
        headers = telemetry.with_trace({"kind": "question"})
    assert set(headers) == {"kind", "traceparent"}
    with telemetry.continuing(headers, "process question", {"messaging.system": "example"}):
        FakeKit(["4"]).chat(ASK)
    work = spans.named("process question")
    assert (work.kind, work.attributes["messaging.system"]) == (SpanKind.CONSUMER, "example")
    assert is_child(work, spans.named("publisher"))
    assert is_child(spans.named("chat fake-model"), work)
    assert len({span.context.trace_id for span in spans.all}) == 1


def test_headers_carry_the_span_without_one_of_the_workers_own_and_whatever_their_case(spans: Spans):
    with spans.begun("publisher"):
        headers = {name.title(): value for name, value in telemetry.with_trace().items()}

    async def main() -> None:
        with telemetry.continuing(headers):
            await FakeKit(["4"]).achat(ASK)

    run_unblocked(main())
    assert is_child(spans.named("chat fake-model"), spans.named("publisher"))
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_headers_may_be_bytes_as_kafka_has_them_beside_others_that_are_no_texts(spans: Spans):
    with spans.begun("publisher"):
        headers = {name: value.encode() for name, value in telemetry.with_trace().items()}
    with telemetry.continuing({**headers, "tombstone": None, "number": 3, "picture": b"\xff"}):
        FakeKit(["4"]).chat(ASK)
    assert is_child(spans.named("chat fake-model"), spans.named("publisher"))


def test_work_on_several_messages_is_linked_with_all_who_sent_them(spans: Spans):
    sent = []
    for name in ("first", "second"):
        with spans.begun(name):
            sent.append(telemetry.with_trace())
    with telemetry.continuing(sent[0], "process both", also=[sent[1], {}]):
        pass
    work = spans.named("process both")
    assert is_child(work, spans.named("first"))
    assert [link.context.span_id for link in work.links] == [spans.named("second").context.span_id]


def test_work_that_fails_says_so_on_its_span(spans: Spans):
    with pytest.raises(LookupError), telemetry.continuing({}, "process question"):
        raise LookupError("secret")
    (span,) = spans.all
    assert (span.status.status_code, span.attributes["error.type"]) == (StatusCode.ERROR, "LookupError")
    assert "secret" not in span.to_json()


@pytest.mark.parametrize("headers", [{}, {"traceparent": "nonsense"}, {"traceparent": "00-0-0-0"}])
def test_headers_that_tell_of_no_span_begin_a_trace_of_their_own(headers, spans: Spans):
    with telemetry.continuing(headers):
        FakeKit(["4"]).chat(ASK)
    assert spans.all[0].parent is None


def test_where_tracing_is_off_headers_stay_as_they_are():
    with trace.use_span(trace.NonRecordingSpan(trace.SpanContext(1, 2, is_remote=False))):
        assert telemetry.with_trace({"kind": "question"}) == {"kind": "question"}
        assert telemetry.with_trace() == {}
    with telemetry.continuing({"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}, "work"):
        assert trace.get_current_span() is trace.INVALID_SPAN

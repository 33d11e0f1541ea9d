"""A cell is traced where its kernel's environment says so."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from racto_nb import telemetry


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(kept: InMemorySpanExporter) -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(kept))
    return made


def test_a_cell_is_a_span_below_the_one_around_it(notebook: Notebook, kept: InMemorySpanExporter, provider: TracerProvider):
    notebook["provider"], notebook["kept"] = provider, kept
    notebook.ok("kit = FakeKit([FakeReply(('one ', 'two')), 'three'])")
    telemetry.use(provider)
    try:
        notebook.ok("%%racto --model kit\nCount.")
        with provider.get_tracer("mine").start_as_current_span("mine"):
            notebook.ok("%%racto --model kit\nCount on.")
    finally:
        telemetry.follow_environment()
    first, second, mine = kept.get_finished_spans()
    assert (first.name, first.attributes["gen_ai.request.stream"], first.parent) == ("chat fake-model", True, None)
    assert second.parent is not None
    assert second.parent.span_id == mine.context.span_id
    assert "Count" not in first.to_json()

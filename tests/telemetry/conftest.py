"""OpenTelemetry's own spans of a test, kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from racto_nb import telemetry


@dataclass
class Spans:
    """The spans that have ended, in that order."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    provider: TracerProvider = field(default_factory=TracerProvider)

    def __post_init__(self) -> None:
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def all(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.all]

    def named(self, name: str) -> ReadableSpan:
        (only,) = [span for span in self.all if span.name == name]
        return only

    def begun(self, name: str) -> Any:
        """A span of the user's own, as a block."""
        return self.provider.get_tracer("the user's").start_as_current_span(name)


def is_child(child: ReadableSpan, parent: ReadableSpan) -> bool:
    """Whether one span is right below the other."""
    return child.parent is not None and child.parent.span_id == parent.context.span_id


@pytest.fixture
def spans() -> Iterator[Spans]:
    kept = Spans()
    telemetry.use(kept.provider)
    yield kept
    telemetry.follow_environment()


@pytest.fixture
def texts(spans: Spans) -> Spans:
    """The spans, with questions and answers."""
    telemetry.use(spans.provider, capture_content=True)
    return spans

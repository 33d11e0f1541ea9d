"""A chunk of a frame on Dask is below the span that it was sent in."""

from __future__ import annotations

import cloudpickle
from telemetry.conftest import Spans, is_child

from racto_nb.dask.answering import answered
from racto_nb.telemetry.headers import with_trace
from racto_nb.testing import FakeKit


def test_the_rows_of_a_chunk_are_below_their_sender(spans: Spans):
    made_by = cloudpickle.dumps(lambda: FakeKit(["4"], repeat_last=True))
    with spans.begun("sender"):
        headers = with_trace()
    answered(made_by=made_by, retry={}, question={}, texts=["1 + 3?", "2 + 2?"], headers=headers)

    chunk = spans.named("process answered")
    assert is_child(chunk, spans.named("sender"))
    assert [is_child(span, chunk) for span in spans.all if span.name == "chat fake-model"] == [True, True]

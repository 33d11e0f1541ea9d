"""The span of here, told to another process in the headers of a message, and gone on with there: W3C's `traceparent`.

Where tracing is off nothing is written and nothing is read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from racto_nb.telemetry.choosing import current
from racto_nb.telemetry.spans import Attributes, Failure


def with_trace(headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """`headers` and what tells whoever reads them which span they were written in (`traceparent`, `tracestate`).

    >>> with_trace({"kind": "question"})
    {'kind': 'question'}
    """
    tracer = current()
    return {**(headers or {}), **({} if tracer is None else tracer.headers())}


@contextmanager
def continuing(
    headers: Mapping[str, object],
    name: str = "",
    attributes: Attributes | None = None,
    *,
    also: Sequence[Mapping[str, object]] = (),
) -> Generator[None]:
    """Within the block calls belong to the span in which `headers` were written with `with_trace`.

    Headers may be texts, or bytes as Kafka has them; others are not looked at.
    With a `name` the block is a span of its own there, of the kind "consumer" and with `attributes`: the work on one message, or
    on several: it is linked with the spans in which the headers of the others, `also`, were written. An error that leaves the
    block is told on it. Use the block in one thread, or in one task.
    """
    tracer = current()
    if tracer is None:
        yield
        return
    with tracer.continuing(dict(_texts(headers))):
        if not name:
            yield
            return
        span = tracer.begin(name, attributes or {}, kind="consumer", links=[dict(_texts(other)) for other in also])
        failure: Failure | None = None
        try:
            with span.entered():
                yield
        except Exception as error:
            failure = failure_of(error)
            raise
        finally:
            span.end(failure=failure)


def _texts(headers: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if isinstance(value, str | bytes):
            yield name, value if isinstance(value, str) else value.decode(errors="replace")


def failure_of(error: Exception, redacted: Callable[[str], str] = str) -> Failure:
    """Why some work failed, as a span is told. `redacted` takes keys out of what the error says."""
    status = getattr(error, "status_code", None)
    return Failure(type(error).__name__, status if isinstance(status, int) else None, lambda: redacted(str(error)))

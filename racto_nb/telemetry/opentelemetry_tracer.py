"""Spans of OpenTelemetry. The one file that imports it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from racto_nb._extras import requires
from racto_nb._secrecy import Secrets
from racto_nb._version import __version__
from racto_nb.exceptions import TelemetryWarning
from racto_nb.telemetry.spans import Attributes, Content, Failure, Kind, Value

with requires("telemetry"):
    from opentelemetry import context, propagate, trace

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider as TracerProvider  # noqa: PLC0414  (told on: others do not import it)

NANOSECONDS = 1_000_000_000
_KINDS = {"client": trace.SpanKind.CLIENT, "internal": trace.SpanKind.INTERNAL, "consumer": trace.SpanKind.CONSUMER}


class OpenTelemetryTracer:
    """Makes spans with a tracer of `provider`; None is the one that the process has set, whenever that comes.

    What goes wrong in a provider or a propagator, such as one of the user's own that raises, is said once and fails no call.
    """

    def __init__(self, provider: TracerProvider | None = None, *, content: bool = False) -> None:
        self._tracer = trace.get_tracer("racto_nb", __version__, provider)
        self._content = content
        self._trouble = _Trouble()

    def begin(
        self,
        name: str,
        attributes: Attributes,
        *,
        kind: Kind = "internal",
        at: float | None = None,
        links: Sequence[Mapping[str, str]] = (),
    ) -> OpenTelemetrySpan:
        """A span that begins, `at` a time in seconds since 1970 (None: now), below the one that was entered here."""
        began = trace.INVALID_SPAN
        linked: list[trace.Link] = []
        with self._trouble:
            linked = _links(links)
        start = _nanoseconds(at)
        with self._trouble:
            began = self._tracer.start_span(name, kind=_KINDS[kind], attributes=attributes, links=linked, start_time=start)
        return OpenTelemetrySpan(began, self._trouble, content=self._content)

    def headers(self) -> Mapping[str, str]:
        """What tells another process which span was entered here, as the propagators of OpenTelemetry write it."""
        told: dict[str, str] = {}
        with self._trouble:
            propagate.inject(told)
        return told

    @contextmanager
    def continuing(self, headers: Mapping[str, str]) -> Generator[None]:
        """Within the block spans are children of the span that `headers` tell of, where they tell of one."""
        told = context.get_current()
        with self._trouble:
            told = _told_by(headers)
        token = context.attach(told)
        try:
            yield
        finally:
            context.detach(token)


class OpenTelemetrySpan:
    """A span of OpenTelemetry's."""

    __slots__ = ("_content", "_span", "_trouble", "_within")

    def __init__(self, span: trace.Span, trouble: _Trouble, *, content: bool) -> None:
        self._span = span
        self._trouble = trouble
        self._content = content
        # With what else the user has put into the context, such as baggage.
        self._within = trace.set_span_in_context(span)

    @property
    def recording(self) -> bool:
        """Whether anybody is told of it: there is a provider, and its sampler has not left this span out."""
        return self._span.is_recording()

    def entered(self) -> _Entered:
        """Within the block, on this thread or in this task, spans that begin are children of this one."""
        return _Entered(self._within)

    def tell(self, attributes: Attributes, content: Content = dict) -> None:
        """Add attributes, and those of `content` where texts are wanted; no secret of the environment is in them."""
        if not self._span.is_recording():
            return
        with self._trouble:
            self._span.set_attributes({**attributes, **(_cleaned(content()) if self._content else {})})

    def end(self, *, at: float | None = None, failure: Failure | None = None) -> None:
        """The work has ended. What an error says may quote a question or an answer: it is kept only where texts are wanted."""
        with self._trouble:
            if failure is not None and self._span.is_recording():
                self._fail(failure)
        with self._trouble:
            self._span.end(_nanoseconds(at))

    def _fail(self, failure: Failure) -> None:
        known: dict[str, Value] = {"error.type": failure.kind}
        if failure.status is not None:
            known["http.response.status_code"] = failure.status
        self._span.set_attributes(known)
        text = _secrets().cleaned(failure.text()) if self._content else failure.kind
        self._span.set_status(trace.StatusCode.ERROR, text)


class _Trouble:
    """Tells of the first error within its blocks, with a TelemetryWarning, and ends all of them there."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told = False

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        if not self._told:
            self._told = True
            message = f"A trace could not be written ({type(error).__name__}: {error}). Calls go on; more of it may be missing."
            warnings.warn(message, TelemetryWarning, stacklevel=2)
        return True


class _Entered:
    """Makes a context the current one. A class: it is made twice for each piece of a stream."""

    __slots__ = ("_context", "_token")

    def __init__(self, entered: context.Context) -> None:
        self._context = entered

    def __enter__(self) -> None:
        self._token = context.attach(self._context)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        context.detach(self._token)


def _told_by(headers: Mapping[str, str]) -> context.Context:
    """The context of here with the span that `headers` tell of, where they tell of one."""
    return propagate.extract({name.lower(): value for name, value in headers.items()})


def _links(several: Sequence[Mapping[str, str]]) -> list[trace.Link]:
    here = trace.get_current_span()
    spans = [trace.get_current_span(_told_by(headers)) for headers in several]
    return [trace.Link(span.get_span_context()) for span in spans if span is not here]


def _cleaned(attributes: Attributes) -> dict[str, Value]:
    secrets = _secrets()
    return {name: secrets.cleaned(value) if isinstance(value, str) else value for name, value in attributes.items()}


def _secrets() -> Secrets:
    return Secrets.of(os.environ)


def _nanoseconds(at: float | None) -> int | None:
    return None if at is None else int(at * NANOSECONDS)

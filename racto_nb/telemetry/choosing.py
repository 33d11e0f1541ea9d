"""Whether calls are traced: as the block says, else the process, else the environment variable RACTO_TELEMETRY."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from racto_nb._scoped import Scoped
from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.telemetry.spans import Tracer

if TYPE_CHECKING:
    from racto_nb.telemetry.opentelemetry_tracer import TracerProvider

VARIABLE = "RACTO_TELEMETRY"
"""The environment variable that turns tracing on where nothing else says: off, on or content."""
WAYS = ("off", "on", "content")


class _Usual:
    """Stands for what the environment says, which may change."""


_USUAL = _Usual()
_CHOSEN: Scoped[Tracer | _Usual | None] = Scoped("telemetry", _USUAL)


def current() -> Tracer | None:
    """What traces calls that begin here and now; None where tracing is off. Raises UsageError for a wrong RACTO_TELEMETRY."""
    chosen = _CHOSEN.get()
    if isinstance(chosen, _Usual):
        said = os.environ.get(VARIABLE)
        return None if said is None else _usual(said)
    return chosen


def use(provider: TracerProvider | None = None, *, capture_content: bool = False) -> None:
    """Trace all calls of this process from now on, with spans of `provider`, an OpenTelemetry TracerProvider.

    Without one they go to the provider that the process has set (`opentelemetry.trace.set_tracer_provider`, or the
    `opentelemetry-instrument` command), now or later; until then nothing is written. Kits that were made before are meant too.

    Questions, answers, and what tools are given and return are in the spans only with `capture_content`, without the secrets of
    the environment. Raises MissingExtraError where OpenTelemetry is not installed.
    """
    _CHOSEN.set(_tracer(provider, content=capture_content))


def stop() -> None:
    """Trace no calls from now on, whatever RACTO_TELEMETRY says. Calls that have begun end their spans."""
    _CHOSEN.set(None)


def follow_environment() -> None:
    """Give the choice back to RACTO_TELEMETRY, as it was at first: `off`, `on`, or `content` for `capture_content`."""
    _CHOSEN.set(_USUAL)


@contextmanager
def traced(provider: TracerProvider | None = None, *, capture_content: bool = False) -> Generator[None]:
    """Trace the calls that begin within a `with` block; the arguments are those of `use`.

    The block holds for its own thread or task and for what racto_nb begins there, not for threads of yours.
    """
    with _CHOSEN.block(_tracer(provider, content=capture_content)):
        yield


def _tracer(provider: TracerProvider | None, *, content: bool) -> Tracer:
    from racto_nb.telemetry.opentelemetry_tracer import OpenTelemetryTracer

    return OpenTelemetryTracer(provider, content=content)


@lru_cache(maxsize=8)
def _usual(said: str) -> Tracer | None:
    """What the environment says."""
    way = said.strip().lower() or "off"
    if way not in WAYS:
        message = f"The environment variable {VARIABLE}={said!r}: it is off, on or content.{did_you_mean(way, WAYS)}"
        raise UsageError(message)
    return None if way == "off" else _tracer(None, content=way == "content")

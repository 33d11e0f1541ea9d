"""The engine behind the embedded models: llama.cpp in this process, through xllamacpp.

Everything else sees only the small `Engine` protocol, so that another engine can take its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from racto_nb._extras import requires
from racto_nb.exceptions import EngineError

EngineEvent = dict[str, Any]
"""One event of the engine, in the shape of an OpenAI chat completion chunk."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to load a model: `context` in tokens (prompt and answer together), number of `threads` (None: all usable cores)."""

    context: int
    threads: int | None = None


class Engine(Protocol):
    """A loaded model."""

    def generate(self, payload: Mapping[str, Any], on_event: Callable[[EngineEvent], bool]) -> None:
        """Answer `payload` and hand each event to `on_event`, which returns True to stop. Raises EngineError."""
        ...

    def close(self) -> None:
        """Free the model's memory."""
        ...


class XllamaEngine:
    """llama.cpp's server inside this process. Loading takes 0.4 to 2 seconds and runs in the calling thread."""

    def __init__(self, path: Path, name: str, options: EngineOptions) -> None:
        xllamacpp = _imported()
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.model_alias = {name}
        params.n_ctx, params.n_parallel, params.verbosity = options.context, 1, -1
        threads = options.threads or usable_cores()
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.no_extra_bufts = True  # a third less memory, the same speed
        params.cache_ram_mib = 0  # the default keeps up to 8 GiB of old prompts
        params.ui = False
        # Loading holds the interpreter's lock, so an interrupt waits for it. Without a trial fit (the model is loaded twice for
        # it) and a warm-up it takes 0.5 instead of 1.2 seconds for the 0.5B.
        params.fit_params = params.warmup = False
        # The library also listens on a loopback port; nobody else on the machine may use it.
        params.api_keys = [os.urandom(24).hex()]
        try:
            self._server: Any = xllamacpp.Server(params)
        except Exception as error:
            message = f"The engine could not load {name!r} from {str(path)!r}: {error}"
            raise EngineError(message) from error

    def generate(self, payload: Mapping[str, Any], on_event: Callable[[EngineEvent], bool]) -> None:
        """Answer `payload`; see `Engine`. Raises EngineRefusedError for an error that the engine reports."""
        refusals: list[EngineEvent] = []

        def receive(event: EngineEvent) -> bool:
            if "error" in event:
                refusals.append(event["error"])
                return True
            return on_event(event)

        try:
            self._server.handle_chat_completions(dict(payload), receive)
        except ValueError as error:  # raised while the request is read: a schema it does not know, a bad parameter
            raise EngineRefusedError({"message": str(error), "type": "invalid_request_error"}) from error
        if refusals:
            raise EngineRefusedError(refusals[0])

    def close(self) -> None:
        """Free the model's memory."""
        self._server = None


class EngineRefusedError(EngineError):
    """The engine refused a request; the wire turns it into a leaf of the tree.

    `detail` is its own description, with `type` and, for a full window, token counts.
    """

    def __init__(self, detail: Mapping[str, Any]) -> None:
        super().__init__(f"The engine refused the request: {detail.get('message', detail)}")
        self.detail = dict(detail)


def usable_cores() -> int:
    """The processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _imported() -> Any:
    # Read by the OpenMP runtime when it is loaded. Its threads otherwise spin while they wait, and on a busy machine
    # generation falls to a tenth; with it, an idle machine loses about a seventh.
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    with requires("embedded"):
        try:
            import xllamacpp  # pyright: ignore[reportMissingTypeStubs]
        except ModuleNotFoundError:
            raise
        except ImportError as error:
            hint = (
                "the OpenMP runtime is missing. Debian, Ubuntu: apt-get install libgomp1. Fedora: dnf install libgomp."
                if "libgomp" in str(error)
                else "its compiled part does not fit this machine. Reinstall it: pip install --force-reinstall xllamacpp."
            )
            message = f"xllamacpp is installed but cannot be loaded ({error}): {hint}"
            raise EngineError(message) from error
    return xllamacpp

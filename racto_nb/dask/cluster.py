"""RactoDaskCluster: frames on a Dask cluster. Kind: flow over a threaded port."""

from __future__ import annotations

from collections.abc import Callable

from racto_nb.dask.library import DaskPort
from racto_nb.exceptions import WrongTypeError
from racto_nb.fleet.carrying import Known
from racto_nb.fleet.mapper import FrameMapper, Way
from racto_nb.fleet.retries import RetryConfig
from racto_nb.models.asking import AnsweringKit


class RactoDaskCluster(FrameMapper):
    """Answers the rows of frames on the workers of a Dask cluster.

    `client` is a `distributed.Client`. `make_kit` is a function without arguments that makes a kit: it runs once in each process
    of the cluster, where keys are read from that process's environment; a kit itself holds connections, which cannot be sent.
    `retry_config` says how often a row is tried again that failed for a reason that may pass. `name` is part of what a checkpoint
    belongs to: give clusters of different kits different ones.

    A worker that dies loses nothing: its chunks are answered by another one. A task lives as long as the call that sent it: what
    has no answer when the call ends (`timeout_s`, an interrupt) is taken back, and the same call asks it anew. Dask cannot stop
    what a worker has begun: that goes on to its end unheard, and is paid for. Raises WrongTypeError and MissingExtraError.
    """

    def __init__(
        self,
        client: object,
        *,
        make_kit: Callable[[], AnsweringKit],
        retry_config: RetryConfig | None = None,
        name: str = "dask",
    ) -> None:
        if not callable(make_kit) or (isinstance(make_kit, AnsweringKit) and not isinstance(make_kit, type)):
            msg = "make_kit is a function that makes a kit, such as lambda: gpt.Chat(model='…'); a kit itself cannot be sent."
            raise WrongTypeError(msg)
        self._port = DaskPort(client, make_kit, retry_config or RetryConfig())
        self._name = name

    def _way(self) -> Way:
        return Way(self._port, "answered", f"dask-{self._name}", Known(), lasting=False)

    def __repr__(self) -> str:
        made = getattr(self, "_name", None)  # a traceback may show one that could not be made
        return f"RactoDaskCluster(name={made!r})"

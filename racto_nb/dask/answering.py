"""What runs in the workers of a Dask cluster: a chunk of a frame, answered by a kit that each process makes once."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from racto_nb.fleet.carrying import Data, Known, answer_data, question_from
from racto_nb.fleet.mapping import chunk_data, outcomes_of
from racto_nb.fleet.retries import RetryConfig, wait_after
from racto_nb.models.asking import AnsweringKit
from racto_nb.telemetry.headers import continuing


def answered(*, made_by: bytes, retry: Data, question: Data, texts: list[str], headers: Mapping[str, str]) -> Data:
    """What came of each text of a chunk, in a span of the trace that `headers` tell of."""
    with continuing(headers, "process answered", {"messaging.system": "dask", "messaging.operation.name": "process"}):
        return _answered(kit_of(made_by), RetryConfig.model_validate(retry), question, texts)


def _answered(kit: AnsweringKit, config: RetryConfig, question: Data, texts: list[str]) -> Data:
    """What came of each text. Those that may pass are tried again here, after a wait."""
    found: Any = {}
    attempt = 0
    while True:
        found, wait = outcomes_of(
            len(texts),
            lambda place: answer_data(kit.chat(question_from({**question, "user_message": texts[place]}, Known()))),
            lambda error, tried=attempt: wait_after(error, tried, config),
            found,
        )
        if wait is None:
            return chunk_data(texts, found)
        time.sleep(wait)
        attempt += 1


def kit_of(made_by: bytes) -> AnsweringKit:
    """The kit that a pickled function makes, once in each process: connections, or a model that was loaded, serve all chunks.

    A process may have several threads that begin at once: one of them makes it, and the others wait for it.
    """
    with _MAKING:
        return _made(made_by)


_MAKING = threading.Lock()


@lru_cache(maxsize=8)
def _made(made_by: bytes) -> AnsweringKit:
    make: Callable[[], AnsweringKit] = pickle.loads(made_by)  # noqa: S301  (what the cluster's own client has sent)
    return make()

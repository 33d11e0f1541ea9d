"""Sentence vectors from all-MiniLM-L6-v2 (int8, ONNX) in this process. Kind: threaded.

Mean pooling over the token vectors of the last layer, weighted by the attention mask, then length 1: the recipe of the
model's card (Reimers and Gurevych 2019, Sentence-BERT). Texts longer than 256 tokens are represented by their first 256.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

from racto_nb._extras import requires
from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.engine import usable_cores
from racto_nb.providers.embedded.leaving import while_awaited
from racto_nb.providers.embedded.memory import free_memory, refuse_too_large
from racto_nb.providers.embedded.registry import ReadyModel
from racto_nb.providers.embedded.reporting import Reporter
from racto_nb.providers.embedded.wire import EmbeddedVectors
from racto_nb.providers.wire import Request

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 256
BATCH = 8
"""Texts per run. Larger batches are not faster here and cost memory: 32 long texts take over a gigabyte."""


class MiniLM:
    """A loaded session. `vectors` may be called from any thread; calls take turns."""

    def __init__(self, model: Path, tokenizer: Path, *, threads: int | None = None) -> None:
        with requires("embedded"):
            import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
            from tokenizers import Tokenizer
        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        options.enable_cpu_mem_arena = False  # keeps memory flat
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # no busy waiting on a shared machine
        self._session: Any = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()
        self._turn = threading.Lock()

    def vectors(
        self, texts: Sequence[str], *, before_batch: Callable[[], None] = lambda: None
    ) -> tuple[NDArray[np.float32], int]:
        """One row of 384 numbers per text, in the texts' order, and the number of tokens read.

        `before_batch` is called before each batch; what it raises ends the work.
        """
        import numpy as np

        encoded_sizes = [len(text) for text in texts]
        out = np.empty((len(texts), 384), np.float32)
        # Texts of like length share a batch, so that little is computed for padding.
        order = sorted(range(len(texts)), key=encoded_sizes.__getitem__)
        tokens = 0
        with self._turn:
            for start in range(0, len(order), BATCH):
                before_batch()
                part = order[start : start + BATCH]
                out[part], read = self._batch([texts[index] for index in part])
                tokens += read
        return out, tokens

    def _batch(self, texts: list[str]) -> tuple[NDArray[np.float32], int]:
        import numpy as np

        feed, tokens = self.feed(texts)
        weights = feed["attention_mask"][..., None].astype(np.float32)
        pooled = (self.run(feed) * weights).sum(1) / weights.sum(1)
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled, tokens

    def feed(self, texts: list[str]) -> tuple[dict[str, NDArray[np.int64]], int]:
        """One batch as the session takes it, padded to its longest text, and its number of tokens."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([item.ids for item in encoded], np.int64)
        mask = np.array([item.attention_mask for item in encoded], np.int64)
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}, int(mask.sum())

    def run(self, feed: dict[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """The session's token vectors for one batch."""
        return self._session.run(None, feed)[0]


class SessionPool:
    """The open sessions of a process, so that kits on the same files share one. A forked child opens its own."""

    def __init__(self) -> None:
        self.forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Begin anew, without touching what is open."""
        self._lock = threading.Lock()
        self._sessions: weakref.WeakValueDictionary[object, MiniLM] = weakref.WeakValueDictionary()

    def __contains__(self, key: object) -> bool:
        return key in self._sessions

    def shared(self, key: object, open_session: Callable[[], MiniLM]) -> MiniLM:
        """The session under `key`, opened now if it is not yet."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                session = self._sessions[key] = open_session()
            return session


SHARED_SESSIONS = SessionPool()
"""Like the pool of chat models: memory belongs to the process."""


@dataclass(slots=True)
class EmbeddingPort:
    """Performs embedding requests; a session is opened on first use and shared by all ports on the same files."""

    find: Callable[[str, Reporter], ReadyModel]
    reporter: Reporter
    threads: int | None = None
    memory_limit: int | None = None
    pool: SessionPool = SHARED_SESSIONS
    open_session: Callable[..., MiniLM] = MiniLM
    # By process too: a forked child must not use what it inherited, whose threads stayed with the parent.
    _held: dict[tuple[int, str], MiniLM] = field(default_factory=dict[tuple[int, str], MiniLM])

    def send(self, request: Request) -> EmbeddedVectors:
        """The vectors of `request.arguments["texts"]`. Raises TimeoutError between two batches."""
        return self._computed(request, self.reporter, lambda: None)

    async def asend(self, request: Request) -> EmbeddedVectors:
        """The vectors of `request.arguments["texts"]`, computed in a thread, which ends soon after a cancellation."""
        return await while_awaited(lambda told: self._computed(request, told, told.look), self.reporter)

    def _computed(self, request: Request, reporter: Reporter, look: Callable[[], None]) -> EmbeddedVectors:
        session = self._session(request.model, reporter)
        deadline = None if request.timeout is None else time.monotonic() + request.timeout

        def before_batch() -> None:
            look()
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError

        vectors, tokens = session.vectors(request.arguments["texts"], before_batch=before_batch)
        return EmbeddedVectors(vectors.tolist(), tokens)

    def open(self, request: Request) -> AbstractContextManager[Iterator[Never]]:
        """Embeddings do not stream."""
        raise EngineError(_no_stream(request))

    def aopen(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """Embeddings do not stream."""
        raise EngineError(_no_stream(request))

    def close(self) -> None:
        """Let go of the sessions; the last port that lets go of one frees its memory."""
        self._held.clear()

    def _session(self, name: str, reporter: Reporter) -> MiniLM:
        place = os.getpid(), name
        if (held := self._held.get(place)) is not None:
            return held
        ready = self.find(name, reporter)
        key = (ready.paths, self.threads)
        free = None if key in self.pool else free_memory()
        refuse_too_large(ready.card, needed=ready.card.memory, limit=self.memory_limit, free=free, loaded=[])
        session = self.pool.shared(key, lambda: self.open_session(*ready.paths, threads=self.threads))
        self._held[place] = session
        return session


def _no_stream(request: Request) -> str:
    return f"Embeddings are not streamed; {request.model!r} answers them in one piece."

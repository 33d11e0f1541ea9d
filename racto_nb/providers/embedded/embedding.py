"""Sentence vectors from all-MiniLM-L6-v2 (int8, ONNX) in this process. Kind: threaded.

Mean pooling over the token vectors of the last layer, weighted by the attention mask, then length 1: the recipe of the
model's card (Reimers and Gurevych 2019, Sentence-BERT). Texts longer than 256 tokens are represented by their first 256.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

from racto_nb._extras import requires
from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.engine import usable_cores
from racto_nb.providers.embedded.leaving import while_awaited
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


@dataclass(slots=True)
class EmbeddingPort:
    """Performs embedding requests; the session is opened on first use and shared by all calls of the kit."""

    find: Callable[[str, Reporter], ReadyModel]
    reporter: Reporter
    threads: int | None = None
    _sessions: dict[str, MiniLM] = field(default_factory=dict[str, MiniLM])
    _opening: threading.Lock = field(default_factory=threading.Lock)

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
        """Free the sessions."""
        self._sessions.clear()

    def _session(self, name: str, reporter: Reporter) -> MiniLM:
        with self._opening:
            if name not in self._sessions:
                model, tokenizer = self.find(name, reporter).paths
                self._sessions[name] = MiniLM(model, tokenizer, threads=self.threads)
            return self._sessions[name]


def _no_stream(request: Request) -> str:
    return f"Embeddings are not streamed; {request.model!r} answers them in one piece."

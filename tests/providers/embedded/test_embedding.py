"""Sentence vectors: the recipe, the order, and callers who leave."""

from __future__ import annotations

import asyncio
import gc
import math
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from racto_nb.exceptions import EngineError, MissingExtraError
from racto_nb.providers.embedded.embedding import BATCH, LONGEST, EmbeddingPort, MiniLM, SessionPool
from racto_nb.providers.embedded.facts import ModelCard
from racto_nb.providers.embedded.registry import ReadyModel, Registry
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.wire import Request

TEXTS = ["A cat sits on the mat.", "Tax law is complicated. " * 20, "x", "A kitten lies on a rug.", "", "42!", "naïve café"]
CARD = ModelCard(name="tiny", kind="embedding", title="", licence="", files=(), window=8, default_context=8, note="", memory=1)


@pytest.fixture(scope="module")
def paths() -> tuple[Path, Path]:
    model, tokenizer = Registry.standard().ensure("all-minilm-l6-v2").paths
    return model, tokenizer


@pytest.fixture(scope="module")
def minilm(paths: tuple[Path, Path]) -> MiniLM:
    return MiniLM(*paths)


def alone(minilm: MiniLM, text: str) -> Any:
    return minilm.vectors([text])[0][0]


@pytest.mark.model
def test_vectors_are_the_masked_means_of_a_bare_session(minilm: MiniLM, paths: tuple[Path, Path]):
    import onnxruntime
    from tokenizers import Tokenizer

    session = onnxruntime.InferenceSession(str(paths[0]), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(paths[1]))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    vectors, _ = minilm.vectors(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = session.run(None, feed)[0][0].mean(0)
        assert np.allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)


@pytest.mark.model
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(TEXTS) + BATCH)))
def test_the_order_of_the_texts_is_the_order_of_the_vectors(minilm: MiniLM, order: list[int]):
    texts = [TEXTS[place % len(TEXTS)] + "." * (place // len(TEXTS)) for place in order]
    vectors, _ = minilm.vectors(texts)
    straight, _ = minilm.vectors(sorted(texts))
    expected = dict(zip(sorted(texts), straight, strict=True))
    assert all(np.allclose(vector, expected[text], atol=1e-5) for text, vector in zip(texts, vectors, strict=True))


@pytest.mark.model
@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH])
def test_any_number_of_texts_has_as_many_vectors(minilm: MiniLM, count: int):
    vectors, tokens = minilm.vectors(["one text"] * count)
    assert vectors.shape == (count, 384)
    assert vectors.dtype == np.float32
    assert tokens == 4 * count
    assert np.allclose(vectors, vectors[0])


@pytest.mark.model
def test_an_empty_text_has_a_vector_of_length_one(minilm: MiniLM):
    assert math.isclose(float(np.linalg.norm(alone(minilm, ""))), 1.0, abs_tol=1e-5)


@pytest.mark.model
def test_of_a_long_text_the_first_256_tokens_count(minilm: MiniLM):
    start = "word " * (LONGEST - 2)
    vectors, tokens = minilm.vectors([start, start + "and something else entirely " * 500])
    assert tokens == 2 * LONGEST
    assert np.allclose(vectors[0], vectors[1], atol=1e-6)


@pytest.mark.model
def test_texts_that_mean_the_same_lie_nearer_than_others(minilm: MiniLM):
    cat, kitten, tax = minilm.vectors(["A cat sits on the mat.", "A kitten lies on a rug.", "Income tax is due in April."])[0]
    assert cat @ kitten > 0.5
    assert cat @ tax < 0.3


@pytest.mark.model
def test_threads_that_share_a_session_get_their_own_vectors(minilm: MiniLM):
    expected, found = {text: alone(minilm, text) for text in TEXTS}, {}

    def one(text: str) -> None:
        found[text] = alone(minilm, text)

    threads = [threading.Thread(target=one, args=(text,)) for text in TEXTS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[text], expected[text], atol=1e-6) for text in TEXTS)


def test_a_missing_library_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'racto-nb\[embedded\]'"):
        MiniLM(Path("model.onnx"), Path("tokenizer.json"))


class Session:
    """Stands for a loaded model: a batch per text, each waiting for `gate`."""

    def __init__(self) -> None:
        self.batches: list[str] = []
        self.begun, self.gate = threading.Event(), threading.Event()

    def vectors(self, texts: list[str], *, before_batch: Any) -> Any:
        for text in texts:
            before_batch()
            self.batches.append(text)
            self.begun.set()
            assert self.gate.wait(60)
        return np.zeros((len(texts), 384), np.float32), len(texts)


def port_with(session: Session) -> EmbeddingPort:
    return EmbeddingPort(lambda *_: ReadyModel(CARD, ()), SilentReporter(), pool=SessionPool(), open_session=lambda **_: session)


def test_a_port_answers_with_plain_lists_and_the_tokens():
    session = Session()
    session.gate.set()
    answer = port_with(session).send(Request("tiny", {"texts": ["a", "b"]}))
    assert (answer.vectors, answer.tokens) == ([[0.0] * 384] * 2, 2)


def test_a_timeout_ends_the_work_between_two_batches():
    session = Session()
    session.gate.set()
    with pytest.raises(TimeoutError):
        port_with(session).send(Request("tiny", {"texts": ["a", "b"]}, -1.0))
    assert session.batches == []


async def test_a_cancelled_caller_ends_the_work_at_the_next_batch():
    session, ended = Session(), threading.Event()
    port = port_with(session)
    original = EmbeddingPort._computed

    def computed(*args: Any) -> Any:
        try:
            return original(*args)
        finally:
            ended.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddingPort, "_computed", computed)
        task = asyncio.create_task(port.asend(Request("tiny", {"texts": ["a", "b", "c"]})))
        await asyncio.to_thread(session.begun.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        session.gate.set()
        assert await asyncio.to_thread(ended.wait, 60)
    assert session.batches == ["a"]


async def test_a_cancelled_caller_ends_a_download():
    begun, ended = threading.Event(), threading.Event()

    def find(name: str, reporter: Any) -> ReadyModel:
        try:
            for _ in range(20_000):  # an end, so that a test that fails does not hang
                reporter.progress(1, 2, name)
                begun.set()
                threading.Event().wait(0.001)
        except Exception:
            ended.set()
            raise
        raise AssertionError

    task = asyncio.create_task(EmbeddingPort(find, SilentReporter()).asend(Request("tiny", {"texts": ["a"]})))
    await asyncio.to_thread(begun.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 60)


def port_on(pool: SessionPool, opened: list[Session], **options: Any) -> EmbeddingPort:
    """A port whose sessions are noted in `opened` (and kept there only until the test clears it)."""

    def open_session(*_: object, threads: int | None) -> Session:
        opened.append(Session())
        opened[-1].gate.set()
        return opened[-1]

    return EmbeddingPort(
        lambda *_: ReadyModel(CARD, (Path("a"), Path("b"))), SilentReporter(), pool=pool, open_session=open_session, **options
    )


ASK = Request("tiny", {"texts": ["a"]})


def test_ports_on_the_same_files_share_a_session_and_others_do_not():
    pool, opened = SessionPool(), []
    ports = [port_on(pool, opened), port_on(pool, opened), port_on(pool, opened, threads=1)]
    for port in ports:
        port.send(ASK)
    assert len(opened) == 2


def test_the_last_port_that_lets_go_frees_the_session():
    pool, opened = SessionPool(), []
    one, other = port_on(pool, opened), port_on(pool, opened)
    one.send(ASK)
    other.send(ASK)
    watched = weakref.ref(opened.pop())
    one.close()
    gc.collect()
    assert watched() is not None
    other.close()
    gc.collect()
    assert watched() is None


def test_an_embedding_model_over_the_users_limit_is_refused_also_when_it_is_open():
    pool, opened = SessionPool(), []
    first = port_on(pool, opened)
    first.send(ASK)
    with pytest.raises(EngineError, match="memory_limit allows"):
        port_on(pool, opened, memory_limit=0).send(ASK)


@pytest.mark.model
def test_the_caller_may_end_the_work_before_each_batch(minilm: MiniLM):
    calls: list[None] = []
    minilm.vectors(["a"] * (2 * BATCH + 1), before_batch=lambda: calls.append(None))
    assert len(calls) == 3


@pytest.mark.model
def test_an_idle_session_does_not_keep_a_core_busy(monkeypatch: pytest.MonkeyPatch, paths: tuple[Path, Path]):
    import onnxruntime

    kept: list[Any] = []

    def session(path: str, options: Any, **rest: Any) -> None:
        kept.append(options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    MiniLM(*paths)
    assert kept[0].get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert not kept[0].enable_cpu_mem_arena


def test_embeddings_do_not_stream():
    port = port_with(Session())
    for opened in (port.open, port.aopen):
        with pytest.raises(EngineError, match="not streamed"):
            opened(Request("tiny", {"texts": ["a"]}))


@pytest.mark.model
def test_a_session_is_opened_once_and_again_after_closing(paths: tuple[Path, Path]):
    found: list[str] = []

    def find(name: str, _: object) -> ReadyModel:
        found.append(name)
        return ReadyModel(CARD, paths)

    port, ask = EmbeddingPort(find, SilentReporter()), Request("tiny", {"texts": ["a"]})
    first = port.send(ask).vectors
    assert port.send(ask).vectors == first
    assert found == ["tiny"]
    port.close()
    assert port.send(ask).vectors == first
    assert found == ["tiny", "tiny"]

"""The cache of embeddings: nothing is embedded twice, in no process and after no interruption."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from colours import run_unblocked
from hypothesis import given
from hypothesis import strategies as st
from rag.small_parts import Words, small_rag

from racto_nb.exceptions import CacheWarning, RactoGatewayAPIError, UnreadableFileError, WrongTypeError
from racto_nb.rag.embedders import CachedEmbedder, EmbeddingCache
from racto_nb.rag.embedders.cache import bytes_of, key_of, numbers_in


class Plain:
    def embed(self, embedder, texts):
        return embedder.embed(texts)

    def query(self, embedder, text):
        return embedder.embed_query(text)


class Awaited:
    def embed(self, embedder, texts):
        return run_unblocked(embedder.aembed(texts))

    def query(self, embedder, text):
        return run_unblocked(embedder.aembed_query(text))


@pytest.fixture(params=[Plain(), Awaited()], ids=["sync", "async"])
def each(request):
    return request.param


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "vectors.sqlite3"


def test_a_text_is_embedded_once_within_a_call_and_beyond_it(each, place):
    inner = Words()
    with CachedEmbedder(inner, place).cache as cache:
        first = each.embed(CachedEmbedder(inner, cache), ["cat", "dog", "cat"])
        again = each.embed(CachedEmbedder(inner, cache), ["dog", "cat", "cow"])
    assert inner.asked == ["cat", "dog", "cow"]
    assert first[0] == first[2] == again[1]
    assert again[0] == first[1]


def test_another_session_finds_what_was_kept(each, place):
    with EmbeddingCache(place) as cache:
        vectors = each.embed(CachedEmbedder(Words(), cache), ["cat"])
    inner = Words()
    with EmbeddingCache(place) as cache:
        assert each.embed(CachedEmbedder(inner, cache), ["cat"]) == vectors
        assert len(cache) == 1
    assert inner.asked == []


def test_questions_and_texts_and_other_models_are_told_apart(each, place):
    one, other = Words("one"), Words("other")
    with EmbeddingCache(place) as cache:
        each.embed(CachedEmbedder(one, cache), ["cat"])
        each.query(CachedEmbedder(one, cache), "cat")
        each.query(CachedEmbedder(one, cache), "cat")
        each.embed(CachedEmbedder(other, cache), ["cat"])
        assert len(cache) == 3
    assert (one.asked, other.asked) == (["cat", "cat"], ["cat"])


def test_what_was_embedded_before_an_error_is_not_paid_for_again(each, place):
    inner = Words(error=ConnectionError("gone"))
    inner.batch_size = 2
    with EmbeddingCache(place) as cache:
        embedder = CachedEmbedder(inner, cache)
        with pytest.raises(ConnectionError):
            each.embed(embedder, ["a", "b", "c", "d", "poison"])
        inner.error = None
        inner.asked.clear()
        each.embed(embedder, ["a", "b", "c", "d", "poison"])
    assert inner.asked == ["poison"]


def test_an_embedder_that_changed_behind_its_name_is_told(each, place):
    with EmbeddingCache(place) as cache:
        each.embed(CachedEmbedder(Words(dimension=8), cache), ["cat"])
        with pytest.raises(RactoGatewayAPIError, match="another length"):
            each.embed(CachedEmbedder(Words(dimension=16), cache), ["cat", "dog"])


def test_a_cache_that_fails_costs_requests_and_one_warning(each, place):
    inner = Words()
    with EmbeddingCache(place) as cache:
        embedder = CachedEmbedder(inner, cache)
        cache.port._file.connection().execute("DROP TABLE vectors")
        with pytest.warns(CacheWarning, match="no such table"):
            each.embed(embedder, ["cat"])
        each.embed(embedder, ["cat"])  # a second warning would be an error here
    assert inner.asked == ["cat", "cat"]


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + b"\0" * 100])
def test_a_file_that_is_no_cache_is_refused_and_left_alone(place, content):
    place.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=str(place)):
        EmbeddingCache(place)
    assert place.read_bytes() == content


def test_a_cache_of_answers_is_not_written_into(place):
    from racto_nb.cache import DiskCache

    DiskCache(place).close()
    with pytest.raises(UnreadableFileError, match="a database of something else"):
        EmbeddingCache(place)


def test_a_row_that_is_torn_is_a_miss(each, place):
    inner = Words()
    with EmbeddingCache(place) as cache:
        each.embed(CachedEmbedder(inner, cache), ["cat"])
        cache.port._file.connection().execute("UPDATE vectors SET numbers = x'010203'")
        each.embed(CachedEmbedder(inner, cache), ["cat"])
    assert inner.asked == ["cat", "cat"]


def test_a_file_that_was_removed_is_made_anew(each, place):
    inner = Words()
    with EmbeddingCache(place) as cache:
        each.embed(CachedEmbedder(inner, cache), ["cat"])
        for file in place.parent.iterdir():
            file.unlink()
        each.embed(CachedEmbedder(inner, cache), ["dog"])
        assert place.exists()
        assert len(cache) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_its_owner_may_read_the_file(place):
    with EmbeddingCache(place):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_the_file_stands_in_the_users_cache_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))
    with CachedEmbedder(Words()).cache as cache:
        assert cache.path == tmp_path / "embeddings.sqlite3"
        assert repr(cache) == f"EmbeddingCache({str(cache.path)!r})"
        assert cache


def test_clear_empties_it(place):
    with EmbeddingCache(place) as cache:
        CachedEmbedder(Words(), cache).embed(["cat"])
        cache.clear()
        assert len(cache) == 0


def test_what_is_no_embedder_is_refused(place):
    with pytest.raises(WrongTypeError, match="KitEmbedder"):
        CachedEmbedder(len, place)  # type: ignore[arg-type]


WRITER = """
import sys
sys.path.insert(0, {tests!r})
from rag.small_parts import Words
from racto_nb.rag.embedders import CachedEmbedder
inner = Words()
inner.batch_size = 1
embedder = CachedEmbedder(inner, {place!r})
print("ready", flush=True)
number = 0
while True:
    embedder.embed([f"text {{number}}"])
    print(number, flush=True)
    number += 1
"""


def writer(place: Path) -> subprocess.Popen[str]:
    program = WRITER.format(tests=str(Path(__file__).parents[2]), place=str(place))
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def test_who_is_killed_while_two_write_leaves_all_that_was_kept(place):
    with writer(place) as one, writer(place) as other:
        for process in (one, other):
            assert process.stdout is not None
            while process.stdout.readline().strip() != "20":
                pass
        time.sleep(0.01)
        for process in (one, other):
            process.send_signal(signal.SIGKILL)
    inner = Words()
    with EmbeddingCache(place) as cache:
        CachedEmbedder(inner, cache).embed([f"text {number}" for number in range(21)])
    assert inner.asked == []
    with sqlite3.connect(place) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_pipeline_with_a_cache_embeds_nothing_twice_in_another_store(place, tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    first, second = Words(), Words()
    for inner in (first, second):
        with small_rag(embedder=inner, embedding_cache=place) as rag:
            rag.ingest(tmp_path / "a.txt")
            assert isinstance(rag.embedder, CachedEmbedder)
    assert (first.asked, second.asked) == (["one", "two"], [])


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_float32_numbers_come_back_as_they_were(numbers):
    assert numbers_in(bytes_of(numbers)) == numbers


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_keys_are_equal_for_equal_things_only(one, other):
    assert (key_of(*one) == key_of(*other)) == (one == other)

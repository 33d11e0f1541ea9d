"""The cache in a file: shared by processes, whole after a kill, and never another's file."""

from __future__ import annotations

import asyncio
import gc
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

from racto_nb.cache import CacheWarning, DiskCache
from racto_nb.cache.sqlite_store import APPLICATION
from racto_nb.exceptions import UnreadableFileError
from racto_nb.models import ChatConfig, LLMResponse
from racto_nb.testing import FakeKit

ASK = ChatConfig(user_message="Hi")
ANSWER = LLMResponse(content="Hi")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "answers.sqlite3"


def test_an_answer_is_found_by_the_next_process(place: Path):
    code = f"""
from racto_nb.cache import DiskCache
from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit
with DiskCache({str(place)!r}) as cache:
    print(FakeKit(["one"]).with_exact_cache(cache).chat(ChatConfig(user_message="Hi")).origin)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "fresh"
    with DiskCache(place) as cache:
        response = FakeKit([]).with_exact_cache(cache).chat(ASK)
    assert (response.content, response.origin) == ("one", "exact")


WRITER = """
import sys
from racto_nb.cache import DiskCache
from racto_nb.models import LLMResponse
cache, number = DiskCache(sys.argv[1]), 0
while True:
    cache.put(f"{sys.argv[2]}:{number}", LLMResponse(content=f"{number}" * 500))
    number += 1
    print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_what_was_kept_before_a_kill_is_there_and_whole_after_it(place: Path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(place), name], stdout=subprocess.PIPE, text=True) for name in "ab"
    ]
    for writer in writers:
        for _ in range(20):
            writer.stdout.readline()
    kept: list[int] = []
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        kept.append(max(map(int, writer.stdout.read().split()), default=20))
        writer.wait()
        writer.stdout.close()
    with DiskCache(place) as cache:
        for name, count in zip("ab", kept, strict=True):
            for number in range(count):
                assert cache.get(f"{name}:{number}").content == f"{number}" * 500
        assert cache._store._execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"My diary.\n" * 500, "file is not a database"),
        (b"SQLite format 3\x00" + b"\xff" * 5000, "cannot be used as a cache"),
    ],
    ids=["a text", "a damaged file"],
)
def test_a_file_that_is_no_cache_is_refused_and_left_as_it_is(place: Path, content: bytes, told: str):
    place.parent.mkdir()
    place.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=told):
        DiskCache(place)
    assert place.read_bytes() == content


def test_the_database_of_something_else_is_refused_and_left_as_it_is(place: Path):
    place.parent.mkdir()
    with sqlite3.connect(place) as other:
        other.execute("CREATE TABLE answers (question TEXT)")
        other.execute("INSERT INTO answers VALUES ('mine')")
    other.close()
    before = place.read_bytes()
    with pytest.raises(UnreadableFileError, match="a database of something else"):
        DiskCache(place)
    assert place.read_bytes() == before


def test_a_cache_of_another_version_is_refused_and_left_as_it_is(place: Path):
    place.parent.mkdir()
    with sqlite3.connect(place) as other:
        other.execute(f"PRAGMA application_id = {APPLICATION}")
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(UnreadableFileError, match="form 99 of another version"):
        DiskCache(place)


def test_a_directory_in_the_files_place_is_told(tmp_path: Path):
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        DiskCache(tmp_path)


def test_a_file_that_is_damaged_later_costs_a_warning_and_not_the_call(place: Path):
    with DiskCache(place) as cache:
        cache.put("k", ANSWER)
    with DiskCache(place) as cache:
        cache._store._execute("DROP TABLE answers")
        kit = FakeKit(["one", "two"]).with_exact_cache(cache)
        with pytest.warns(CacheWarning, match="no such table"):
            assert kit.chat(ASK).content == "one"
        assert kit.chat(ASK).content == "two"


def test_an_answer_that_cannot_be_read_is_asked_for_anew(place: Path):
    with DiskCache(place) as cache:
        kit = FakeKit(["one", "two"]).with_exact_cache(cache)
        kit.chat(ASK)
        cache._store._execute("UPDATE answers SET answer = ?", b"[1")
        with pytest.warns(CacheWarning, match="look an answer up"):
            assert kit.chat(ASK).content == "two"
        assert kit.chat(ASK).origin == "exact"


def test_two_caches_on_one_file_see_what_the_other_keeps_and_removes(place: Path):
    with DiskCache(place) as one, DiskCache(place) as other:
        one.put("k", ANSWER)
        assert other.get("k") == ANSWER
        other.clear()
        assert one.get("k") is None


def test_the_order_of_use_is_kept_from_one_session_to_the_next(place: Path):
    with DiskCache(place) as cache:
        cache.put("a", ANSWER)
        cache.put("b", ANSWER)
        cache.get("a")
    with DiskCache(place, max_size=2) as cache:
        cache.put("c", ANSWER)
        assert [key for key in "abc" if key in cache] == ["a", "c"]


def test_a_hit_writes_nothing(place: Path):
    with DiskCache(place) as cache:
        cache.put("k", ANSWER)
        before = cache._store._execute("PRAGMA data_version").fetchone(), cache._store._connection().total_changes
        for _ in range(100):
            cache.get("k")
        assert (cache._store._execute("PRAGMA data_version").fetchone(), cache._store._connection().total_changes) == before


def test_purge_removes_what_is_over_or_too_many_and_makes_the_file_smaller(place: Path):
    with DiskCache(place) as cache:
        for number in range(300):
            cache.put(str(number), LLMResponse(content="x" * 4000))
    before = place.stat().st_size
    with DiskCache(place, max_size=10) as cache:
        assert cache.purge() == 290
        assert (len(cache), cache.purge()) == (10, 0)
        assert "299" in cache
    assert place.stat().st_size < before / 4
    with DiskCache(place, ttl_seconds=60) as cache:
        cache._store.clock = lambda: time.time() + 61
        assert cache.purge() == 10


def test_a_large_cache_keeps_about_as_many_as_it_may(place: Path):
    with DiskCache(place, max_size=128) as cache:
        for number in range(200):
            cache.put(str(number), ANSWER)
        assert 128 <= len(cache) <= 130


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_its_owner_may_read_the_file(place: Path):
    with DiskCache(place):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_the_file_stands_in_the_users_cache_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))
    with DiskCache() as cache:
        assert cache.path == tmp_path / "answers.sqlite3"
        assert repr(cache) == f"DiskCache({str(cache.path)!r}, max_size=10000, ttl_seconds=None)"


def test_a_closed_cache_opens_its_file_again(place: Path):
    cache = DiskCache(place)
    cache.put("k", ANSWER)
    cache.close()
    cache.close()
    assert cache.get("k") == ANSWER
    cache.close()


def test_a_cache_that_is_dropped_closes_its_file(place: Path):
    connection = DiskCache(place)._store._connection()
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_an_event_loop_goes_on_while_another_process_holds_the_file(place: Path):
    with DiskCache(place) as cache, sqlite3.connect(place, isolation_level=None) as other:
        kit = FakeKit(["one"]).with_exact_cache(cache)
        other.execute("BEGIN IMMEDIATE")

        async def main() -> LLMResponse:
            asked = asyncio.create_task(kit.achat(ASK))
            for _ in range(20):
                await asyncio.sleep(0.005)
            assert not asked.done()
            other.execute("COMMIT")
            return await asked

        assert run_unblocked(main()).content == "one"
        assert len(cache) == 1
    other.close()


def test_a_file_that_is_held_for_too_long_costs_a_warning(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("racto_nb.cache.sqlite_file.PATIENCE", 0.01)
    with DiskCache(place) as cache, sqlite3.connect(place, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.warns(CacheWarning, match="database is locked"):
            assert FakeKit(["one"]).with_exact_cache(cache).chat(ASK).content == "one"
        other.execute("ROLLBACK")
    other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own(place: Path):
    with DiskCache(place) as cache:
        cache.put("k", ANSWER)
        ours = cache._store._connection()
        child = os.fork()
        if not child:
            fine = cache._store._connection() is not ours and cache.get("k") == ANSWER
            cache.put("child", ANSWER)
            os._exit(0 if fine else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert "child" in cache

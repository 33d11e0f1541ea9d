"""The file that keeps results, so that a long classification can go on after anything."""

import asyncio
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.scripted_classifier import InParts, Scripted

from racto_nb.exceptions import UsageError
from racto_nb.pipelines import aclassify_frame, classify_frame
from racto_nb.pipelines.list_classifier import FrameInterrupted
from racto_nb.pipelines.list_classifier.checkpointing import Checkpoint, Done, Keep, Known

TEXTS = ["a", "b", "abcdefg", "a", "hello there", "ä🙂", "c"]
WANTED = ["label", "confidence", "scores", "confidence_kind", "cost"]


def frame_of(texts=TEXTS):
    return pl.DataFrame({"text": texts})


def run(classifier, path, texts=TEXTS, **options):
    return classify_frame(classifier, frame_of(texts), "text", columns=WANTED, checkpoint=path, **options)


class Dying(Scripted):
    """Is interrupted at its third text."""

    def run(self, user_query):
        if len(self.asked) == 3:
            raise KeyboardInterrupt
        return super().run(user_query)


def test_a_second_run_asks_nothing_and_gives_the_same(tmp_path):
    first = run(Scripted(cost="0.001"), tmp_path / "rows.jsonl")
    again = Scripted(cost="0.001")

    assert run(again, tmp_path / "rows.jsonl").equals(first)
    assert again.asked == []
    assert first.equals(classify_frame(Scripted(cost="0.001"), frame_of(), "text", columns=WANTED))


def test_a_run_that_was_interrupted_goes_on_with_what_is_missing(tmp_path):
    dying, whole = Dying(), run(Scripted(), None)
    with pytest.raises(FrameInterrupted, match="checkpoint"):
        run(dying, tmp_path / "rows.jsonl", concurrency=1)
    rest = Scripted()

    assert run(rest, tmp_path / "rows.jsonl").equals(whole)
    assert sorted(dying.asked + rest.asked) == sorted(set(TEXTS))


def test_texts_that_failed_are_asked_again(tmp_path):
    assert run(Scripted(failing=["b"]), tmp_path / "rows.jsonl")["error"].null_count() == len(TEXTS) - 1
    again = Scripted()

    assert run(again, tmp_path / "rows.jsonl")["error"].null_count() == len(TEXTS)
    assert again.asked == ["b"]


@settings(max_examples=40)
@given(cut=st.integers(0, 400), parts=st.booleans())
def test_a_file_that_was_torn_anywhere_is_gone_on_with(tmp_path_factory, cut, parts):
    path = tmp_path_factory.mktemp("torn") / "rows.jsonl"
    kind = InParts if parts else Scripted
    whole = run(kind(), path)
    written = path.read_bytes()
    path.write_bytes(written[: max(0, len(written) - cut)])

    rest = kind()
    assert run(rest, path).equals(whole)
    again = kind()
    assert run(again, path).equals(whole)
    assert again.asked == []


def test_a_file_does_not_hold_the_texts(tmp_path):
    run(Scripted(), tmp_path / "rows.jsonl")

    assert b"hello" not in (tmp_path / "rows.jsonl").read_bytes()


def test_a_checkpoint_of_another_classifier_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "rows.jsonl"
    run(Scripted(), path)
    before = path.read_bytes()
    other = Scripted(identity="scripted:2")

    with pytest.raises(UsageError, match="of another classifier"):
        run(other, path)
    assert (path.read_bytes(), other.asked) == (before, [])


@pytest.mark.parametrize("content", [b"my notes", b"my notes\n", b'{"a": 1}\n', b'{"form": "racto_nb.classification/1"}\n'])
def test_another_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=r"no checkpoint|another classifier"):
        run(Scripted(), path)
    assert path.read_bytes() == content


def test_a_damaged_line_in_the_middle_is_not_passed_over(tmp_path):
    path = tmp_path / "rows.jsonl"
    run(Scripted(), path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{broken\n" + b"".join(lines[1:]))

    with pytest.raises(UsageError, match="damaged"):
        run(Scripted(), path)


def test_a_result_of_another_form_is_not_taken(tmp_path):
    path = tmp_path / "rows.jsonl"
    run(Scripted(), path, ["a"])
    *lines, last = path.read_text().splitlines()
    broken = json.loads(last)
    broken["result"]["confidences"] = ["very"]
    path.write_text("\n".join([*lines, json.dumps(broken)]) + "\n")

    with pytest.raises(UsageError, match="no result of this version"):
        run(Scripted(), path, ["a"])


def test_a_classifier_without_an_identity_has_no_checkpoint(tmp_path):
    with pytest.raises(UsageError, match="has no `identity`"):
        run(Scripted(identity=""), tmp_path / "rows.jsonl")


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")
def test_two_at_once_do_not_write_one_file(tmp_path):
    holder = Checkpoint(tmp_path / "rows.jsonl", "scripted:1")
    holder.send(Known())
    with pytest.raises(UsageError, match="Another program or call"):
        run(Scripted(), tmp_path / "rows.jsonl")

    holder.send(Done())
    assert run(Scripted(), tmp_path / "rows.jsonl")["error"].null_count() == len(TEXTS)


async def test_a_cancelled_task_keeps_what_is_done(tmp_path):
    import asyncio

    here = asyncio.Event()

    class Waiting(Scripted):
        async def arun(self, user_query):
            if len(self.asked) == 3:
                here.set()
                await asyncio.sleep(60)
            return self.run(user_query)

    first = Waiting()
    task = asyncio.create_task(
        aclassify_frame(first, frame_of(), "text", columns=WANTED, checkpoint=tmp_path / "rows.jsonl", concurrency=1)
    )
    await here.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(500):  # the checkpoint's own thread closes the file
        if not _is_locked(tmp_path / "rows.jsonl"):
            break
        await asyncio.sleep(0.01)

    rest = Scripted()
    await aclassify_frame(rest, frame_of(), "text", columns=WANTED, checkpoint=tmp_path / "rows.jsonl")
    assert sorted(first.asked + rest.asked) == sorted(set(TEXTS))


def _is_locked(path):
    if sys.platform == "win32":
        return False
    import fcntl

    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


KILLED = """
import sys, time, polars as pl
sys.path.insert(0, sys.argv[1])
from pipelines.scripted_classifier import Scripted
from racto_nb.pipelines import classify_frame

class Slow(Scripted):
    def run(self, user_query):
        with open(sys.argv[3], "a") as asked:
            asked.write(user_query + "\\n")
        found = super().run(user_query)
        time.sleep(0.01)
        return found

classify_frame(Slow(), pl.DataFrame({"text": [f"text {n}" for n in range(2000)]}), "text", checkpoint=sys.argv[2], concurrency=2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
def test_a_run_that_was_killed_asks_at_most_what_was_under_way_again(tmp_path):
    path, asked = tmp_path / "rows.jsonl", tmp_path / "asked.txt"
    tests = Path(__file__).resolve().parents[2]
    program = subprocess.Popen([sys.executable, "-c", KILLED, tests, path, asked], cwd=tests.parent)
    try:
        while program.poll() is None and (not asked.exists() or asked.read_text().count("\n") < 100):
            threading.Event().wait(0.02)
    finally:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
    before = set(asked.read_text().splitlines())
    rest = Scripted()

    texts = [f"text {number}" for number in range(len(before) + 20)]
    found = classify_frame(rest, frame_of(texts), "text", checkpoint=path)
    assert found["error"].null_count() == len(texts)
    assert len(before & set(rest.asked)) <= 2


def test_results_come_back_exactly(tmp_path):
    result = (
        Scripted(cost="0.000123456789", confidence=1 / 3)
        .run("a text")
        .model_copy(
            update={"prediction_set": ["long"], "reasoning": "it is", "uncertain": True, "origin": "embedding", "sent_up": True}
        )
    )
    checkpoint = Checkpoint(tmp_path / "deep" / "rows.jsonl", "me")
    checkpoint.send(Keep({"a text": result}))
    checkpoint.send(Done())

    assert checkpoint.send(Known()).result("a text") == result
    checkpoint.send(Done())


def test_a_disk_without_locks_keeps_checkpoints_all_the_same(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    first, second = Scripted(), Scripted()
    for classifier in (first, second):
        classify_frame(classifier, pl.DataFrame({"text": ["a"]}), "text", checkpoint=tmp_path / "rows.jsonl")
    assert (first.asked, second.asked) == (["a"], [])


async def test_a_task_that_was_cancelled_goes_on_at_once(tmp_path):
    class Slow(Scripted):
        async def arun(self, user_query):
            await asyncio.sleep(0.01)
            return self.run(user_query)

    classifier, path = Slow(), tmp_path / "rows.jsonl"
    frame = pl.DataFrame({"text": [f"text {number}" for number in range(40)]})
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aclassify_frame(classifier, frame, "text", checkpoint=path, concurrency=1), 0.1)

    found = await aclassify_frame(classifier, frame, "text", checkpoint=path)
    assert found["error"].null_count() == 40
    assert len(classifier.asked) < 50

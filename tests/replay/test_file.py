"""The file of a recording: what was written is never lost, and what is no recording is said to be none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from racto_nb.exceptions import DamagedRecordingWarning, ReplayFileError
from racto_nb.models import ChatConfig
from racto_nb.replay import record, replay
from racto_nb.replay.entries import HEADER
from racto_nb.replay.file import entries_of
from racto_nb.testing import FakeKit

ASK = ChatConfig(user_message="What is 2 + 2?")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "t.replay.jsonl"
    with record(path):
        FakeKit(["a"]).chat(ASK)
        FakeKit(["b"]).chat(ChatConfig(user_message="And 3 + 3?"))
    return path


def replayed(tape: Path) -> str | None:
    with replay(tape):
        return FakeKit().chat(ASK).content


def test_a_line_is_an_interaction_and_reads_as_one(tape: Path):
    header, first, second, end = tape.read_bytes().split(b"\n")

    assert header + b"\n" == HEADER
    assert end == b""
    assert list(json.loads(first)) == [
        "key",
        "n",
        "kind",
        "provider",
        "model",
        "operation",
        "address",
        "request",
        "reply",
        "seconds",
    ]
    assert list(json.loads(first)["request"]) == sorted(json.loads(first)["request"])
    assert json.loads(second)["request"]["messages"][0]["content"] == "And 3 + 3?"


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_torn_last_line_is_left_out_and_the_next_recording_takes_it_away(tape: Path, cut: int):
    whole = tape.read_bytes()
    tape.write_bytes(whole[:-cut])
    if cut == 1:
        assert len(entries_of(tape)) == 2  # only the line break is gone
    else:
        with pytest.warns(DamagedRecordingWarning, match="Line 3"):
            assert replayed(tape) == "a"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedRecordingWarning)
        with replay(tape, mode="auto"):
            FakeKit(["c"]).chat(ChatConfig(user_message="And 4 + 4?"))

    assert len(entries_of(tape)) == (3 if cut == 1 else 2)
    assert tape.read_bytes().endswith(b"\n")


def test_a_header_that_was_torn_is_written_again(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    path.write_bytes(HEADER[:12])

    with record(path):
        FakeKit(["a"]).chat(ASK)

    assert path.read_bytes().startswith(HEADER)
    assert replayed(path) == "a"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a": 1}\n', "is no recording"),
        (b"\x00\xff\n\n", "is no recording"),
        (b"[" * 100_000 + b"\n", "is no recording"),
        (b'{"format":"racto-nb replay","version":2}\n', "has version 2.*Update racto_nb"),
        (b'{"format":"racto-nb replay","version":"x"}\n', "is no recording"),
        (HEADER + b"<<<<<<< ours\n" + HEADER, "Line 2 .* is damaged"),
        (HEADER + b"[" * 100_000 + b"\n\n", "Line 2 .* is damaged"),
        (HEADER + b'{"key": "x"}\n', "Line 2 .* no interaction"),
        (HEADER + b"[]\n", "Line 2 .* no interaction"),
        (HEADER + b'{"key":1,"n":0,"kind":"send","provider":"p","model":"m","operation":"","address":""}\n', "Line 2 .* no interaction"),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path, content: bytes, says: str):
    path = tmp_path / "t.jsonl"
    path.write_bytes(content)

    with pytest.raises(ReplayFileError, match=says):
        replayed(path)

    assert path.read_bytes() == content


def test_an_entry_that_holds_what_no_port_answers_is_said(tape: Path):
    tape.write_bytes(tape.read_bytes().replace(b'"$response"', b'"$nonsense"'))

    with pytest.raises(ReplayFileError, match="holds what no port answers"):
        replayed(tape)


def test_a_folder_is_no_recording(tmp_path: Path):
    with pytest.raises(ReplayFileError, match="cannot be read"):
        replayed(tmp_path)


def test_a_file_that_cannot_be_written_fails_the_call_that_should_be_recorded(tmp_path: Path):
    (tmp_path / "no folder").write_text("")

    with record(tmp_path / "no folder" / "t.jsonl"), pytest.raises(ReplayFileError):
        FakeKit(["a"]).chat(ASK)


def test_of_two_entries_in_one_place_the_later_counts(tape: Path):
    first = tape.read_bytes().split(b"\n")[1]
    with tape.open("ab") as file:
        file.write(first.replace(b'"a"', b'"z"') + b"\n")

    assert replayed(tape) == "z"


def test_folders_on_the_way_are_made(tmp_path: Path):
    with record(tmp_path / "deep" / "er" / "t.jsonl"):
        FakeKit(["a"]).chat(ASK)

    assert replayed(tmp_path / "deep" / "er" / "t.jsonl") == "a"


KILLED = """
import sys
from racto_nb.models import ChatConfig
from racto_nb.replay import record
from racto_nb.testing import FakeKit, FakeReply
with record(sys.argv[1]):
    for number in range(10_000):
        kit = FakeKit([FakeReply((f"answer {number}",) * 50)])
        list(kit.stream(ChatConfig(user_message=f"question {number}")))
        print(number, flush=True)
"""


def test_a_process_that_is_killed_loses_nothing_that_it_had_recorded(tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    running = subprocess.Popen([sys.executable, "-c", KILLED, str(tape)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    last = next(int(line) for line in running.stdout if int(line) >= 20)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedRecordingWarning)
        with replay(tape):
            for number in range(last + 1):
                answer = list(FakeKit().stream(ChatConfig(user_message=f"question {number}")))[-1].response
                assert answer is not None
                assert str(answer.content).startswith(f"answer {number}")


WRITES = """
import sys
from racto_nb.models import ChatConfig
from racto_nb.replay import record
from racto_nb.testing import FakeKit
with record(sys.argv[1]):
    for number in range(60):
        FakeKit(["x" * 20_000]).chat(ChatConfig(user_message=f"{sys.argv[2]} {number}"))
"""


def test_two_processes_that_record_at_once_tear_no_line(tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    running = [subprocess.Popen([sys.executable, "-c", WRITES, str(tape), name]) for name in ("left", "right")]

    assert [process.wait() for process in running] == [0, 0]
    assert len({entry.place for entry in entries_of(tape)}) == 120

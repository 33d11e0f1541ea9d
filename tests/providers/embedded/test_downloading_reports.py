"""What a user sees of a download on standard error."""

from __future__ import annotations

import io
import sys

import pytest

from racto_nb.providers.embedded import reporting
from racto_nb.providers.embedded.reporting import SilentReporter, StderrReporter


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is moved."""
    now = [100.0]
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def no_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.std", None)


def test_the_bar_shows_the_size(stream):
    told = StderrReporter(stream)
    told.progress(50_000_000, 100_000_000, "tiny.gguf")
    told.progress(100_000_000, 100_000_000, "tiny.gguf")
    told.finished()
    assert "tiny.gguf" in stream.getvalue()
    assert "100M/100M" in stream.getvalue()


def test_without_tqdm_there_are_lines(stream, no_tqdm, clock):
    told = StderrReporter(stream)
    for done in range(0, 1_000_001, 1000):
        clock[0] += 1
        told.progress(done, 1_000_000, "tiny.gguf")
    told.finished()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[-1] == "tiny.gguf: 1 MB of 1 MB"


def test_progress_is_drawn_at_most_four_times_a_second(stream, no_tqdm, clock):
    told = StderrReporter(stream)
    for done in range(0, 1000, 10):
        told.progress(done, 1000, "tiny.gguf")
    assert len(stream.getvalue().splitlines()) == 1


def test_the_last_byte_is_always_drawn(stream, no_tqdm, clock):
    told = StderrReporter(stream)
    told.progress(1, 1000, "tiny.gguf")
    told.progress(1000, 1000, "tiny.gguf")
    assert stream.getvalue().splitlines()[-1] == "tiny.gguf: 1 kB of 1 kB"


def test_a_sentence_ends_the_bar_first(stream):
    told = StderrReporter(stream)
    told.progress(1, 1000, "tiny.gguf")
    told.say("Not from there.")
    assert stream.getvalue().endswith("\nNot from there.\n")


def test_another_file_gets_a_display_of_its_own(stream, no_tqdm, clock):
    told = StderrReporter(stream)
    told.progress(1, 1000, "a")
    told.progress(1, 1000, "b")
    assert [line.split(":")[0] for line in stream.getvalue().splitlines()] == ["a", "b"]


def test_standard_error_is_looked_up_when_it_is_used(capsys):
    StderrReporter().say("Downloading.")
    assert capsys.readouterr().err == "Downloading.\n"


def test_the_silent_reporter_keeps_sentences_only():
    quiet = SilentReporter()
    quiet.progress(1, 2, "x")
    quiet.say("a")
    quiet.finished()
    assert quiet.messages == ["a"]

"""A program that is killed while it tunes, by a real SIGKILL, uploads nothing twice and pays no second job."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from finetune.tuners import KEY, MODEL, called, data, each_colour, openai_tuner, paths

from racto_nb.finetune.tuning import desk
from racto_nb.testing import FakeProvider, FakeTuning

LONG = 240.0
# Its notes in their order: the file is being sent, it was sent, the job is being made, it was made.
PROGRAM = """
import os, signal, sys
from racto_nb.batch import job_files
from racto_nb.finetune import OpenAIFineTuner
from finetune.tuners import data

address, jobs, key, model, dies_before = sys.argv[1:]
noted, add = [], job_files.JobFiles._added
def adding(files, ref, line):
    noted.append(line)
    if len(noted) == int(dies_before):
        os.kill(os.getpid(), signal.SIGKILL)
    return add(files, ref, line)
job_files.JobFiles._added = adding
tuner = OpenAIFineTuner(key, base_url=address, jobs=jobs, max_retries=0)
tuner.run_pipeline(data(), model, poll_interval=0.01, verbose=False)
"""


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "SETTLING", 0.0)


def started(server: FakeProvider, jobs: Path, dies_before: int) -> subprocess.Popen[bytes]:
    told = [server.base_url("openai"), str(jobs), KEY, MODEL, str(dies_before)]
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *told], cwd=Path(__file__).parents[1])


def gone_on_with(server: FakeProvider, jobs: Path, colour: str) -> str:
    with openai_tuner(server, jobs) as tuner:
        return called(colour, tuner, "run_pipeline", data(), model=MODEL, poll_interval=0.001, verbose=False)


@each_colour
@pytest.mark.parametrize(
    ("dies_before", "uploads", "jobs"),
    [
        pytest.param(1, 0, 0, id="before anything is sent"),
        pytest.param(2, 1, 0, id="when the file is there and its id is not noted"),
        pytest.param(3, 1, 0, id="between file and job"),
        pytest.param(4, 1, 1, id="when the job is there and its id is not noted"),
    ],
)
def test_the_next_program_goes_on_where_it_was(dies_before, uploads, jobs, colour, tmp_path):
    with FakeProvider() as server:
        program = started(server, tmp_path, dies_before)
        assert program.wait(LONG) == -9
        assert (paths(server).count("POST /v1/files"), len(server._tunings.jobs)) == (uploads, jobs)

        model = gone_on_with(server, tmp_path, colour)

        assert model.startswith("ft:")
        assert (paths(server).count("POST /v1/files"), len(server._tunings.jobs)) == (1, 1)


@each_colour
def test_a_job_that_was_being_waited_for_is_found_and_waited_for(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=10**6)]) as server:
        program = started(server, tmp_path, dies_before=99)
        assert server.wait_until(lambda: any(job.looks > 2 for job in server._tunings.jobs.values()), timeout=LONG)
        program.kill()
        assert program.wait(LONG) == -9
        (job,) = server._tunings.jobs.values()

        with openai_tuner(server, tmp_path) as tuner:
            (left,) = called(colour, tuner, "unfinished_jobs")
            assert (left.job_id, left.model) == (job.id, MODEL)
        job.script = FakeTuning(quick=True)
        assert gone_on_with(server, tmp_path, colour).startswith("ft:")
        assert (paths(server).count("POST /v1/files"), len(server._tunings.jobs)) == (1, 1)

"""The same training, begun several times at once: one file, one job, whoever begins it. Real threads, loops and programs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from colours import run_unblocked
from finetune.tuners import KEY, MODEL, called, data, each_colour, gemini_tuner, openai_tuner, paths

from racto_nb.exceptions import TuningError, UnreadableFileError
from racto_nb.finetune import GeminiFineTuner
from racto_nb.testing import FakeProvider, FakeTuning

PROGRAM = """
import sys
from racto_nb.finetune import OpenAIFineTuner
from finetune.tuners import data

address, jobs, key, model = sys.argv[1:]
sys.stdin.readline()
with OpenAIFineTuner(key, base_url=address, jobs=jobs, max_retries=0) as tuner:
    print(tuner.run_pipeline(data(), model, poll_interval=0.01, verbose=False))
"""


def in_tasks(server: FakeProvider, jobs: Path, count: int) -> list[object]:
    made = openai_tuner(server, jobs)

    async def main() -> list[object]:
        async with made as tuner:
            runs = [tuner.arun_pipeline(data(), MODEL, poll_interval=0.001, verbose=False) for _ in range(count)]
            return await asyncio.gather(*runs, return_exceptions=True)

    return run_unblocked(main())


def in_threads(server: FakeProvider, jobs: Path, count: int) -> list[object]:
    def one(_: int) -> object:
        with openai_tuner(server, jobs) as tuner:
            try:
                return tuner.run_pipeline(data(), MODEL, poll_interval=0.001, verbose=False)
            except TuningError as error:
                return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("begun", [in_tasks, in_threads])
def test_the_same_run_at_once_is_one_file_and_one_job(begun, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server:
        models = begun(server, tmp_path, 4)
        assert (paths(server).count("POST /v1/files"), len(server._tunings.jobs)) == (1, 1)
    assert len(set(models)) == 1
    assert str(models[0]).startswith("ft:")


@pytest.mark.parametrize("begun", [in_tasks, in_threads])
def test_where_the_job_of_all_fails_all_hear_it_and_none_makes_another(begun, tmp_path):
    with FakeProvider(tunings=[FakeTuning(quick=True, ends="failed")]) as server:
        ends = begun(server, tmp_path, 3)
        assert len(server._tunings.jobs) == 1
    assert all(isinstance(end, TuningError) for end in ends)


def test_several_programs_at_once_make_one_job(tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server:
        told = [sys.executable, "-c", PROGRAM, server.base_url("openai"), str(tmp_path), KEY, MODEL]
        programs = [
            subprocess.Popen(told, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for program in programs:
            assert program.stdin is not None
            program.stdin.write("\n")
            program.stdin.flush()
        models = {program.communicate(timeout=60)[0].strip() for program in programs}
        assert (paths(server).count("POST /v1/files"), len(server._tunings.jobs)) == (1, 1)
    assert len(models) == 1
    assert models.pop().startswith("ft:")
    assert not list(tmp_path.glob("*.lock"))


def test_a_dataset_for_vertex_is_put_once_by_calls_at_once(tmp_path):
    put: list[str] = []

    def upload(name: str, content: bytes) -> str:
        put.append(name)
        return f"gs://bucket/{name}"

    async def main(made: GeminiFineTuner) -> list[str]:
        async with made as tuner:
            return await asyncio.gather(*(tuner.acreate_job(data()) for _ in range(3)))

    with FakeProvider() as server:
        assert len(set(run_unblocked(main(gemini_tuner(server, tmp_path, upload=upload))))) == 1
    assert len(put) == 1


@each_colour
def test_a_job_goes_on_where_its_file_was_deleted_meanwhile(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=10**6)]) as server, openai_tuner(server, tmp_path) as tuner:
        with pytest.raises(TuningError, match="had not ended"):
            called(colour, tuner, "run_pipeline", data(), MODEL, max_wait_s=0.05, poll_interval=0.001, verbose=False)
        (job,) = server._tunings.jobs.values()
        server._batches.told.clear()
        job.script = FakeTuning(quick=True)
        assert called(colour, tuner, "run_pipeline", data(), MODEL, poll_interval=0.001, verbose=False).startswith("ft:")
        assert (paths(server).count("POST /v1/files"), len(server._tunings.jobs)) == (1, 1)


def test_a_job_that_was_made_step_by_step_is_the_one_of_the_pipeline(tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        tuner.run_pipeline(data(), MODEL, poll_interval=0.001, verbose=False)
        assert list(server._tunings.jobs) == [job]


@each_colour
def test_a_folder_that_is_none_is_said_before_anything_is_sent(colour, tmp_path):
    (tmp_path / "jobs").write_text("a file")
    with FakeProvider() as server, openai_tuner(server, tmp_path / "jobs") as tuner:
        with pytest.raises(UnreadableFileError, match="Give another folder"):
            called(colour, tuner, "upload_dataset", data())
        assert server.requests == []

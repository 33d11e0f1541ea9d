"""The documents' own code blocks on batches, with OpenAI and Anthropic."""

from __future__ import annotations

import json

import pytest
from spec.originals import KEY, Runner

from racto_nb.batch import BatchItem, BatchStatus, OpenAIBatchProcessor
from racto_nb.exceptions import RetiredModelWarning
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeFault

ANSWERS = ["The capital of France is Paris.", "4", "A decorator wraps a function."]
PRINTED = ["q1: The capital of France is Paris.", "q2: 4", "q3: A decorator wraps a function."]
ITEMS = [
    BatchItem(custom_id="q1", user_message="What is the capital of France?"),
    BatchItem(custom_id="q2", user_message="2 + 2?"),
]


@pytest.fixture
def processor(run: Runner) -> OpenAIBatchProcessor:
    """What blocks that go on from block 66 find as `processor`."""
    with pytest.warns(RetiredModelWarning):
        made = OpenAIBatchProcessor(model="gpt-4o-mini")
    run._kits.append(made)
    return made


def test_block_66_a_batch_is_handed_in_waited_for_and_printed(run: Runner):
    ran = run(66, ANSWERS)
    assert ran.printed == PRINTED
    upload, job, *_ = ran.requests
    assert upload.authorized_with(KEY)
    assert (upload.path, job.path) == ("/v1/files", "/v1/batches")
    assert job.json["completion_window"] == "24h"
    lines = [json.loads(line) for line in upload.body.splitlines() if line.startswith(b'{"custom_id"')]
    assert [(line["custom_id"], line["method"], line["url"]) for line in lines] == [
        (f"q{number}", "POST", job.json["endpoint"]) for number in (1, 2, 3)
    ]
    assert lines[1]["body"]["model"] == "gpt-4o-mini"
    assert lines[1]["body"]["messages"] == [
        {"role": "system", "content": ran["prompt"].compile().strip()},
        {"role": "user", "content": "What is 2 + 2?"},
    ]


def test_block_66_prints_the_error_of_an_item(run: Runner):
    ran = run(66, [ANSWERS[0], FakeFault(status=429, message="Too many."), ANSWERS[2]])
    assert ran.printed == [PRINTED[0], "q2: ERROR — HTTP 429 (requests): Too many.", PRINTED[2]]


def test_block_67_submits_polls_and_fetches(run: Runner, processor: OpenAIBatchProcessor, prompt: RactoPrompt):
    ran = run(67, ANSWERS[:2], processor=processor, items=ITEMS, prompt=prompt)
    job_id, first, created, last = ran.printed
    assert job_id.startswith("batch_")
    assert first == "BatchStatus.IN_PROGRESS"
    assert float(created) > 1_740_000_000
    assert last == "BatchStatus.COMPLETED"
    assert ran["job"].status is BatchStatus.COMPLETED
    assert [result.response.content for result in ran["results"]] == ANSWERS[:2]


def test_block_68_awaits_the_results(run: Runner, processor: OpenAIBatchProcessor, prompt: RactoPrompt):
    ran = run(68, [ANSWERS[0], FakeFault(status=500, message="Down.")], processor=processor, items=ITEMS, prompt=prompt)
    assert ran.printed == [f"q1 {ANSWERS[0]}", "q2 HTTP 500 (server_error): Down."]


def test_block_69_hands_a_batch_to_anthropic(run: Runner, prompt: RactoPrompt):
    ran = run(69, ["Quanta.", FakeFault(status=529, message="Overloaded")], prompt=prompt)
    assert ran.printed == ["[task1] Quanta.", "[task2] FAILED: overloaded_error: Overloaded"]
    created = ran.requests[0]
    assert created.authorized_with(KEY)
    assert created.path == "/v1/messages/batches"
    asked = created.json["requests"]
    assert [one["custom_id"] for one in asked] == ["task1", "task2"]
    assert asked[0]["params"]["model"] == "claude-haiku-4-5-20251001"
    assert asked[0]["params"]["system"] == prompt.compile().strip()
    assert asked[0]["params"]["messages"] == [{"role": "user", "content": "Summarize quantum computing in 2 sentences."}]


def test_block_88_the_kits_module_has_the_processor_too(run: Runner):
    ran = run(88, ["4", "Paris"])
    assert ran.printed == ["q1 4", "q2 Paris"]
    assert ran["prompt"].compile().startswith("[ROLE]\nassistant\n\n[AIM]\nanswer briefly\n\n[OUTPUT]\n")

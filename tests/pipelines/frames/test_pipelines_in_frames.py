"""Classifiers over chat models in frames, cascades, evaluations and batches."""

import json

import polars as pl
import pytest
from pipelines.scripted_classifier import Scripted

from racto_nb.batch import OpenAIBatchProcessor
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.openai_developer_kit import Chat
from racto_nb.pipelines import (
    AsyncListClassifierPipeline,
    CarefulClassifier,
    Cascade,
    ListClassifierPipeline,
    aclassify_frame,
    classify_frame,
)
from racto_nb.pipelines.list_classifier import evaluate
from racto_nb.testing import FakeFault, FakeKit, FakeProvider

OPTIONS = ["Billing", "Sales"]
FRAME = pl.DataFrame({"text": ["I was charged twice", None, "Do you have it in red?", "I was charged twice"]})


def said(label, confidence=0.9):
    return json.dumps({"selected": label, "confidence": confidence})


def pipeline(*replies, kind=ListClassifierPipeline, **options):
    return kind(FakeKit(replies), options=OPTIONS, **options)


@pytest.mark.parametrize("kind", [ListClassifierPipeline, AsyncListClassifierPipeline])
@pytest.mark.parametrize("output_format", ["pydantic", "string", "dict"])
def test_a_pipeline_sorts_a_frame_whatever_its_output_format(kind, output_format):
    classifier = pipeline(said("Billing"), said("Sales"), kind=kind, output_format=output_format)

    found = classifier.classify_frame(FRAME, "text", concurrency=1)
    assert found["label"].to_list() == ["Billing", None, "Sales", "Billing"]
    assert found["confidence"].to_list() == [0.9, None, 0.9, 0.9]
    assert len(classifier._kit.calls) == 2


async def test_both_colours_of_a_pipeline_give_the_same_frame():
    found = await pipeline(said("Billing"), said("Sales")).aclassify_frame(FRAME, "text", concurrency=1)

    assert found.equals(await aclassify_frame(pipeline(said("Billing"), said("Sales")), FRAME, "text", concurrency=1))


def test_a_row_that_the_model_spoils_is_one_row():
    found = pipeline("what?", said("Sales"), max_retries=0, safe_mode=True).classify_frame(FRAME, "text", concurrency=1)

    assert found["label"].to_list() == [None, None, "Sales", None]
    assert found["error"][0].startswith("ClassificationError: The model named no label")


def test_a_pipeline_of_many_labels_gives_lists():
    reply = json.dumps({"selected": [{"option": "Sales", "confidence": 0.8}]})

    found = pipeline(reply, reply, selection_mode="multiple").classify_frame(FRAME, "text", concurrency=1)
    assert found["labels"].to_list() == [["Sales"], None, ["Sales"], ["Sales"]]
    assert found["confidences"][0].to_list() == [0.8]


def test_a_checkpoint_belongs_to_the_settings_of_a_pipeline(tmp_path):
    first = pipeline(said("Billing"), said("Sales"))
    whole = first.classify_frame(FRAME, "text", concurrency=1, checkpoint=tmp_path / "rows.jsonl")
    again = pipeline()

    assert again.classify_frame(FRAME, "text", checkpoint=tmp_path / "rows.jsonl").equals(whole)
    for other in (pipeline(temperature=0.5), ListClassifierPipeline(FakeKit(), options=[*OPTIONS, "Other"])):
        with pytest.raises(UsageError, match="of another classifier"):
            other.classify_frame(FRAME, "text", checkpoint=tmp_path / "rows.jsonl")


def test_a_kit_without_a_name_has_no_checkpoint(tmp_path):
    class Mine:
        def chat(self, config): ...

        async def achat(self, config): ...

    with pytest.raises(WrongTypeError, match="no checkpoint can belong"):
        ListClassifierPipeline(Mine(), options=OPTIONS).classify_frame(FRAME, "text", checkpoint=tmp_path / "rows.jsonl")


def test_a_pipeline_is_the_expensive_one_of_a_cascade_and_can_be_careful():
    cascade = Cascade(Scripted(confidence=0.2), pipeline(said("Billing"), said("Sales")), threshold=0.5)

    found = classify_frame(cascade, FRAME, "text", columns=["label", "sent_up"], concurrency=1)
    assert found["label"].to_list() == ["Billing", None, "Sales", "Billing"]
    assert CarefulClassifier(pipeline(said("Billing", 0.3)), threshold=0.5).run("a").uncertain
    assert evaluate(pipeline(said("Billing"), said("Sales")), ["a", "b"], ["Billing", "Billing"], concurrency=1).accuracy == 0.5
    with pytest.raises(WrongTypeError, match="has run and arun"):
        classify_frame(object(), FRAME, "text")


@pytest.fixture
def served(tmp_path):
    """A classifier over OpenAI and a processor of batches, both on a server of this machine."""

    def make(*replies):
        server = FakeProvider(list(replies))
        where = {"api_key": "any", "base_url": server.base_url("openai")}
        classifier = ListClassifierPipeline(Chat("gpt-6-luna", **where), options=OPTIONS, confidence_from="stated")
        return server, classifier, OpenAIBatchProcessor("gpt-6-luna", jobs=tmp_path / "jobs", **where)

    return make


def test_a_frame_is_sorted_by_one_batch(served):
    _, classifier, processor = served(said("Billing"), FakeFault(status=429))

    found = classifier.classify_frame(FRAME, "text", batch=processor, columns=["label", "confidence", "cost"])
    assert found["label"].to_list() == ["Billing", None, None, "Billing"]
    assert "429" in found["error"][2]


async def test_a_batch_in_async_code(served):
    _, classifier, processor = served(said("Billing"), "no label at all")

    found = await classifier.aclassify_frame(FRAME, "text", batch=processor)
    assert found["label"].to_list() == ["Billing", None, None, "Billing"]
    assert found["error"][2].startswith("ClassificationError")


def test_a_batch_of_another_session_is_waited_for_and_not_paid_again(served, tmp_path, monkeypatch):
    _, classifier, processor = served(said("Billing"), said("Sales"))
    resume, path = processor.resume, tmp_path / "rows.jsonl"

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(processor, "resume", killed)
    with pytest.raises(KeyboardInterrupt):
        classifier.classify_frame(FRAME, "text", batch=processor, checkpoint=path)
    monkeypatch.setattr(processor, "resume", resume)
    monkeypatch.setattr(processor, "submit_batch", killed)

    found = classifier.classify_frame(FRAME, "text", batch=processor, checkpoint=path)
    assert found["label"].to_list() == ["Billing", None, "Sales", "Billing"]
    assert classifier.classify_frame(FRAME, "text", batch=processor, checkpoint=path).equals(found)


def test_votes_and_batches_do_not_go_together(served):
    _, classifier, processor = served()
    voting = ListClassifierPipeline(classifier._kit, options=OPTIONS, votes=3)

    with pytest.raises(UsageError, match="votes=3"):
        voting.classify_frame(FRAME, "text", batch=processor)


def test_a_text_that_a_batch_says_nothing_of_has_an_error_that_says_so(served, monkeypatch):
    _, classifier, processor = served(said("Billing"), said("Sales"))
    resume = processor.resume
    monkeypatch.setattr(processor, "resume", lambda *args, **given: list(resume(*args, **given))[:1])

    found = classifier.classify_frame(FRAME, "text", batch=processor)
    assert found["label"].null_count() < 4
    assert "the batch has no answer for it" in found["error"].to_list()

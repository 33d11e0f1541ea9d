"""Datasets from recorded calls, ledgers and audit logs. What became no example is told, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from colours import run_unblocked
from contracts.served_table import SERVED, Asynchronous, Colour, Served, Sync

from racto_nb.exceptions import MissingFileError, RactoGatewayBadRequestError, ReplayFileError, UsageError, WrongTypeError
from racto_nb.finetune import Provenance, RactoDataset, TrainingToolCall
from racto_nb.ledger import ledger_at
from racto_nb.models import ChatConfig, Message
from racto_nb.models.messages import ToolCallResult
from racto_nb.models.response import FinishReason
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.replay import record
from racto_nb.testing import FakeFault, FakeKit, FakeProvider, FakeReply
from racto_nb.tools import ToolRegistry

PROMPT = RactoPrompt(role="You count.", aim="Count.", constraints=[], tone="", output_format="text", anti_hallucination=False)
ASK = ChatConfig(user_message="What is 2 + 2?", prompt=PROMPT)


def add(a: int, b: int) -> int:
    """The sum.

    Args:
        a: One number.
        b: The other.
    """
    return a + b


@pytest.mark.parametrize("served", SERVED, ids=lambda served: served.name)
@pytest.mark.parametrize("colour", [Sync(), Asynchronous()], ids=["sync", "async"])
def test_a_recorded_answer_of_any_provider_becomes_an_example(served: Served, colour: Colour, tmp_path: Path):
    with FakeProvider(["It is 4.", FakeReply.of("It is 4, really.")]) as server, record(tmp_path / "t.jsonl"):
        kit = served.open(server)
        colour.chat(kit, ASK)
        colour.stream(kit, ASK)
    made = RactoDataset.from_replay(tmp_path / "t.jsonl")
    assert made.left_out == ()
    assert [[(turn.role, turn.content) for turn in example.messages] for example in made.dataset] == [
        [("system", PROMPT.compile().strip()), ("user", "What is 2 + 2?"), ("assistant", answer)]
        for answer in ("It is 4.", "It is 4, really.")
    ]
    source = made.dataset[0].provenance
    assert source is not None
    assert (source.source, source.reference) == ("replay", "t.jsonl, entry 0")
    assert source.model


@pytest.mark.parametrize("served", SERVED, ids=lambda served: served.name)
def test_calls_of_tools_and_their_results_are_one_conversation(served: Served, tmp_path: Path):
    call = ToolCallResult(id="call_1", name="add", arguments={"a": 2, "b": 2})
    config = ASK.model_copy(update={"tools": ToolRegistry([add]), "auto_execute_tools": True})
    with FakeProvider([FakeReply(("",), tool_calls=(call,)), "It is 4."]) as server, record(tmp_path / "t.jsonl"):
        served.open(server).chat(config)
    made = RactoDataset.from_replay(tmp_path / "t.jsonl")
    assert made.counts == {"continued": 1}
    (example,) = made.dataset
    assert [turn.role for turn in example.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert [(called.name, called.parsed()) for called in example.messages[2].tool_calls] == [("add", {"a": 2, "b": 2})]
    assert "4" in example.messages[3].content
    assert example.messages[4].content == "It is 4."
    assert [tool.name for tool in example.tools] == ["add"]
    assert set(example.tools[0].parameters["properties"]) == {"a", "b"}  # pyright: ignore[reportArgumentType]
    assert len(RactoDataset.from_replay(tmp_path / "t.jsonl", whole_conversations=False).dataset) == 2


@pytest.mark.parametrize("served", SERVED, ids=lambda served: served.name)
def test_earlier_turns_are_in_the_example(served: Served, tmp_path: Path):
    history = [Message(role="user", content="Hi"), Message(role="assistant", content="Hello.")]  # pyright: ignore[reportArgumentType]
    with FakeProvider(["It is 4."]) as server, record(tmp_path / "t.jsonl"):
        served.open(server).chat(ChatConfig(user_message="And 2 + 2?", history=history))
    (example,) = RactoDataset.from_replay(tmp_path / "t.jsonl").dataset
    assert [turn.content for turn in example.messages] == ["Hi", "Hello.", "And 2 + 2?", "It is 4."]


@pytest.mark.parametrize("served", SERVED, ids=lambda served: served.name)
def test_what_is_cut_withheld_or_failed_is_left_out_and_told(served: Served, tmp_path: Path):
    replies = [FakeReply.of("It is", finish_reason=FinishReason.LENGTH), FakeFault(status=400, code="bad", message="No.")]
    with FakeProvider(replies) as server, record(tmp_path / "t.jsonl"):
        kit = served.open(server)
        kit.chat(ASK)
        with pytest.raises(RactoGatewayBadRequestError):
            kit.chat(ASK)
    made = RactoDataset.from_replay(tmp_path / "t.jsonl")
    assert len(made.dataset) == 0
    assert made.counts == {"cut": 1, "failed": 1}
    assert str(made.left_out[0]) == "t.jsonl, entry 0: The answer was cut at max_tokens."


def test_recordings_of_a_folder_are_all_read(tmp_path: Path):
    for name in ("b", "a"):
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        with record(tmp_path / "notebooks" / f"{name}.replay.jsonl"):
            FakeKit([f"Answer {name}."]).chat(ASK)
    made = RactoDataset.from_replay(tmp_path)
    assert [example.messages[-1].content for example in made.dataset] == ["Answer a.", "Answer b."]
    assert repr(made) == "Made(2 examples, left out: nothing)"


def test_what_was_recorded_again_counts_once(tmp_path: Path):
    for answer in ("5", "4"):
        with record(tmp_path / "t.jsonl"):
            FakeKit([answer]).chat(ASK)
    made = RactoDataset.from_replay(tmp_path / "t.jsonl")
    assert [example.messages[-1].content for example in made.dataset] == ["4"]
    assert made.counts == {"replaced": 1}


def test_vectors_are_no_chat_and_scripted_calls_are_kept(tmp_path: Path):
    call = ToolCallResult(id="c", name="add", arguments={"a": 1, "b": 2})
    with record(tmp_path / "t.jsonl"):
        kit = FakeKit([FakeReply(("Let me see.",), tool_calls=(call,))])
        kit.chat(ASK.model_copy(update={"tools": ToolRegistry([add])}))
        from racto_nb.models import EmbeddingConfig

        kit.embed(EmbeddingConfig(texts=["a"]))
    made = RactoDataset.from_replay(tmp_path / "t.jsonl")
    assert made.counts == {"no chat": 1}
    assert made.dataset[0].messages[-1].tool_calls == (TrainingToolCall("add", '{"a":1,"b":2}', "c"),)


@pytest.mark.parametrize("served", [served for served in SERVED if served.names_files], ids=lambda served: served.name)
def test_questions_with_files_are_left_out(served: Served, tmp_path: Path):
    picture = RactoFile(b"\x89PNG" + b"0" * 10_000, "image/png", name="chart.png")
    with FakeProvider(["A chart."]) as server, record(tmp_path / "t.jsonl"):
        served.open(server).chat(ChatConfig(user_message="What is it?", attachments=[picture]))
    assert RactoDataset.from_replay(tmp_path / "t.jsonl").counts == {"files": 1}


def test_what_is_no_recording_is_an_error(tmp_path: Path):
    with pytest.raises(MissingFileError):
        RactoDataset.from_replay(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="no recordings"):
        RactoDataset.from_replay(tmp_path)
    (tmp_path / "t.jsonl").write_text("{}\n")
    with pytest.raises(ReplayFileError):
        RactoDataset.from_replay(tmp_path / "t.jsonl")


def test_the_async_twins_leave_the_loop_free(tmp_path: Path):
    with record(tmp_path / "t.jsonl"):
        FakeKit(["4"]).chat(ASK)
    assert run_unblocked(RactoDataset.afrom_replay(tmp_path / "t.jsonl")) == RactoDataset.from_replay(tmp_path / "t.jsonl")


def test_a_ledger_that_keeps_texts_gives_questions_and_answers(tmp_path: Path):
    with ledger_at(tmp_path / "ledger", texts=True) as ledger:
        kit = FakeKit(["4", FakeReply.of("no", finish_reason=FinishReason.LENGTH)])
        kit.chat(ASK)
        kit.chat(ASK)
    assert ledger is not None
    made = RactoDataset.from_ledger(ledger, system="Count.")
    assert [turn.content for turn in made.dataset[0].messages] == ["Count.", "What is 2 + 2?", "4"]
    source = made.dataset[0].provenance
    assert source is not None
    assert (source.source, source.model) == ("ledger", "fake:fake-model")
    assert source.made.endswith("Z")
    assert made.counts == {"cut": 1}
    assert run_unblocked(RactoDataset.afrom_ledger(tmp_path / "ledger", system="Count.")) == made


def test_a_ledger_without_texts_says_what_to_do(tmp_path: Path):
    with ledger_at(tmp_path / "ledger") as ledger:
        FakeKit(["4"]).chat(ASK)
    with pytest.raises(UsageError, match=r"keeps no texts.*texts=True.*from_replay"):
        RactoDataset.from_ledger(ledger)


def test_what_is_no_ledger_is_told_as_that(tmp_path: Path):
    (tmp_path / "ledger").mkdir()
    (tmp_path / "calls.db").write_bytes(b"garbage")
    with pytest.raises(MissingFileError, match="'ledger'"):
        RactoDataset.from_ledger(tmp_path / "leger")
    with pytest.raises(UsageError, match="is a file, and no ledger"):
        RactoDataset.from_ledger(tmp_path / "calls.db")
    for empty in (tmp_path / "ledger", ":memory:"):
        with pytest.raises(UsageError, match="has no answers"):
            RactoDataset.from_ledger(empty)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.db", "ledger"]


def entry(**fields: object) -> ClassifierResult:
    told: dict[str, object] = {
        "user_query": "Where is it?",
        "options_provided": ["a", "b"],
        "selected": ["a"],
        "confidences": [0.9],
    }
    return ClassifierResult(**(told | fields))  # pyright: ignore[reportArgumentType]


def test_an_audit_log_gives_texts_with_their_labels(tmp_path: Path):
    results = [
        entry(),
        entry(selected=["a", "b"], confidences=[0.9, 0.8]),
        entry(uncertain=True),
        entry(selected=[], confidences=None, error="no key"),
        entry(selected=[], confidences=None),
        entry(confidences=[0.5]),
    ]
    entries = [result.to_audit_entry(timestamp="2026-01-02T03:04:05+00:00") for result in results]
    lines = [one.model_dump_json() for one in entries]
    (tmp_path / "audit.jsonl").write_text("\n".join([*lines, '{"user_query": "torn']))
    made = RactoDataset.from_audit(tmp_path / "audit.jsonl", system="Sort it.", min_confidence=0.6)
    assert [[turn.content for turn in example.messages] for example in made.dataset] == [
        ["Sort it.", "Where is it?", "a"],
        ["Sort it.", "Where is it?", "a, b"],
    ]
    assert made.dataset[0].tags == {"label": "a"}
    assert made.dataset[0].provenance == Provenance(
        "classifier", "audit.jsonl, line 1", made="2026-01-02T03:04:05+00:00", note="confidence 0.9"
    )
    assert made.counts == {"uncertain": 2, "failed": 1, "empty": 1, "unreadable": 1}
    assert [one.where for one in made.left_out][-1] == "audit.jsonl, line 7"
    for source in (entries, [json.loads(line) for line in lines]):
        again = RactoDataset.from_audit(source, system="Sort it.", min_confidence=0.6)
        assert [example.messages for example in again.dataset] == [example.messages for example in made.dataset]
    assert run_unblocked(RactoDataset.afrom_audit(entries)).counts == {"uncertain": 1, "failed": 1, "empty": 1}


def test_what_is_no_audit_log_is_refused(tmp_path: Path):
    with pytest.raises(MissingFileError):
        RactoDataset.from_audit(tmp_path / "none.jsonl")
    with pytest.raises(WrongTypeError, match="list of entries"):
        RactoDataset.from_audit({"user_query": "x"})  # pyright: ignore[reportArgumentType]
    with pytest.raises(WrongTypeError, match="Entry 0"):
        RactoDataset.from_audit([3])  # pyright: ignore[reportArgumentType]
    with pytest.raises(UsageError, match="min_confidence"):
        RactoDataset.from_audit([], min_confidence=90)

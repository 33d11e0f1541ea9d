"""The documents' own code blocks on training data: built, checked, split and written."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from spec.originals import Runner

from racto_nb.finetune import RactoDataset, RactoTrainingExample

SYSTEM = "You are a Python tutor."


@pytest.fixture
def hundred() -> RactoDataset:
    return RactoDataset.from_pairs([(f"What is number {number}?", f"It is {number}.") for number in range(100)], system=SYSTEM)


def test_block_36_all_six_names_can_be_imported(run: Runner):
    ran = run(36)
    assert ran["RactoDataset"] is RactoDataset
    assert {"RactoTrainingMessage", "OpenAIFineTuner", "GeminiFineTuner", "AnthropicFineTuner"} <= set(ran.names)


def test_block_37_pairs_become_a_dataset_with_the_printed_summary(run: Runner):
    ran = run(37)
    (printed,) = ran.printed
    expected = {"examples": 3, "total_messages": 9, "avg_turns_per_example": 3.0, "multimodal_examples": 0}
    assert ast.literal_eval(printed) == expected


def test_block_38_a_conversation_of_several_turns(run: Runner):
    (example,) = run(38)["ds"]
    assert [message.role for message in example.messages] == ["system", "user", "assistant", "user", "assistant"]


def test_block_39_a_picture_goes_with_the_question(run: Runner, tmp_path: Path):
    (tmp_path / "sales_chart.png").write_bytes(b"\x89PNG\r\n a small chart")
    ran = run(39, replaced={"sales_chart.png": str(tmp_path / "sales_chart.png")})
    (printed,) = ran.printed
    expected = {"examples": 1, "total_messages": 3, "avg_turns_per_example": 3.0, "multimodal_examples": 1}
    assert ast.literal_eval(printed) == expected


def test_block_40_examples_are_added_one_by_one_and_together(run: Runner):
    ran = run(40, RactoDataset=RactoDataset, RactoTrainingExample=RactoTrainingExample)
    assert [example.messages[-1].content for example in ran["ds"]] == ["A1", "A2", "A3", "A4"]


def test_block_41_valid_data_is_said_to_be_valid_and_split(run: Runner, hundred: RactoDataset):
    ran = run(41, ds=hundred)
    assert ran.printed == ["Dataset is valid.", "Train: 80  |  Val: 20"]
    assert sorted(map(str, [*ran["train_ds"], *ran["val_ds"]])) == sorted(map(str, hundred))


def test_block_41_each_error_is_printed(run: Runner, hundred: RactoDataset):
    hundred.add(RactoTrainingExample.from_conversation([("user", "What is it?"), ("assistant", "")]))
    printed = run(41, ds=hundred).printed
    assert len(printed) == 2
    assert "100" in printed[0]


def test_block_42_files_of_three_formats_are_written_and_written_over(
    run: Runner, hundred: RactoDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    train, validation = hundred.split(train_ratio=0.8, seed=42)
    for _ in range(2):
        run(42, train_ds=train, val_ds=validation)
    lines = {path.name: path.read_text(encoding="utf-8").splitlines() for path in tmp_path.glob("*.jsonl")}
    assert {name: len(each) for name, each in lines.items()} == {
        "train.jsonl": 80,
        "val.jsonl": 20,
        "train_ant.jsonl": 80,
        "train_gem.jsonl": 80,
    }
    first = train[0]
    question, answer = first.messages[1].content, first.messages[2].content
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    assert json.loads(lines["train.jsonl"][0]) == {"messages": [{"role": "system", "content": SYSTEM}, *turns]}
    assert json.loads(lines["train_ant.jsonl"][0]) == {"system": SYSTEM, "messages": turns}
    assert SYSTEM in lines["train_gem.jsonl"][0], "the documents' Gemini lines lose the system text; ours keep it"
    assert RactoDataset.from_jsonl("train.jsonl") == train

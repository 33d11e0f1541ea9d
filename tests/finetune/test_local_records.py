"""What trainers on a machine of one's own would lose or misread: tools, weights, and data to measure with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from finetune.tuners import data

from racto_nb.exceptions import DatasetError
from racto_nb.finetune import LocalFineTuner, RactoDataset, RactoTrainingExample, RactoTrainingMessage
from racto_nb.finetune.calls import TrainingTool, TrainingToolCall

WEATHER = TrainingTool("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
QUESTION = RactoTrainingMessage("user", "How is the weather?")


def calling(arguments: str, name: str = "weather") -> RactoTrainingMessage:
    return RactoTrainingMessage("assistant", tool_calls=(TrainingToolCall(name, arguments, "call_1"),))


def talk_with_tool(arguments: str, name: str = "weather") -> RactoTrainingExample:
    turns = (QUESTION, calling(arguments, name), RactoTrainingMessage("tool", "Rain.", tool_call_id="call_1"))
    return RactoTrainingExample((*turns, RactoTrainingMessage("assistant", "It rains.")), (WEATHER,))


def weighted(weight: float | None) -> RactoTrainingExample:
    first = RactoTrainingMessage("assistant", "Which city?", weight=weight)
    return RactoTrainingExample(
        (QUESTION, first, RactoTrainingMessage("user", "Oslo"), RactoTrainingMessage("assistant", "Rain."))
    )


def pair(*, preferred: RactoTrainingMessage, tools: tuple[TrainingTool, ...] = ()) -> RactoDataset:
    rejected = RactoTrainingMessage("assistant", "Who knows.")
    return RactoDataset([RactoTrainingExample((QUESTION,), tools, preferred=(preferred,), rejected=(rejected,))])


def records(folder: Path, name: str = "train.jsonl") -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict]]:
    """What the script reads: its lines up to the trainer are run."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder / "cache")
    lines = (folder / "train.py").read_text().split("trainer = ")[0].splitlines()
    names = {"__file__": str(folder / "train.py")}
    exec("\n".join(line for line in lines if not line.startswith(("from trl", "from peft"))), names)
    return {split: list(rows) for split, rows in names["data"].items()}


def test_trl_gets_arguments_of_calls_as_objects_and_its_script_reads_them_as_they_are(tmp_path, monkeypatch):
    given = ['{"city": "Oslo"}', '{\n  "days": [1, "two"],\n  "deep": {"a": null}\n}', "{}"]
    talks = RactoDataset([*map(talk_with_tool, given), weighted(None)])
    folder = LocalFineTuner().export(talks, tmp_path / "out", validation_dataset=data(count=2), check=False)
    for rows in (records(folder), loaded(folder, monkeypatch)["train"]):
        called = [row["messages"][1]["tool_calls"][0]["function"]["arguments"] for row in rows[:3]]
        assert called == [{"city": "Oslo"}, {"days": [1, "two"], "deep": {"a": None}}, {}]
        assert rows[0]["tools"][0]["function"]["name"] == "weather"
    assert "Features" not in (LocalFineTuner().export(data(), tmp_path / "plain") / "train.py").read_text()


def test_numbers_in_arguments_stay_to_the_letter(tmp_path):
    talks = RactoDataset([talk_with_tool('{"n": 123456789012345678901234567890, "x": 1.10}')])
    text = (LocalFineTuner().export(talks, tmp_path / "out", check=False) / "train.jsonl").read_text()
    assert '{"n":123456789012345678901234567890,"x":1.10}' in text


@pytest.mark.parametrize("arguments", ["", "[1]", '{"city": ', "Oslo"])
def test_arguments_that_are_no_object_are_refused_for_trl(arguments, tmp_path):
    talks = RactoDataset([talk_with_tool("{}"), talk_with_tool(arguments)])
    with pytest.raises(DatasetError, match="Example 1 has a call of 'weather' whose arguments are no JSON object") as caught:
        LocalFineTuner().export(talks, tmp_path / "out", check=False)
    assert caught.value.example == 1
    assert list(tmp_path.iterdir()) == []


def test_axolotl_reads_arguments_as_text_itself(tmp_path):
    folder = LocalFineTuner("axolotl").export(RactoDataset([talk_with_tool('{"city": "Oslo"}')]), tmp_path / "out", check=False)
    assert records(folder)[0]["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"city": "Oslo"}'


def test_axolotl_is_told_which_turns_are_learnt(tmp_path):
    talks = RactoDataset([weighted(0), weighted(1), weighted(None)])
    folder = LocalFineTuner("axolotl").export(talks, tmp_path / "out", validation_dataset=data(), check=False)
    marks = [[turn["training"] for turn in row["messages"]] for row in records(folder)]
    assert marks == [[False, False, False, True], [False, True, False, True], [False, True, False, True]]
    assert "weight" not in (folder / "train.jsonl").read_text()
    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert [config[name][0]["message_field_training"] for name in ("datasets", "test_datasets")] == ["training"] * 2


def test_trl_learns_answers_alone_and_refuses_a_weight_of_zero(tmp_path):
    folder = LocalFineTuner().export(RactoDataset([weighted(1)]), tmp_path / "out", check=False)
    assert "assistant_only_loss=True" in (folder / "train.py").read_text()
    assert "assistant_only_loss" in (folder / "README.md").read_text()
    assert "weight" not in (folder / "train.jsonl").read_text()
    with pytest.raises(
        DatasetError, match=r"Example 1 has an answer of the weight 0; trl learns each answer whole\. axolotl can"
    ):
        LocalFineTuner().export(RactoDataset([weighted(None), weighted(0)]), tmp_path / "other")
    with pytest.raises(DatasetError, match=r"weight 0\.5; axolotl"):
        LocalFineTuner("axolotl").export(RactoDataset([weighted(0.5)]), tmp_path / "other", check=False)


@pytest.mark.parametrize("trainer", ["trl", "axolotl"])
def test_a_preferred_answer_of_no_weight_is_refused(trainer, tmp_path):
    answer = RactoTrainingMessage("assistant", "Rain.", weight=0)
    with pytest.raises(DatasetError, match="a trainer of preferences learns each answer whole"):
        LocalFineTuner(trainer).export(pair(preferred=answer), tmp_path / "out", method="dpo", check=False)


@pytest.mark.parametrize("epochs", [1, 3])
def test_axolotl_measures_after_each_epoch_where_there_is_data_for_it(epochs, tmp_path):
    folder = LocalFineTuner("axolotl").export(data(), tmp_path / "out", validation_dataset=data("other"), n_epochs=epochs)
    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert config["eval_strategy"] == "epoch"
    assert config["test_datasets"][0]["path"] == "validation.jsonl"


@pytest.mark.parametrize(
    "given",
    [
        pair(preferred=calling("{}")),
        pair(preferred=RactoTrainingMessage("assistant", "Rain."), tools=(WEATHER,)),
    ],
)
def test_preference_pairs_with_tools_are_refused_for_axolotl_and_taken_for_trl(given, tmp_path, monkeypatch):
    with pytest.raises(DatasetError, match=r"Example 0 has tools; axolotl reads nothing but the text.*trl reads tools"):
        LocalFineTuner("axolotl").export(given, tmp_path / "out", method="dpo", check=False)
    assert list(tmp_path.iterdir()) == []
    folder = LocalFineTuner().export(given, tmp_path / "out", method="dpo", check=False)
    assert loaded(folder, monkeypatch)["train"] == records(folder)

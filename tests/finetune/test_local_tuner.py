"""Folders for trainers on a machine of one's own, and Anthropic's tuner, which only writes."""

from __future__ import annotations

import ast
import asyncio
import json
from pathlib import Path

import pytest
import yaml
from finetune.tuners import called, data, each_colour
from hypothesis import example, given
from hypothesis.strategies import characters, floats, integers, text

from racto_nb.exceptions import DatasetError, DatasetFileExistsError, TuningWarning, UnsupportedError, UsageError, WrongTypeError
from racto_nb.finetune import AnthropicFineTuner, LocalFineTuner, RactoDataset, RactoTrainingExample, RactoTrainingMessage
from racto_nb.finetune.tuning.data import Wish, prepared
from racto_nb.finetune.tuning.recipes import FORMATS, LocalRecipe, files_of
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.prompts.files import RactoFile

PAIRS = RactoDataset(
    [
        RactoTrainingExample(
            (RactoTrainingMessage("user", f"What is {number} + {number}?"),),
            preferred=(RactoTrainingMessage("assistant", f"It is {number * 2}."),),
            rejected=(RactoTrainingMessage("assistant", f"Perhaps {number * 3}, who knows."),),
        )
        for number in range(2, 14)
    ]
)


def records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@each_colour
def test_a_folder_for_trl_has_data_script_and_command(colour, tmp_path):
    folder = called(colour, Closable(), "export", data(), tmp_path / "out", "org/model", validation_dataset=data("other"))
    assert sorted(each.name for each in folder.iterdir()) == ["README.md", "train.jsonl", "train.py", "validation.jsonl"]
    assert RactoDataset.from_jsonl(folder / "train.jsonl") == data()
    script = (folder / "train.py").read_text()
    ast.parse(script)
    for part in (
        "SFTTrainer(",
        "model='org/model'",
        "num_train_epochs=3",
        "learning_rate=0.0002",
        'data["validation"]',
        "LoraConfig(",
    ):
        assert part in script
    readme = (folder / "README.md").read_text()
    assert "python train.py" in readme
    assert "12 examples" in readme
    assert list(tmp_path.iterdir()) == [folder]


class Closable(LocalFineTuner):
    async def aclose(self) -> None:
        """There is nothing to close; `called` closes tuners."""


def test_a_folder_for_axolotl_has_a_configuration(tmp_path):
    folder = LocalFineTuner("axolotl").export(
        data(), tmp_path / "out", "org/model: x", adapter=False, n_epochs=2, learning_rate=1e-5
    )
    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert (config["base_model"], config["num_epochs"], config["learning_rate"]) == ("org/model: x", 2, 1e-5)
    assert config["datasets"] == [
        {
            "path": "train.jsonl",
            "ds_type": "json",
            "split": "train",
            "type": "chat_template",
            "field_messages": "messages",
            "message_field_training": "training",
        }
    ]
    assert "adapter" not in config
    assert not {"test_datasets", "eval_strategy"} & set(config)


@pytest.mark.parametrize("trainer", ["trl", "axolotl"])
def test_preference_pairs_have_the_names_that_trainers_read(trainer, tmp_path):
    folder = LocalFineTuner(trainer).export(PAIRS, tmp_path / "out", method="dpo", validation_dataset=PAIRS, check=False)
    first = records(folder / "train.jsonl")[0]
    answer, other = ({"role": "assistant", "content": text} for text in ("It is 4.", "Perhaps 6, who knows."))
    question = [{"role": "user", "content": "What is 2 + 2?"}]
    if trainer == "trl":
        assert first == {"prompt": question, "chosen": [answer], "rejected": [other]}
        assert "DPOTrainer(" in (folder / "train.py").read_text()
    else:
        assert first == {"messages": question, "chosen": answer, "rejected": other}
        assert yaml.safe_load((folder / "config.yaml").read_text())["rl"] == "dpo"


@each_colour
@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_a_few_examples_are_enough_for_a_trainer_of_ones_own(colour, method, tmp_path):
    train, measured = (data(count=3), data("other", 1)) if method == "sft" else (few("cat"), few("dog"))
    assert len(train.validate(FORMATS["trl"][method]).errors) == 1
    folder = called(colour, Closable(), "export", train, tmp_path / "out", validation_dataset=measured, method=method)
    assert [len(records(folder / name)) for name in ("train.jsonl", "validation.jsonl")] == [len(train), len(measured)]


def few(name: str) -> RactoDataset:
    return RactoDataset(
        [
            RactoTrainingExample(
                (RactoTrainingMessage("user", f"What does a {name} eat?"),),
                preferred=(RactoTrainingMessage("assistant", f"A {name} eats meat."),),
                rejected=(RactoTrainingMessage("assistant", f"No idea, ask the {name} itself."),),
            )
        ]
    )


def test_data_to_measure_with_has_no_least_size_and_data_to_train_on_has_what_the_provider_states():
    wish = Wish("openai", check=True)
    with pytest.raises(DatasetError, match="10 or more"):
        SyncDriver().run(prepared(data(count=3), wish))
    assert SyncDriver().run(prepared(data(count=3), wish.for_measuring())).examples == 3
    with pytest.raises(DatasetError, match="1 error"):
        SyncDriver().run(prepared(RactoDataset.from_pairs([("Is it empty?", "")]), wish.for_measuring()))


def test_a_folder_is_replaced_only_where_that_is_said_and_it_holds_nothing_else(tmp_path):
    tuner = LocalFineTuner()
    folder = tuner.export(data(), tmp_path / "out", validation_dataset=data("other"))
    with pytest.raises(DatasetFileExistsError, match="overwrite=True"):
        tuner.export(data("other"), folder)
    assert RactoDataset.from_jsonl(folder / "train.jsonl") == data()
    tuner.export(data("other"), folder, overwrite=True)
    assert RactoDataset.from_jsonl(folder / "train.jsonl") == data("other")
    assert not (folder / "validation.jsonl").exists()
    (folder / "thesis.tex").write_text("years")
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        tuner.export(data(), folder, overwrite=True)
    assert (folder / "thesis.tex").read_text() == "years"
    assert list(tmp_path.iterdir()) == [folder]


def test_what_cannot_be_written_leaves_the_old_folder_as_it_was(tmp_path, monkeypatch):
    folder = LocalFineTuner().export(data(), tmp_path / "out")
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="No space left"):
        LocalFineTuner().export(data("other"), folder, overwrite=True)
    assert RactoDataset.from_jsonl(folder / "train.jsonl") == data()
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    "given",
    [
        {"method": "ppo"},
        {"n_epochs": 0},
        {"batch_size": 1.5},
        {"max_length": True},
        *({"model": name} for name in (" ", "org/model\n# Title", "org/model\x7f", "org\u2028model", None)),
        *({"seed": seed} for seed in ("x", None, True, -1, 1.0, 2**32)),
        *({"learning_rate": rate} for rate in (0, -1e-4, "2e-4", True, float("nan"), float("inf"), 10**400, [1e-4])),
    ],
)
@pytest.mark.parametrize("trainer", ["trl", "axolotl"])
def test_what_is_written_wrongly_is_refused(trainer, given, tmp_path):
    with pytest.raises(UsageError, match=f"^{next(iter(given))} is "):
        LocalFineTuner(trainer).export(data(), tmp_path / "out", **given)
    assert list(tmp_path.iterdir()) == []


@given(
    model=text(characters(exclude_categories=["C", "Z"]), min_size=1),
    rate=floats(min_value=0, exclude_min=True, allow_infinity=False) | integers(1, 9),
)
@example(model="org/model: x", rate=1e-11)
@example(model="'\"#{}", rate=5e-324)
def test_each_name_and_each_learning_rate_is_read_as_it_was_given(model, rate):
    for trainer in FORMATS:
        recipe = LocalRecipe(trainer, model, "sft", 3, 4, rate, 2048, adapter=True, seed=0)
        recipe.check()
        files = files_of(recipe, b"", None, examples=0)
        if trainer == "axolotl":
            config = yaml.safe_load(files["config.yaml"])
            assert (config["base_model"], config["learning_rate"]) == (model, rate)
        else:
            told = {word.arg: word.value for word in ast.walk(ast.parse(files["train.py"])) if isinstance(word, ast.keyword)}
            assert [ast.literal_eval(told[name]) for name in ("model", "learning_rate")] == [model, rate]


def test_a_link_stays_and_the_folder_that_it_leads_to_is_replaced_where_that_is_said(tmp_path):
    folder = LocalFineTuner().export(data(), tmp_path / "real" / "out")
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(DatasetFileExistsError):
        LocalFineTuner().export(data("other"), link)
    assert LocalFineTuner().export(data("other"), link, overwrite=True) == link
    assert RactoDataset.from_jsonl(folder / "train.jsonl") == data("other")
    assert link.readlink() == folder
    assert sorted(tmp_path.iterdir()) == [link, tmp_path / "real"]
    assert list((tmp_path / "real").iterdir()) == [folder]


def test_a_link_that_leads_nowhere_is_not_replaced_unless_that_is_said(tmp_path):
    link, folder = tmp_path / "link", tmp_path / "real"
    link.symlink_to(folder)
    with pytest.raises(DatasetFileExistsError, match="overwrite=True"):
        LocalFineTuner().export(data(), link)
    assert link.readlink() == folder
    LocalFineTuner().export(data(), link, overwrite=True)
    assert RactoDataset.from_jsonl(folder / "train.jsonl") == data()
    assert sorted(tmp_path.iterdir()) == [link, folder]


def test_other_trainers_and_other_data_are_refused(tmp_path):
    with pytest.raises(UsageError, match="axolotl"):
        LocalFineTuner("llamafactory")
    with pytest.raises(WrongTypeError):
        LocalFineTuner().export([("Q", "A")], tmp_path / "out")
    picture = RactoTrainingExample.from_pair("What is it?", "A dot.", user_attachments=[RactoFile.from_bytes(b"x", "image/png")])
    with pytest.raises(DatasetError, match="Example 1 holds a file"):
        LocalFineTuner().export(RactoDataset([data()[0], picture]), tmp_path / "out", check=False)


@pytest.mark.parametrize("trainer", ["trl", "axolotl"])
def test_a_text_in_pieces_is_one_text_for_trainers(trainer, tmp_path):
    turns = (
        RactoTrainingMessage.of_parts("user", ["What is ", "a list?"]),
        RactoTrainingMessage.of_parts("assistant", ["A row."]),
    )
    folder = LocalFineTuner(trainer).export(RactoDataset([RactoTrainingExample(turns)]), tmp_path / "out", check=False)
    (record,) = map(json.loads, (folder / "train.jsonl").read_text().splitlines())
    assert [turn["content"] for turn in record["messages"]] == ["What is a list?", "A row."]


def anthropic_tuner() -> AnthropicFineTuner:
    with pytest.warns(TuningWarning, match=r"no endpoint for fine-tuning.*LocalFineTuner.*export") as told:
        tuner = AnthropicFineTuner(api_key="sk-ant-of-the-tests")
    assert told[0].filename == __file__
    assert "sk-ant" not in f"{told[0].message} {tuner!r} {vars(tuner)}"
    return tuner


def test_anthropics_tuner_says_at_once_that_there_is_none_and_writes_the_data(tmp_path):
    tuner = anthropic_tuner()
    path = tuner.export(data(), tmp_path / "train.jsonl")
    assert RactoDataset.from_jsonl(path, provider="anthropic") == data()
    with pytest.raises(DatasetFileExistsError):
        tuner.export(data(), path)
    assert asyncio.run(tuner.aexport(data(), path, overwrite=True)) == path
    with pytest.raises(DatasetError):
        tuner.export(RactoDataset.from_pairs([("Is it empty?", "")] * 12), tmp_path / "bad.jsonl")
    assert not (tmp_path / "bad.jsonl").exists()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("upload_dataset", [data()]), ("create_job", ["file-1"]), ("get_status", ["job"]), ("list_jobs", []), ("cancel_job", ["job"]),
        ("wait_for_completion", ["job"]), ("run_pipeline", [data()]),
    ],
)  # fmt: skip
def test_every_other_method_of_it_says_what_to_use_instead(method, arguments):
    tuner = anthropic_tuner()
    with pytest.raises(UnsupportedError, match=f"{method} cannot be done.*Use LocalFineTuner"):
        getattr(tuner, method)(*arguments)
    with pytest.raises(UnsupportedError, match="Bedrock, ended on 2026-09-10"):
        asyncio.run(getattr(tuner, f"a{method}")(*arguments))

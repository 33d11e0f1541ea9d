"""What stands in the folder for a trainer: its data, its configuration, and a README. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from racto_nb.exceptions import DatasetError, UsageError

FORMATS: Mapping[str, Mapping[str, str]] = {
    "trl": {"sft": "openai", "dpo": "openai_dpo"},
    "axolotl": {"sft": "openai", "dpo": "openai_dpo"},
}
"""The trainers, their methods, and the format that the data of each is made of."""
_RATES = {"dpo": 5e-6, "adapter": 2e-4, "whole": 2e-5}
_INSTALL = {"trl": 'pip install "trl[peft]" datasets', "axolotl": 'pip install "axolotl[flash-attn]"'}
_RUN = {"trl": "python train.py", "axolotl": "axolotl train config.yaml"}
_OUTPUT = "model"
FILES = frozenset({"train.jsonl", "validation.jsonl", "train.py", "config.yaml", "README.md"})
"""The names of all files that such a folder may have."""


@dataclass(frozen=True, slots=True)
class LocalRecipe:
    """How a model shall learn on a machine of the user's."""

    trainer: str
    model: str
    method: str
    n_epochs: int
    batch_size: int
    learning_rate: float | None
    max_length: int
    adapter: bool
    seed: int

    def check(self) -> None:
        """Raise UsageError for a method that is none, a model without a name and numbers that are none."""
        if self.method not in FORMATS[self.trainer]:
            message = f"method is one of {', '.join(map(repr, FORMATS[self.trainer]))}, not {self.method!r}."
            raise UsageError(message)
        if not isinstance(self.model, str) or not self.model.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            message = f"model is the name of an open model, or its folder; got {self.model!r}."
            raise UsageError(message)
        for name in ("n_epochs", "batch_size", "max_length"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                message = f"{name} is a whole number from 1 on; got {number!r}."
                raise UsageError(message)
        if not 0 < self.rate < math.inf:
            message = f"learning_rate is a number above 0; got {self.learning_rate!r}."
            raise UsageError(message)

    @property
    def rate(self) -> float:
        """The learning rate: as given, or what is usual."""
        usual = _RATES["dpo"] if self.method == "dpo" else _RATES["adapter" if self.adapter else "whole"]
        return usual if self.learning_rate is None else self.learning_rate


def files_of(recipe: LocalRecipe, train: bytes, measured: bytes | None, *, examples: int) -> dict[str, bytes]:
    """The files of the folder, by their names. `train` and `measured` are lines in the format that FORMATS names."""
    files = {"train.jsonl": _lines(recipe, train)}
    if measured is not None:
        files["validation.jsonl"] = _lines(recipe, measured)
    name, text = (
        ("train.py", _script(recipe, measured=measured is not None))
        if recipe.trainer == "trl"
        else (
            "config.yaml",
            _config(recipe, measured=measured is not None),
        )
    )
    return {**files, name: text.encode(), "README.md": _readme(recipe, name, files, examples).encode()}


def _lines(recipe: LocalRecipe, content: bytes) -> bytes:
    """The data as the trainer reads it. Raises DatasetError for what it cannot read."""
    records = [msgspec.json.decode(line, type=dict[str, Any]) for line in content.splitlines() if line.strip()]
    written: list[bytes] = []
    for place, record in enumerate(records):
        given = _pair(recipe, record, place) if recipe.method == "dpo" else record
        turns = [turn for name in ("messages", "prompt", "chosen", "rejected") for turn in _listed(given.get(name))]
        if any(isinstance(turn.get("content"), list) for turn in turns):
            message = f"Example {place} holds a file. Trainers of text read none: leave such examples out. Nothing was written."
            raise DatasetError(message, example=place)
        written.append(msgspec.json.encode(given))
    return b"\n".join([*written, b""])


def _pair(recipe: LocalRecipe, record: Mapping[str, Any], place: int) -> dict[str, Any]:
    """A preference pair as trainers name its parts. axolotl takes one answer of each kind, trl several turns."""
    asked, chosen, rejected = record["input"], record["preferred_output"], record["non_preferred_output"]
    tools = {"tools": asked["tools"]} if asked.get("tools") else {}
    if recipe.trainer == "trl":
        return {"prompt": asked["messages"], "chosen": chosen, "rejected": rejected, **tools}
    if len(chosen) != 1 or len(rejected) != 1:
        message = f"Example {place} prefers several turns; axolotl takes one answer of each kind. Nothing was written."
        raise DatasetError(message, example=place)
    return {"messages": asked["messages"], "chosen": chosen[0], "rejected": rejected[0], **tools}


def _listed(turns: Any) -> list[dict[str, Any]]:
    return turns if isinstance(turns, list) else [turns] if isinstance(turns, dict) else []  # pyright: ignore[reportUnknownVariableType]


def _script(recipe: LocalRecipe, *, measured: bool) -> str:
    """The script for trl."""
    kind = "DPO" if recipe.method == "dpo" else "SFT"
    options = {
        "output_dir": None,
        "num_train_epochs": recipe.n_epochs,
        "per_device_train_batch_size": recipe.batch_size,
        "learning_rate": recipe.rate,
        "max_length": recipe.max_length,
        "seed": recipe.seed,
        "logging_steps": 10,
        "save_strategy": "epoch",
        "eval_strategy": "epoch" if measured else "no",
        "report_to": "none",
    }
    told = "\n".join(f"        {name}={value!r}," for name, value in options.items() if value is not None)
    validation = ', "validation": str(HERE / "validation.jsonl")' if measured else ""
    adapter = '    peft_config=LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, target_modules="all-linear"),\n'
    return f'''"""Tunes an open model on the data beside this file: {_RUN["trl"]}"""

from pathlib import Path

from datasets import load_dataset
{"from peft import LoraConfig" + chr(10) if recipe.adapter else ""}from trl import {kind}Config, {kind}Trainer

HERE = Path(__file__).resolve().parent
data = load_dataset("json", data_files={{"train": str(HERE / "train.jsonl"){validation}}})
trainer = {kind}Trainer(
    model={recipe.model!r},
    train_dataset=data["train"],
    eval_dataset={'data["validation"]' if measured else None},
{adapter if recipe.adapter else ""}    args={kind}Config(
        output_dir=str(HERE / {_OUTPUT!r}),
{told}
    ),
)
trainer.train()
trainer.save_model(str(HERE / {_OUTPUT!r}))
'''


def _config(recipe: LocalRecipe, *, measured: bool) -> str:
    """The configuration for axolotl. JSON's scalars are YAML's too."""
    head: dict[str, Any] = {
        "base_model": recipe.model,
        **({"rl": "dpo"} if recipe.method == "dpo" else {}),
        "chat_template": "tokenizer_default",
        "output_dir": f"./{_OUTPUT}",
        "num_epochs": recipe.n_epochs,
        "micro_batch_size": recipe.batch_size,
        "gradient_accumulation_steps": 1,
        "learning_rate": recipe.rate,
        "optimizer": "adamw_torch",
        "lr_scheduler": "cosine",
        "sequence_len": recipe.max_length,
        "seed": recipe.seed,
        "bf16": "auto",
        "gradient_checkpointing": True,
        "logging_steps": 10,
        "saves_per_epoch": 1,
    }
    adapter = {"adapter": "lora", "lora_r": 16, "lora_alpha": 32, "lora_dropout": 0.05, "lora_target_linear": True}
    entries = [f"{name}: {_scalar(value)}" for name, value in {**head, **(adapter if recipe.adapter else {})}.items()]
    sources = {"datasets": "train.jsonl", **({"test_datasets": "validation.jsonl"} if measured else {})}
    for name, file in sources.items():
        entries += [f"{name}:", *(f"  {line}" for line in _source(recipe, file))]
    return "\n".join([*entries, ""])


def _source(recipe: LocalRecipe, file: str) -> list[str]:
    lines = [f"- path: {_scalar(file)}", "  ds_type: json", "  split: train"]
    if recipe.method == "dpo":
        fields = ("field_messages: messages", "field_chosen: chosen", "field_rejected: rejected")
        return [*lines, "  type: chat_template.default", *(f"  {field}" for field in fields)]
    return [*lines, "  type: chat_template", "  field_messages: messages"]


def _scalar(value: object) -> str:
    return f"{value:.10f}".rstrip("0") if isinstance(value, float) else msgspec.json.encode(value).decode()


def _readme(recipe: LocalRecipe, name: str, files: Mapping[str, bytes], examples: int) -> str:
    measured = " `validation.jsonl` is what it is measured with." if "validation.jsonl" in files else ""
    what = "preference pairs (DPO)" if recipe.method == "dpo" else "conversations (SFT)"
    size = "an adapter (LoRA)" if recipe.adapter else "all weights"
    return f"""# Tuning {recipe.model}

`train.jsonl` holds {examples:,} examples, {what}.{measured} `{name}` trains {size} for {recipe.n_epochs} epochs with
{recipe.trainer}, at a learning rate of {recipe.rate:g}. Change it as you like.

```bash
{_INSTALL[recipe.trainer]}
{_RUN[recipe.trainer]}
```

Run it in this folder, on a machine whose card holds the model. The result is in `{_OUTPUT}`.
"""

"""What stands in the folder for a trainer: its data, its configuration, and a README. Pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, TypeGuard

import msgspec

from racto_nb.exceptions import UsageError
from racto_nb.finetune.tuning.local_records import LISTS, TRAINED, Record, holds_tools, read_by

FORMATS: Mapping[str, Mapping[str, str]] = {
    "trl": {"sft": "openai", "dpo": "openai_dpo"},
    "axolotl": {"sft": "openai", "dpo": "openai_dpo"},
}
"""The trainers, their methods, and the format that the data of each is made of."""
_RATES = {"dpo": 5e-6, "adapter": 2e-4, "whole": 2e-5}
_INSTALL = {"trl": 'pip install "trl[peft]" "datasets>=4.7"', "axolotl": 'pip install "axolotl[flash-attn]"'}
_RUN = {"trl": "python train.py", "axolotl": "axolotl train config.yaml"}
_OUTPUT = "model"
_MOST = 2**32 - 1
"""The largest seed of NumPy, which trainers hand theirs to; other numbers are far below it."""
_ABOUT_ANSWERS = """

The answers are learnt, not the questions (`assistant_only_loss`). For that trl needs a chat template that marks answers: it has
one for the usual families of models, and stops with the reason for others. There, give the model such a template, or take the
line out: then questions are learnt too."""
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
        # A line break or another sign that is not shown would break the files that name the model.
        named = isinstance(self.model, str) and self.model.strip()  # pyright: ignore[reportUnnecessaryIsInstance]
        if not (named and self.model.isprintable()):
            message = f"model is the name of an open model, or its folder, on one line; got {self.model!r}."
            raise UsageError(message)
        for name, least in (("n_epochs", 1), ("batch_size", 1), ("max_length", 1), ("seed", 0)):
            number: object = getattr(self, name)
            if not (_is_number(number, int) and least <= number <= _MOST):
                message = f"{name} is a whole number from {least} to {_MOST}; got {number!r}."
                raise UsageError(message)
        rate: object = self.learning_rate
        if rate is not None and not (_is_number(rate, int | float) and 0 < rate <= sys.float_info.max):
            message = f"learning_rate is a number above 0; got {rate!r}."
            raise UsageError(message)

    @property
    def rate(self) -> float:
        """The learning rate: as given, or what is usual."""
        usual = _RATES["dpo"] if self.method == "dpo" else _RATES["adapter" if self.adapter else "whole"]
        return usual if self.learning_rate is None else float(self.learning_rate)


def _is_number(value: object, kinds: type | UnionType) -> TypeGuard[int | float]:
    return isinstance(value, kinds) and not isinstance(value, bool)


def files_of(recipe: LocalRecipe, train: bytes, measured: bytes | None, *, examples: int) -> dict[str, bytes]:
    """The files of the folder, by their names. `train` and `measured` are lines in the format that FORMATS names.

    Raises DatasetError for what the trainer cannot read.
    """
    given = {"train.jsonl": train} if measured is None else {"train.jsonl": train, "validation.jsonl": measured}
    records = {name: read_by(recipe.trainer, recipe.method, content) for name, content in given.items()}
    name, text = (
        ("train.py", _script(recipe, records))
        if recipe.trainer == "trl"
        else ("config.yaml", _config(recipe, measured=measured is not None))
    )
    files = {file: b"\n".join([*map(msgspec.json.encode, lines), b""]) for file, lines in records.items()}
    return {**files, name: text.encode(), "README.md": _readme(recipe, name, files, examples).encode()}


def _script(recipe: LocalRecipe, records: Mapping[str, Sequence[Record]]) -> str:
    """The script for trl."""
    kind = "DPO" if recipe.method == "dpo" else "SFT"
    measured = "validation.jsonl" in records
    features = _features(recipe, records)
    validation = ', "validation": str(HERE / "validation.jsonl")' if measured else ""
    adapter = '    peft_config=LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, target_modules="all-linear"),\n'
    return f'''"""Tunes an open model on the data beside this file: {_RUN["trl"]}"""

from pathlib import Path

from datasets import {"Features, Json, List, " if features else ""}load_dataset
{"from peft import LoraConfig" + chr(10) if recipe.adapter else ""}from trl import {kind}Config, {kind}Trainer

HERE = Path(__file__).resolve().parent
files = {{"train": str(HERE / "train.jsonl"){validation}}}
data = load_dataset("json", data_files=files{features})
trainer = {kind}Trainer(
    model={recipe.model!r},
    train_dataset=data["train"],
    eval_dataset={'data["validation"]' if measured else None},
{adapter if recipe.adapter else ""}    args={kind}Config(
        output_dir=str(HERE / {_OUTPUT!r}),
{_options(recipe, measured=measured)}
    ),
)
trainer.train()
trainer.save_model(str(HERE / {_OUTPUT!r}))
'''


def _options(recipe: LocalRecipe, *, measured: bool) -> str:
    options = {
        "num_train_epochs": recipe.n_epochs,
        "per_device_train_batch_size": recipe.batch_size,
        "learning_rate": recipe.rate,
        "max_length": recipe.max_length,
        "seed": recipe.seed,
        "logging_steps": 10,
        "save_strategy": "epoch",
        "eval_strategy": "epoch" if measured else "no",
        "report_to": "none",
        **({} if recipe.method == "dpo" else {"assistant_only_loss": True}),
    }
    return "\n".join(f"        {name}={value!r}," for name, value in options.items())


def _features(recipe: LocalRecipe, records: Mapping[str, Sequence[Record]]) -> str:
    """The kinds of the columns, where there are tools: calls differ in their arguments, and a table of fixed fields has none."""
    every = [record for lines in records.values() for record in lines]
    if not any(holds_tools(record, recipe.method) for record in every):
        return ""
    names = {name: None for record in every for name in record}
    told = ", ".join(f"{name!r}: {'List(Json())' if name in LISTS else 'Json()'}" for name in names)
    return f", features=Features({{{told}}})"


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
        **({"eval_strategy": "epoch"} if measured else {}),  # axolotl's evals_per_epoch does not measure a single epoch
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
    return [*lines, "  type: chat_template", "  field_messages: messages", f"  message_field_training: {TRAINED}"]


def _scalar(value: object) -> str:
    """A value as YAML has it. To many readers of YAML, 1e-11 without a point is a text."""
    if not isinstance(value, float):
        return msgspec.json.encode(value).decode()
    digits, sign, power = repr(value).partition("e")
    return f"{digits if '.' in digits else f'{digits}.0'}{sign}{power}"


def _readme(recipe: LocalRecipe, name: str, files: Mapping[str, bytes], examples: int) -> str:
    measured = " `validation.jsonl` is what it is measured with." if "validation.jsonl" in files else ""
    what = "preference pairs (DPO)" if recipe.method == "dpo" else "conversations (SFT)"
    size = "an adapter (LoRA)" if recipe.adapter else "all weights"
    trl_talks = recipe.trainer == "trl" and recipe.method == "sft"
    return f"""# Tuning {recipe.model}

`train.jsonl` holds {examples:,} examples, {what}.{measured} `{name}` trains {size} for {recipe.n_epochs} epochs with
{recipe.trainer}, at a learning rate of {recipe.rate:g}. Change it as you like.

```bash
{_INSTALL[recipe.trainer]}
{_RUN[recipe.trainer]}
```

Run it in this folder, on a machine whose card holds the model. The result is in `{_OUTPUT}`.{_ABOUT_ANSWERS if trl_talks else ""}
"""

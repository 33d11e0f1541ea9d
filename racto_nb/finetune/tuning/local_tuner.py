"""A folder for a trainer on a machine of your own: the data in its format, its configuration, and what to run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from racto_nb.exceptions import UsageError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning.data import Wish, lines_of
from racto_nb.finetune.tuning.exporting import free_place, write_folder
from racto_nb.finetune.tuning.recipes import FILES, FORMATS, LocalRecipe, files_of
from racto_nb.flow.threads import in_thread

Trainer = Literal["trl", "axolotl"]
Method = Literal["sft", "dpo"]
_MODEL = "Qwen/Qwen3-0.6B"
_OF_A_PROVIDER = ("too_few_examples", "few_examples", "too_many_tokens")
"""Rules on figures of the provider whose format is written. A trainer at home has none; `max_length` cuts what is long."""


class LocalFineTuner:
    """Writes what an open trainer needs to tune an open model: nothing is sent, installed or started.

    `trainer` is "trl" (a Python script) or "axolotl" (a YAML file). The folder has `train.jsonl` and, where it is given,
    `validation.jsonl`, the trainer's configuration, and a README.md with the commands.

    >>> LocalFineTuner("axolotl").trainer
    'axolotl'
    """

    def __init__(self, trainer: Trainer = "trl") -> None:
        if trainer not in FORMATS:
            message = f"trainer is one of {', '.join(map(repr, FORMATS))}, not {trainer!r}."
            raise UsageError(message)
        self._trainer: Trainer = trainer

    @property
    def trainer(self) -> Trainer:
        """Whose configuration is written."""
        return self._trainer

    def export(
        self,
        dataset: RactoDataset,
        folder: str | Path,
        model: str = _MODEL,
        *,
        validation_dataset: RactoDataset | None = None,
        method: Method = "sft",
        n_epochs: int = 3,
        batch_size: int = 4,
        learning_rate: float | None = None,
        max_length: int = 2048,
        adapter: bool = True,
        seed: int = 42,
        overwrite: bool = False,
        check: bool = True,
    ) -> Path:
        """Write the folder, whole or not at all, and return its path.

        `model` is an open model as the trainer finds it: a name at Hugging Face, or a folder. `method` is "sft" for conversations
        or "dpo" for preference pairs. `batch_size` is for one device, `max_length` in tokens; `learning_rate` is 2e-4 for an
        adapter (LoRA), 2e-5 for the whole model, 5e-6 for "dpo", unless you say another. With `check` the data is looked through
        first, and an error (DatasetError) stops it; what providers say of the size of data does not count here. A folder that is
        there stays (DatasetFileExistsError); with `overwrite` it is replaced where it holds nothing but such files.
        """
        recipe = LocalRecipe(self._trainer, model, method, n_epochs, batch_size, learning_rate, max_length, adapter, seed)
        return _written(recipe, dataset, validation_dataset, folder, overwrite=overwrite, check=check)

    async def aexport(
        self,
        dataset: RactoDataset,
        folder: str | Path,
        model: str = _MODEL,
        *,
        validation_dataset: RactoDataset | None = None,
        method: Method = "sft",
        n_epochs: int = 3,
        batch_size: int = 4,
        learning_rate: float | None = None,
        max_length: int = 2048,
        adapter: bool = True,
        seed: int = 42,
        overwrite: bool = False,
        check: bool = True,
    ) -> Path:
        """Write the folder, whole or not at all, and return its path."""
        recipe = LocalRecipe(self._trainer, model, method, n_epochs, batch_size, learning_rate, max_length, adapter, seed)
        return await in_thread(_written, recipe, dataset, validation_dataset, folder, overwrite=overwrite, check=check)

    def __repr__(self) -> str:
        return f"LocalFineTuner({self._trainer!r})"


def _written(
    recipe: LocalRecipe,
    dataset: RactoDataset,
    validation: RactoDataset | None,
    folder: str | Path,
    *,
    overwrite: bool,
    check: bool,
) -> Path:
    recipe.check()
    place = free_place(folder, overwrite=overwrite)  # before the work
    written_as = FORMATS[recipe.trainer][recipe.method]
    wish = Wish(written_as, check, against=validation, unasked=_OF_A_PROVIDER)
    train = lines_of(dataset, wish)
    measured = None if validation is None else lines_of(validation, wish.for_measuring())
    return write_folder(files_of(recipe, train, measured, examples=len(dataset)), place, known=FILES)

"""What a tuner at OpenAI does, written once for both colours. Flows: no I/O here, only effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning.data import Wish, prepared
from racto_nb.finetune.tuning.desk import TuningDesk
from racto_nb.finetune.tuning.starting import started
from racto_nb.finetune.tuning.telling import Teller
from racto_nb.finetune.tuning.uploading import described, key_of, key_of_file, uploaded
from racto_nb.finetune.tuning.waiting import Patience, waited
from racto_nb.flow.effects import Flow
from racto_nb.providers.openai.tuning import OpenAITuning, tuning_of

FORMATS = {"supervised": "openai", "dpo": "openai_dpo", "reinforcement": "openai_rft"}
"""The formats of the methods' files."""
_LONGEST_SUFFIX = 64


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a job shall learn."""

    n_epochs: int | str
    batch_size: int | str
    learning_rate_multiplier: float | str
    suffix: str | None
    method: str
    method_options: Mapping[str, object] | None
    seed: int | None

    def asked(self, model: str, training: str | None, validation: str | None = None) -> dict[str, Any]:
        """The job as the API takes it. Raises UsageError for numbers that are none."""
        numbers = {
            "n_epochs": number_of("n_epochs", self.n_epochs, whole=True),
            "batch_size": number_of("batch_size", self.batch_size, whole=True),
            "learning_rate_multiplier": number_of("learning_rate_multiplier", self.learning_rate_multiplier),
        }
        if self.suffix and len(self.suffix) > _LONGEST_SUFFIX:
            message = f"suffix has at most {_LONGEST_SUFFIX} characters; {self.suffix!r} has {len(self.suffix)}."
            raise UsageError(message)
        format_of(self.method)
        asked = {
            "model": model,
            "training_file": training,
            "validation_file": validation,
            "suffix": self.suffix or None,
            "seed": self.seed,
            "method": tuning_of(self.method, numbers, self.method_options or {}),
        }
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Run:
    """What a pipeline shall do."""

    dataset: RactoDataset = field(repr=False)
    validation: RactoDataset | None = field(repr=False)
    recipe: Recipe
    check: bool


def format_of(method: str) -> str:
    """The format of a method's file. Raises UsageError for a method that is none."""
    if method not in FORMATS:
        message = f"method is one of {', '.join(map(repr, FORMATS))}, not {method!r}."
        raise UsageError(message)
    return FORMATS[method]


def number_of(name: str, value: object, *, whole: bool = False) -> Any:
    """A number above 0, or "auto". Raises UsageError for anything else."""
    kinds = int if whole else int | float
    if value == "auto" or (isinstance(value, kinds) and not isinstance(value, bool) and 0 < value < float("inf")):
        return value
    message = f"{name} is 'auto' or a {'whole ' if whole else ''}number above 0; got {value!r}."
    raise UsageError(message)


def upload(desk: TuningDesk, api: OpenAITuning, dataset: RactoDataset, method: str, *, check: bool) -> Flow[str]:
    """Upload a dataset."""
    desk = yield from desk.now()
    data = yield from prepared(dataset, Wish(format_of(method), check))
    return (yield from uploaded(desk, api, data))


def create(desk: TuningDesk, recipe: Recipe, files: tuple[str, str | None], teller: Teller) -> Flow[str]:
    """Make a job of uploaded files: the training's, and the validation's or None."""
    desk, model = (yield from desk.now()), desk.settings.model
    asked = recipe.asked(model, *files)

    def ready() -> Flow[Mapping[str, Any]]:
        yield from ()
        return asked

    training, validation = files
    key = yield from key_of_file(desk, training)
    other = None if validation is None else (yield from key_of_file(desk, validation))
    return (yield from started(desk, recipe.asked(model, key, other), ready, teller))


def run(desk: TuningDesk, api: OpenAITuning, wanted: Run, patience: Patience) -> Flow[str]:
    """Upload, make a job, wait for its end. Both datasets are looked through before anything is sent."""
    desk = yield from desk.now()
    recipe, model = wanted.recipe, desk.settings.model
    recipe.asked("", "", None)  # what is written wrongly is refused before anything is sent
    wish = Wish(format_of(recipe.method), wanted.check, model)
    data = {"training": (yield from prepared(wanted.dataset, replace(wish, against=wanted.validation)))}
    if wanted.validation is not None:
        data["validation"] = yield from prepared(wanted.validation, wish.for_measuring())
    keys = {what: key_of(desk, each) for what, each in data.items()}

    def ready() -> Flow[Mapping[str, Any]]:
        files: dict[str, str] = {}
        for what, each in data.items():
            yield from patience.teller.say(described(each, what))
            files[what] = yield from uploaded(desk, api, each)
            yield from patience.teller.say(f"{what.capitalize()} file: {files[what]}")
        return recipe.asked(model, files["training"], files.get("validation"))

    job = yield from started(desk, recipe.asked(model, keys["training"], keys.get("validation")), ready, patience.teller)
    report = yield from waited(desk, job, patience, api)
    return report.tuned

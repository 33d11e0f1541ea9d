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
from racto_nb.finetune.tuning.uploading import described, uploaded
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

    def asked(self, model: str, training: str, validation: str | None) -> dict[str, Any]:
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
    data = yield from prepared(dataset, Wish(format_of(method), check))
    return (yield from uploaded(desk, api, data))


def create(desk: TuningDesk, asked: Mapping[str, Any], teller: Teller) -> Flow[str]:
    """Make a job."""
    return (yield from started(desk, asked, teller))


def run(desk: TuningDesk, api: OpenAITuning, wanted: Run, patience: Patience) -> Flow[str]:
    """Upload, make a job, wait for its end. Both datasets are looked through before anything is sent."""
    recipe, say = wanted.recipe, patience.teller.say
    recipe.asked("", "", None)  # what is written wrongly is refused before anything is sent
    written_as = format_of(recipe.method)
    wish = Wish(written_as, wanted.check, desk.settings.model)
    training = yield from prepared(wanted.dataset, replace(wish, against=wanted.validation))
    validation = None
    if wanted.validation is not None:
        validation = yield from prepared(wanted.validation, wish)
    yield from say(described(training, "training"))
    training_file = yield from uploaded(desk, api, training)
    yield from say(f"Training file: {training_file}")
    validation_file = None
    if validation is not None:
        yield from say(described(validation, "validation"))
        validation_file = yield from uploaded(desk, api, validation)
        yield from say(f"Validation file: {validation_file}")
    job = yield from started(desk, recipe.asked(desk.settings.model, training_file, validation_file), patience.teller)
    report = yield from waited(desk, job, patience, api)
    return report.tuned

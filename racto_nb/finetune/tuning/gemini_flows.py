"""What a tuner on Vertex AI does, written once for both colours. Flows: no I/O here, only effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from racto_nb.exceptions import TuningError, UsageError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning.data import Prepared, Wish, prepared
from racto_nb.finetune.tuning.desk import TuningDesk
from racto_nb.finetune.tuning.starting import started
from racto_nb.finetune.tuning.telling import Teller
from racto_nb.finetune.tuning.uploading import key_of
from racto_nb.flow.effects import Flow, call
from racto_nb.providers.google.tuning import tuning_of
from racto_nb.providers.google.vertex import refuse_odd_options

METHODS = ("SUPERVISED_FINE_TUNING", "PREFERENCE_TUNING", "DISTILLATION", "REINFORCEMENT_TUNING")
"""Those that the library knows. It would make a job of any other without the training data."""
FORMATS = {"PREFERENCE_TUNING": "gemini_preference"}
"""The formats of files, where a method's is not the usual one."""
_USUAL = "vertex"
_CLOUD = "gs://"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a job shall learn."""

    display_name: str
    epoch_count: int
    batch_size: int | None
    learning_rate: float | None
    method: str
    options: Mapping[str, object] | None
    check: bool

    def taught(self) -> str:
        """The method, by `options` where it is named there. Raises UsageError for one that is none."""
        method = (self.options or {}).get("method") or self.method
        if method not in METHODS:
            message = f"method is one of {', '.join(map(repr, METHODS))}, not {method!r}. Nothing was sent."
            raise UsageError(message)
        return str(method)

    def config(self) -> dict[str, Any]:
        """The entries of the library's configuration. Raises UsageError for numbers that are none, and an unknown method."""
        method = self.taught()
        for name, number in (("epoch_count", self.epoch_count), ("batch_size", self.batch_size)):
            if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
                message = f"{name} is a whole number from 1 on; got {number!r}."
                raise UsageError(message)
        return {
            "tuned_model_display_name": self.display_name or None,
            "epoch_count": self.epoch_count,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            **(self.options or {}),
            "method": None if method == METHODS[0] else method,
        }


@dataclass(frozen=True, slots=True)
class Sources:
    """What is trained on, and what it is measured with: datasets, or addresses in Cloud Storage. `upload` brings files there."""

    training: RactoDataset | str = field(repr=False)
    validation: RactoDataset | str | None = field(repr=False)
    upload: Callable[[str, bytes], object] | None


def create(desk: TuningDesk, sources: Sources, recipe: Recipe, teller: Teller) -> Flow[str]:
    """Make a job. Both datasets are looked through before anything is sent."""
    desk, config, model = (yield from desk.now()), recipe.config(), desk.settings.model
    yield from call(partial(refuse_odd_options, config))
    against = sources.validation if isinstance(sources.validation, RactoDataset) else None
    training = yield from _source(sources.training, sources, recipe, against)
    validation = None if sources.validation is None else (yield from _source(sources.validation, sources, recipe))

    def asked() -> Flow[Mapping[str, Any]]:
        address = yield from _address(training, sources)
        return tuning_of(model, address, None if validation is None else (yield from _address(validation, sources)), config)

    described = tuning_of(model, _key(desk, training), None if validation is None else _key(desk, validation), config)
    what = f"{training.examples:,} examples" if isinstance(training, Prepared) else training
    yield from teller.say(f"Starting tuning with {what}…")
    return (yield from started(desk, described, asked, teller))


def _key(desk: TuningDesk, source: Prepared | str) -> str:
    return source if isinstance(source, str) else key_of(desk, source)


def _source(
    given: RactoDataset | str, sources: Sources, recipe: Recipe, against: RactoDataset | None = None
) -> Flow[Prepared | str]:
    if isinstance(given, str):
        if not given.startswith(_CLOUD):
            message = f"Vertex AI reads files in Cloud Storage, at an address such as 'gs://bucket/train.jsonl', not {given!r}."
            raise UsageError(message)
        return given
    written_as = FORMATS.get(recipe.taught(), _USUAL)
    if sources.upload is None:
        message = (
            "Vertex AI reads files in Cloud Storage, and its library uploads none. Write the file: "
            f"dataset.export_jsonl('train.jsonl', provider={written_as!r}); copy it: gcloud storage cp train.jsonl "
            "gs://my-bucket/train.jsonl; and give 'gs://my-bucket/train.jsonl' in place of the dataset. Or give the tuner a "
            "function that uploads: GeminiFineTuner(upload=lambda name, content: ...), which returns the address."
        )
        raise UsageError(message)
    return (yield from prepared(given, Wish(written_as, recipe.check, against=against)))


def _address(source: Prepared | str, sources: Sources) -> Flow[str]:
    """Where the file is: as it was told, or where the user's function puts it now.

    Nobody but that function can tell whether a file is still where it once was: so it is called for each job that is made.
    """
    return source if isinstance(source, str) else (yield from _put(source, sources.upload))


def _put(source: Prepared, upload: Callable[[str, bytes], object] | None) -> Flow[str]:
    assert upload is not None  # noqa: S101  (looked at before)
    address: object = yield from call(partial(upload, source.name, source.content))
    if not isinstance(address, str) or not address.startswith(_CLOUD):
        message = (
            f"The function upload= returns the address of the file, such as 'gs://bucket/{source.name}', not {address!r:.80}."
        )
        raise TuningError(message)
    return address

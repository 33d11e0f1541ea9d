"""A dataset as it is handed in: looked through, written in the provider's format, and named by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, cast

from racto_nb.exceptions import DatasetError, WrongTypeError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.findings import Finding
from racto_nb.flow.effects import Flow, call

_SHOWN = 5


class TrainingData(Protocol):
    """What of a dataset is needed here."""

    def __len__(self) -> int: ...

    def validate(self, provider: str = "openai") -> Sequence[Finding]:
        """What is wrong with it."""
        ...

    def to_jsonl_string(self, provider: str = "openai") -> str:
        """It as the lines of a file."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that is ready to go: its `content`, the `digest` of that, and how many examples are in it."""

    content: bytes = field(repr=False)
    digest: str
    examples: int

    @property
    def name(self) -> str:
        """What the file is called at the provider: the same content has the same name, so that it is found again."""
        return f"racto-{self.digest[:24]}.jsonl"


def prepared(dataset: RactoDataset, written_as: str, *, check: bool) -> Flow[Prepared]:
    """The file of a dataset, made where it keeps no event loop waiting.

    Raises WrongTypeError for what is no dataset, DatasetError for an empty one and, with `check`, for one that the provider would
    refuse.
    """
    if not isinstance(dataset, RactoDataset):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"A RactoDataset is trained on, not {type(dataset).__name__}. Write: RactoDataset.from_pairs([...])."
        raise WrongTypeError(message)
    made: Prepared = yield from call(partial(_made, cast("TrainingData", dataset), written_as, check=check))
    return made


def _made(dataset: TrainingData, written_as: str, *, check: bool) -> Prepared:
    if not len(dataset):
        message = "The dataset holds no examples. Nothing was sent."
        raise DatasetError(message)
    if check:
        refuse_faulty(dataset, written_as)
    content = dataset.to_jsonl_string(written_as).encode()
    return Prepared(content, hashlib.sha256(content).hexdigest(), len(dataset))


def refuse_faulty(dataset: TrainingData, written_as: str) -> None:
    """Raise DatasetError where a check finds what the provider would refuse. Warnings and hints stop nothing."""
    errors = [finding for finding in dataset.validate(written_as) if finding.severity == "error"]
    if not errors:
        return
    first = "; ".join(str(finding) for finding in errors[:_SHOWN])
    more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    message = (
        f"{len(errors)} errors in the dataset: {first}{more}. dataset.validate({written_as!r}) lists all, dataset.fix() mends "
        "the safe ones, check=False sends it as it is. Nothing was sent."
    )
    raise DatasetError(message, example=errors[0].example)

"""A dataset as it is handed in: looked through, written in the provider's format, and named by its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from racto_nb.exceptions import DatasetError, WrongTypeError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.flow.effects import Flow, call

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """How a dataset shall be written (the name of a format), for which `model`, and whether it is checked first.

    `against` is the data that the model will be measured with: what stands in both is an error. `unasked` are rules that
    the check leaves out, by their names.
    """

    written_as: str
    check: bool
    model: str | None = None
    against: RactoDataset | None = field(default=None, repr=False)
    unasked: tuple[str, ...] = ()

    def for_measuring(self) -> Self:
        """The wish for data that a model is measured with. Providers state a least size for what is trained on alone."""
        return replace(self, against=None, unasked=(*self.unasked, "too_few_examples", "few_examples"))


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


def prepared(dataset: RactoDataset, wish: Wish) -> Flow[Prepared]:
    """The file of a dataset, made where it keeps no event loop waiting. Raises what `lines_of` raises."""
    made: Prepared = yield from call(partial(_prepared, dataset, wish))
    return made


def _prepared(dataset: RactoDataset, wish: Wish) -> Prepared:
    content = lines_of(dataset, wish)
    return Prepared(content, hashlib.sha256(content).hexdigest(), len(dataset))


def lines_of(dataset: RactoDataset, wish: Wish) -> bytes:
    """The lines of a dataset. Kind: plain; it takes the time that checking takes.

    Raises WrongTypeError for what is no dataset, DatasetError for an empty one and, where it is checked, for one with errors.
    """
    if not isinstance(dataset, RactoDataset):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"A RactoDataset is trained on, not {type(dataset).__name__}. Write: RactoDataset.from_pairs([...])."
        raise WrongTypeError(message)
    if not len(dataset):
        message = "The dataset holds no examples. Nothing was sent or written."
        raise DatasetError(message)
    if wish.check:
        refuse_faulty(dataset, wish)
    lines = dataset.to_jsonl_string(wish.written_as)
    if wish.check and wish.against is not None:
        _refuse_copies(lines, wish.against.to_jsonl_string(wish.written_as))
    return lines.encode()


def _refuse_copies(training: str, validation: str) -> None:
    """Raise DatasetError for an example that is in both: a model is not measured with what it was shown."""
    known = set(validation.split("\n")) - {""}
    both = [place for place, line in enumerate(training.split("\n")) if line in known]
    if both:
        message = (
            f"{len(both)} training example{' is' if len(both) == 1 else 's are'} in the validation data too, the first at place "
            f"{both[0]}. dataset.split() makes two parts that share nothing, check=False takes them as they are. "
            "Nothing was sent or written."
        )
        raise DatasetError(message, example=both[0])


def refuse_faulty(dataset: RactoDataset, wish: Wish) -> None:
    """Raise DatasetError where a check finds what the provider would refuse. Warnings and hints stop nothing."""
    errors = dataset.validate(wish.written_as, model=wish.model, validation=wish.against, ignore=wish.unasked).errors
    if not errors:
        return
    first = "; ".join(str(finding) for finding in errors[:_SHOWN])
    more = f"; and {len(errors) - _SHOWN} more." if len(errors) > _SHOWN else ""
    message = (
        f"{len(errors)} error{'' if len(errors) == 1 else 's'} in the dataset: {first}{more} "
        f"dataset.validate({wish.written_as!r}) lists all, dataset.fix() mends the safe ones, check=False takes it as it is. "
        "Nothing was sent or written."
    )
    raise DatasetError(message, example=errors[0].example)

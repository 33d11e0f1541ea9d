"""The datasets that the notebook's variables hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError, did_you_mean

if TYPE_CHECKING:
    from racto_nb.finetune.dataset import RactoDataset


def datasets_of(namespace: Mapping[str, Any]) -> list[str]:
    """The variables that are datasets. Nothing is imported where there is none."""
    return sorted(name for name, value in namespace.items() if not name.startswith("_") and _is_dataset(value))


def held_dataset(name: str, namespace: Mapping[str, Any]) -> RactoDataset:
    """The dataset in the variable `name`. UsageError where it is none, with the nearest ones."""
    found = namespace.get(name)
    if found is not None and _is_dataset(found):
        return found
    known = datasets_of(namespace)
    what = f"{name} is a {type(found).__name__}, not a RactoDataset" if name in namespace else f"There is no variable {name!r}"
    example = "" if known else f" Make one: {name} = RactoDataset.from_jsonl('train.jsonl')."
    raise UsageError(f"{what}.{did_you_mean(name, known)}{example}")


def _is_dataset(value: object) -> bool:
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__}
    return "racto_nb.finetune.dataset.RactoDataset" in kinds

"""The public names, each with the one page that describes it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType

GROUPS: dict[str, tuple[str, ...]] = {
    "The package": ("racto_nb",),
    "Kits": (
        "racto_nb.kits.kit",
        "racto_nb.openai_developer_kit",
        "racto_nb.anthropic_developer_kit",
        "racto_nb.google_developer_kit",
        "racto_nb.huggingface_developer_kit",
        "racto_nb.ollama_developer_kit",
        "racto_nb.embedded_developer_kit",
        "racto_nb.gateway",
        "racto_nb.adapters",
    ),
    "What is asked and answered": ("racto_nb.prompts", "racto_nb.models", "racto_nb.tools", "racto_nb.exceptions"),
    "Retrieval": (
        "racto_nb.rag",
        "racto_nb.rag.readers",
        "racto_nb.rag.processors",
        "racto_nb.rag.chunkers",
        "racto_nb.rag.embedders",
        "racto_nb.rag.stores",
        "racto_nb.rag.evaluation",
    ),
    "Databases, labels and training data": ("racto_nb.pipelines", "racto_nb.finetune"),
    "Between a kit and its provider": (
        "racto_nb.routing",
        "racto_nb.truncation",
        "racto_nb.cache",
        "racto_nb.budgets",
        "racto_nb.limiting",
        "racto_nb.remembering",
        "racto_nb.ledger",
        "racto_nb.replay",
        "racto_nb.telemetry",
    ),
    "Past one process": (
        "racto_nb.batch",
        "racto_nb.redis",
        "racto_nb.celery",
        "racto_nb.dask",
        "racto_nb.kafka",
        "racto_nb.mcp",
    ),
    "In notebooks and in tests": ("racto_nb.widgets", "racto_nb.testing"),
}
"""The public packages, as the pages of the reference group them."""

ROOT = "racto_nb"
PACKAGES = tuple(name for names in GROUPS.values() for name in names)

UNLISTED: dict[str, tuple[str, ...]] = {"racto_nb.kits.kit": ("DeveloperKit",)}
"""What users meet of modules without an `__all__`."""


@dataclass(frozen=True)
class Name:
    """A public name: the package it is in, and what it is."""

    package: str
    name: str
    value: object

    @property
    def full(self) -> str:
        return f"{self.package}.{self.name}"

    @property
    def is_alias(self) -> bool:
        """Whether this is another name of something that has one."""
        return _has_a_name(self.value) and getattr(self.value, "__name__", self.name) != self.name


def names_of(package: str) -> list[Name]:
    """The public names of a package, in the order of the alphabet."""
    module = importlib.import_module(package)
    return [Name(package, name, getattr(module, name)) for name in _listed(package, module)]


@cache
def homes() -> dict[str, str]:
    """For each public name, in full, the full name under which it is described; modules are left out."""
    known = [name for package in PACKAGES for name in names_of(package) if not isinstance(name.value, ModuleType)]
    by_thing: dict[object, list[Name]] = {}
    for name in known:
        by_thing.setdefault(_thing(name), []).append(name)
    return {name.full: max(by_thing[_thing(name)], key=_nearness).full for name in known}


def _thing(name: Name) -> object:
    """What is the same for all names of one class or function; another value is only what its name says."""
    return id(name.value) if _has_a_name(name.value) else name.full


def _listed(package: str, module: ModuleType) -> list[str]:
    if package == "racto_nb.exceptions":
        kinds = inspect.getmembers(module, inspect.isclass)
        return sorted(name for name, kind in kinds if issubclass(kind, BaseException) and not name.startswith("_"))
    if package in UNLISTED:
        return sorted(UNLISTED[package])
    return [name for name in module.__all__ if not name.startswith("__")]


def _has_a_name(value: object) -> bool:
    return inspect.isclass(value) or inspect.isroutine(value)


def _nearness(name: Name) -> tuple[bool, bool, int]:
    """A thing is described under its own name, where it is defined, and in a package that hands it on only when nowhere else."""
    module = getattr(name.value, "__module__", "")
    hands_on = name.package == ROOT or name.package.endswith("_developer_kit")
    is_below = f"{module}.".startswith(f"{name.package}.") and name.package != ROOT
    return not name.is_alias, name.package == "racto_nb.exceptions", len(name.package) if is_below else -hands_on


def described(package: str, places: dict[str, str]) -> Iterator[Name]:
    """The names that the page of `package` describes."""
    return (name for name in names_of(package) if places.get(name.full) == name.full)

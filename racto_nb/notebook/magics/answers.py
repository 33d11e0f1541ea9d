"""What a cell with several `--model`s leaves behind: their answers, by the names that the cell gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, NoReturn

from racto_nb.exceptions import did_you_mean
from racto_nb.notebook.display.bundling import side_by_side
from racto_nb.notebook.magics.result import RactoResult

_OF_ONE = frozenset(
    {item.name for item in fields(RactoResult)} | {name for name in vars(RactoResult) if not name.startswith("_")}
)


class Answers(Mapping[str, RactoResult]):
    """The answers of several models: `answers["openai:gpt-6-luna"].text`. Keys are the models as `--model` named them.

    All of them are there, also those that failed, with what had arrived; `errors` says of these what went wrong, by the same
    keys. They are in the order of the cell, so that `for model, answer in answers.items()` compares them.
    """

    def __init__(self, results: Mapping[str, RactoResult], errors: Mapping[str, BaseException] | None = None) -> None:
        self._results = dict(results)
        self.errors = dict(errors or {})

    def __getitem__(self, model: str) -> RactoResult:
        if model not in self._results:
            raise KeyError(f"{model!r} was not asked.{did_you_mean(str(model), self._results)}")
        return self._results[model]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def __contains__(self, model: object) -> bool:
        return model in self._results

    def __getattr__(self, name: str) -> NoReturn:
        message = f"Answers of several models have no {name!r}."
        if name in _OF_ONE and self.__dict__.get("_results"):
            message = f"{message} Say whose: [{next(iter(self._results))!r}].{name}"
        raise AttributeError(message, name=name, obj=self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002  (IPython's)
        return side_by_side([result.pane(name) for name, result in self._results.items()])

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._results, self.errors)

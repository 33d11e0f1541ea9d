"""The options that a classifier keeps, which several threads may read and change at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.labels import (
    Examples,
    Hierarchy,
    Labels,
    checked_options,
    labels_of,
    option_of,
    paths_of,
)


@dataclass(frozen=True, slots=True)
class _Kept:
    options: tuple[str, ...] | None
    descriptions: Mapping[str, str]
    examples: Examples | None


class OptionKeeper:
    """Options with descriptions and examples. Each change makes a new value, so that a call that has begun sees the old one."""

    def __init__(
        self,
        options: Sequence[str] | None,
        descriptions: Mapping[str, str] | None,
        examples: Examples | None,
        hierarchy: Hierarchy | None,
        *,
        case_sensitive: bool,
    ) -> None:
        if hierarchy is not None:
            if options is not None:
                msg = "options and hierarchy both say what to sort by. Give one of them; the paths of a hierarchy are options."
                raise UsageError(msg)
            options = paths_of(hierarchy)
        self._case_sensitive = case_sensitive
        self._turn = threading.Lock()
        self._kept = _Kept(None, descriptions or {}, examples)
        if options is not None:
            labels_of(options, descriptions, examples, case_sensitive=case_sensitive)
            self.set(options)

    @property
    def version(self) -> object:
        """What is another object after each change."""
        return self._kept

    def get(self) -> list[str] | None:
        """A copy of the options; None where there are none."""
        options = self._kept.options
        return None if options is None else list(options)

    def set(self, options: Sequence[str]) -> None:
        """Take other options. Descriptions and examples of those that are gone are kept for when they come back."""
        checked = checked_options(options, case_sensitive=self._case_sensitive)
        with self._turn:
            self._kept = replace(self._kept, options=checked)

    def add(self, option: str, description: str | None) -> None:
        """One more option, with what it means."""
        with self._turn:
            kept = self._kept
            options = checked_options([*(kept.options or ()), option], case_sensitive=self._case_sensitive)
            told = kept.descriptions if description is None else {**kept.descriptions, option: description}
            new = None if description is None else {option: description}
            labels_of(options, new, None, case_sensitive=self._case_sensitive)
            self._kept = replace(kept, options=options, descriptions=told)

    def remove(self, option: str) -> None:
        """One option less. UsageError for one that is not there."""
        with self._turn:
            kept = self._kept
            found = option_of(Labels(kept.options or (), case_sensitive=self._case_sensitive), option, "remove_option")
            left = tuple(other for other in kept.options or () if other != found)
            self._kept = replace(kept, options=left or None)

    def labels(self, options: Sequence[str] | None) -> Labels:
        """The labels to sort by now: `options`, or those that are kept. Raises UsageError where there are none."""
        kept = self._kept
        chosen = kept.options if options is None else options
        if chosen is None:
            msg = "There are no options to sort by. Give options=[...] to the classifier, or to the call."
            raise UsageError(msg)
        bare = Labels(checked_options(chosen, case_sensitive=self._case_sensitive), case_sensitive=self._case_sensitive)
        told = {name: text for name, text in kept.descriptions.items() if bare.named(name) is not None}
        return labels_of(bare.options, told, _of_these(bare, kept.examples), case_sensitive=self._case_sensitive)


def _of_these(labels: Labels, examples: Examples | None) -> Examples | None:
    """The examples of which all labels are among `labels`."""
    if examples is None:
        return None
    if isinstance(examples, Mapping):
        return {name: texts for name, texts in examples.items() if labels.named(name) is not None}
    kept: list[tuple[str, str | Sequence[str]]] = []
    for example in examples:
        names = [example[1]] if isinstance(example[1], str) else example[1]
        if all(labels.named(name) is not None for name in names):
            kept.append(example)
    return kept

"""Formats by name, and the format of a record that does not say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import UsageError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.openai import OpenAIFormat, OpenAIPreferenceFormat, OpenAIReinforcementFormat


class Format(Protocol):
    """Translates between an example and its record, a JSON object, which is one line of a file."""

    @property
    def name(self) -> str:
        """The name of the format."""
        ...

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        ...

    def example(self, record: Mapping[str, object]) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        ...


FORMATS: Mapping[str, Format] = {
    form.name: form for form in (OpenAIFormat(), OpenAIPreferenceFormat(), OpenAIReinforcementFormat())
}  # fmt: skip
ALIASES: Mapping[str, str] = {"generic": "openai"}


def format_named(provider: str) -> Format:
    """The format of this name. "generic" is another name of "openai". Raises UsageError with the nearest names.

    >>> format_named("openai").record(RactoTrainingExample.from_pair("Hi", "Hello"))["messages"][0]
    {'role': 'user', 'content': 'Hi'}
    """
    if found := FORMATS.get(ALIASES.get(provider, provider)):
        return found
    msg = f"There is no format {provider!r} of training data.{did_you_mean(provider, [*FORMATS, *ALIASES])}"
    raise UsageError(msg)


def detected(record: Mapping[str, object]) -> str | None:
    """The name of the format that `record` is written in; None where it looks like none of them.

    >>> detected({"messages": [{"role": "user", "content": "Hi"}]})
    'openai'
    """
    if isinstance(record.get("input"), dict) and "preferred_output" in record:
        return "openai_dpo"
    return "openai" if isinstance(record.get("messages"), list) else None

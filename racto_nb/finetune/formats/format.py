"""Formats by name, and the format of a record that does not say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.alpaca import AlpacaFormat
from racto_nb.finetune.formats.anthropic import AnthropicFormat
from racto_nb.finetune.formats.detecting import detected
from racto_nb.finetune.formats.gemini import GeminiFormat, GeminiPreferenceFormat
from racto_nb.finetune.formats.openai import OpenAIFormat, OpenAIPreferenceFormat, OpenAIReinforcementFormat
from racto_nb.finetune.formats.racto import RactoFormat
from racto_nb.finetune.formats.sharegpt import ShareGPTFormat

__all__ = ["ALIASES", "FORMATS", "Format", "detected", "format_named"]


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


_ALL: tuple[Format, ...] = (
    OpenAIFormat(),
    OpenAIPreferenceFormat(),
    OpenAIReinforcementFormat(),
    AnthropicFormat(),
    GeminiFormat(),
    GeminiFormat("vertex", pairs=False),
    GeminiPreferenceFormat(),
    ShareGPTFormat(),
    AlpacaFormat(),
    RactoFormat(),
)
FORMATS: Mapping[str, Format] = {form.name: form for form in _ALL}
"""All formats by their names."""

USUAL = "openai"
"""The format of files where none is named."""
ALIASES: Mapping[str, str] = {"generic": "openai"}


def format_named(provider: str) -> Format:
    """The format of this name. "generic" is another name of "openai"; capitals do not count. UsageError with the nearest.

    >>> format_named("openai").record(RactoTrainingExample.from_pair("Hi", "Hello"))["messages"][0]
    {'role': 'user', 'content': 'Hi'}
    """
    if not isinstance(provider, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"A format of training data is named by a text, such as 'openai', not {provider!r:.80}."
        raise WrongTypeError(msg)
    name = provider.strip().lower()
    if found := FORMATS.get(ALIASES.get(name, name)):
        return found
    msg = f"There is no format {provider!r} of training data.{did_you_mean(name, [*FORMATS, *ALIASES])}"
    raise UsageError(msg)

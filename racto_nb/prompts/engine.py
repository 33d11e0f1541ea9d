"""RACTO prompts: role, aim, constraints, tone and output, compiled to one system text. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from racto_nb.prompts.compiling import compiled, keyword_of
from racto_nb.prompts.fields import refuse_half_characters, refuse_unknown_fields
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.linting import LintHint, lint
from racto_nb.prompts.messages import messages_of

__all__ = ["RactoFile", "RactoPrompt"]

_EXAMPLE_KEYS = frozenset({"input", "output"})
# What a prompt gets that is written with the old keyword `instructions=` alone.
_LEGACY_DEFAULTS: Mapping[str, Any] = {
    "role": "You are a knowledgeable assistant.",
    "constraints": ["Follow the instructions above."],
    "tone": "Clear and professional",
}


class RactoPrompt(BaseModel):
    """What a model is, shall do, must never do, how it speaks, and what its answer looks like.

    `role` says who the model is, `aim` what it must reach, `constraints` lists hard rules (one string stands for a list of
    one), `tone` how it speaks. `output_format` is `"json"`, `"markdown"`, `"text"`, a description in your words, or a Pydantic
    model class whose JSON schema becomes part of the prompt. `context` is background, `examples` are dicts with exactly
    `input` and `output`, `anti_hallucination` (default True) adds the guardrails. An empty tone or empty constraints mean
    "none": the section is left out, and `lint()` says so.

    A misspelt field, a blank constraint and an incomplete example raise Pydantic's `ValidationError`, a `ValueError`, which
    names the nearest field. The old keyword `instructions=` still stands for `aim`, with general words for the rest.

    >>> prompt = RactoPrompt(role="You are a poet.", aim="Write a haiku.", constraints=["Three lines."], tone="Calm",
    ...                      output_format="text", anti_hallucination=False)
    >>> print(prompt.compile().splitlines()[0:5])
    ['[ROLE]', 'You are a poet.', '', '[AIM]', 'Write a haiku.']
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    role: str = Field(min_length=1)
    aim: str = Field(min_length=1)
    constraints: list[str]
    tone: str
    output_format: str | type[BaseModel]
    context: str | None = None
    examples: list[dict[str, str]] | None = None
    anti_hallucination: bool = True

    @model_validator(mode="before")
    @classmethod
    def _accept_instructions_and_refuse_the_unknown(cls, data: object) -> object:
        return refuse_unknown_fields(cls, _without_instructions(data))

    @field_validator("role", "aim", "constraints", "tone", "output_format", "context", "examples", mode="before")
    @classmethod
    def _can_be_sent(cls, value: object, info: ValidationInfo) -> object:
        for text in _texts_in(value):
            refuse_half_characters(text, str(info.field_name))
        return value

    @field_validator("role", "aim")
    @classmethod
    def _not_blank(cls, text: str, info: ValidationInfo) -> str:
        if not text.strip():
            raise ValueError(f"{info.field_name} must say something, it is blank")
        return text

    @field_validator("constraints", mode="before")
    @classmethod
    def _one_string_is_a_list_of_one(cls, value: object) -> object:
        return _as_list(value) if isinstance(value, str) else value

    @field_validator("constraints")
    @classmethod
    def _no_blank_constraint(cls, constraints: list[str]) -> list[str]:
        for place, constraint in enumerate(constraints):
            if not constraint.strip():
                raise ValueError(f"constraints[{place}] is blank: write a rule or remove it")
        return constraints

    @field_validator("output_format", mode="before")
    @classmethod
    def _text_or_a_model(cls, value: object) -> object:
        if isinstance(value, str):
            if value.strip():
                return value
        elif isinstance(value, type) and issubclass(value, BaseModel):
            return value
        hint = f"the class {type(value).__name__}, not one of its instances" if isinstance(value, BaseModel) else "a model"
        raise ValueError(
            f"output_format is 'json', 'markdown', 'text', a description or a subclass of pydantic.BaseModel, not {value!r:.80}."
            f" Pass {hint}; for a list define a pydantic.RootModel[list[...]], for one number or text a class with a field"
        )

    @field_validator("examples", mode="before")
    @classmethod
    def _examples_are_pairs(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            for place, example in enumerate(cast("Sequence[object]", value)):
                _check_example(place, example)
        return cast("object", value)

    @property
    def wants_json(self) -> bool:
        """Whether the answer must be JSON: `output_format` is `"json"` or a model class."""
        return self.output_model is not None or keyword_of(self.output_format) == "json"

    @property
    def output_model(self) -> type[BaseModel] | None:
        """The model class that the answer must fit, or None when `output_format` is text."""
        return None if isinstance(self.output_format, str) else self.output_format

    def compile(self) -> str:
        """The system text: the sections in a fixed order, one blank line between them, one newline at the end.

        ROLE, AIM, CONTEXT, CONSTRAINTS, TONE, OUTPUT, EXAMPLES, GUARDRAILS; what is empty is left out. White space around a
        field is dropped. Raises `UsageError` when the output model has no JSON schema.
        """
        return compiled(self)

    def to_messages(
        self, user_message: str, attachments: list[RactoFile] | None = None, provider: str = "generic"
    ) -> list[dict[str, Any]]:
        """The system and the user message as plain dicts, in the shape of `provider`.

        `provider` is `"openai"`, `"generic"` (the same), `"huggingface"`, `"anthropic"`, `"google"` or `"ollama"`. Without
        attachments the user's content is the bare `user_message`; with attachments it is a list, the files first (Ollama:
        `images` beside the text). Raises `UsageError` for an empty message or file, `UnsupportedError` for a file that the
        provider cannot take, and `ProviderNotFoundError` (a `ValueError`).

        >>> prompt = RactoPrompt(role="You count.", aim="Count.", constraints=[], tone="", output_format="text")
        >>> prompt.to_messages("How many?", provider="openai")[1]
        {'role': 'user', 'content': 'How many?'}
        """
        return messages_of(self.compile(), user_message, attachments or [], provider)

    def lint(self) -> list[LintHint]:
        """Hints about what will probably not work as meant; empty when there is nothing to say. Never an error.

        >>> prompt = RactoPrompt(role="You count.", aim="Count.", constraints="", tone="Terse", output_format="text")
        >>> [hint.section for hint in prompt.lint()]
        ['CONSTRAINTS']
        """
        return lint(self)

    def __str__(self) -> str:
        return self.compile()


def _texts_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | tuple():
            for item in cast("Sequence[object]", value):
                yield from _texts_in(item)
        case dict():
            yield from _texts_in(list(cast("dict[object, object]", value).values()))
        case _:
            return


def _as_list(text: str) -> list[str]:
    return [text] if text.strip() else []


def _without_instructions(data: object) -> object:
    if not isinstance(data, Mapping) or "instructions" not in data:
        return cast("object", data)
    given = dict(cast("Mapping[str, Any]", data))
    instructions = given.pop("instructions")
    if "aim" in given:
        raise ValueError("instructions is the old name of aim: give one of them, not both")
    return {**_LEGACY_DEFAULTS, "aim": instructions, **given}


def _check_example(place: int, example: object) -> None:
    if not isinstance(example, Mapping):
        raise ValueError(f"examples[{place}] is {type(example).__name__}: write {{'input': …, 'output': …}}")  # noqa: TRY004  (pydantic reports ValueErrors)
    pair = cast("Mapping[object, object]", example)
    if wrong := _EXAMPLE_KEYS.symmetric_difference(pair):
        named = ", ".join(f"{key!r} is {'missing' if key in _EXAMPLE_KEYS else 'unknown'}" for key in sorted(wrong, key=str))
        raise ValueError(f"examples[{place}] needs exactly 'input' and 'output': {named}")
    for key, text in pair.items():
        if not isinstance(text, str):
            hint = f"json.dumps({key})" if _is_json(text) else f"str({key})"
            raise ValueError(f"examples[{place}][{key!r}] is {type(text).__name__}: write it as text, with {hint}")  # noqa: TRY004  (pydantic reports ValueErrors)


def _is_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True

"""A prompt while it is being written: it need not be complete. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.prompt.fields import Row, made, troubles
from racto_nb.prompts.compiling import KEYWORDS, keyword_of
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.linting import LintHint
from racto_nb.prompts.schemas import schema_of

DESCRIPTION, FIELDS, CLASS = "description", "fields", "class:"
PARTS = ("role", "aim", "constraints", "tone", "output")
"""The five parts of a prompt, each of which can be left out to see what it does."""
TEXTS = ("role", "aim", "tone", "context", "description", "class_name")


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Draft:
    """What the form holds. `output` is "text", "json", "markdown", "description", "fields", or "class:" and a name.

    Lists hold rows with keys of their own: `constraints` has the column `text`, `examples` has `input` and `output`, `fields`
    has `name`, `kind`, `choices`, `about` and `optional`.
    """

    role: str = ""
    aim: str = ""
    tone: str = ""
    context: str = ""
    output: str = "text"
    description: str = ""
    class_name: str = "Answer"
    guardrails: bool = True
    constraints: tuple[Row, ...] = ()
    examples: tuple[Row, ...] = ()
    fields: tuple[Row, ...] = ()

    def with_rows(self, where: str, rows: tuple[Row, ...]) -> Draft:
        """With other rows in one of its lists."""
        match where:
            case "constraints":
                return replace(self, constraints=rows)
            case "examples":
                return replace(self, examples=rows)
            case _:
                return replace(self, fields=rows)

    def rows(self, where: str) -> tuple[Row, ...]:
        """The rows of one of its lists."""
        return {"constraints": self.constraints, "examples": self.examples, "fields": self.fields}[where]

    @property
    def says(self) -> tuple[object, ...]:
        """All that it says, to be compared: keys of rows say nothing."""
        lists = tuple(tuple(row.cells for row in rows) for rows in (self.constraints, self.examples, self.fields))
        texts = (self.role, self.aim, self.tone, self.context, self.output, self.description, self.class_name)
        return (*texts, self.guardrails, *lists)


@dataclass(slots=True)
class Sketch:
    """A draft as the prompts' own code reads it: it can be compiled and reviewed before it is complete."""

    role: str
    aim: str
    constraints: list[str]
    tone: str
    output_format: str | type[BaseModel]
    context: str | None
    examples: list[dict[str, str]] | None
    anti_hallucination: bool

    @property
    def wants_json(self) -> bool:
        """As of a RactoPrompt."""
        return self.output_model is not None or keyword_of(self.output_format) == "json"

    @property
    def output_model(self) -> type[BaseModel] | None:
        """As of a RactoPrompt."""
        return None if isinstance(self.output_format, str) else self.output_format


def sketched(draft: Draft, models: Mapping[str, type[BaseModel]]) -> Sketch:
    """`draft` without its blank rows; an output that cannot be made is left out."""
    pairs = [{"input": row["input"], "output": row["output"]} for row in draft.examples if row["input"] or row["output"]]
    return Sketch(
        role=draft.role,
        aim=draft.aim,
        constraints=[row["text"] for row in draft.constraints if row["text"].strip()],
        tone=draft.tone,
        output_format=_output(draft, models),
        context=draft.context or None,
        examples=pairs or None,
        anti_hallucination=draft.guardrails,
    )


def _output(draft: Draft, models: Mapping[str, type[BaseModel]]) -> str | type[BaseModel]:
    match draft.output:
        case "description":
            return draft.description if draft.description.strip() else ""
        case "fields":
            return "" if troubles(draft.class_name, draft.fields) else made(draft.class_name, cells_of(draft.fields))
        case word if word in KEYWORDS:
            return word
        case named:
            model = models.get(named.removeprefix(CLASS))
            return "" if model is None or schema_trouble(model) else model


@lru_cache(maxsize=64)
def schema_trouble(model: type[BaseModel]) -> str:
    """Why `model` cannot be an output, "" where it can."""
    try:
        schema_of(model)
    except UsageError as error:
        return str(error)
    return ""


def cells_of(rows: tuple[Row, ...]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """What rows hold, without their keys."""
    return tuple(row.cells for row in rows)


def missing(draft: Draft, models: Mapping[str, type[BaseModel]]) -> list[LintHint]:
    """What keeps `draft` from being a prompt, by section; empty when it is one."""
    found = [LintHint(name.upper(), f"The {name} says nothing.") for name in ("role", "aim") if not getattr(draft, name).strip()]
    match draft.output:
        case "description" if not draft.description.strip():
            found.append(LintHint("OUTPUT", "The output is missing: describe what the answer looks like, or choose a format."))
        case "fields":
            found += [LintHint("OUTPUT", text) for text in troubles(draft.class_name, draft.fields)]
        case output if output.startswith(CLASS) and (trouble := _class_trouble(output.removeprefix(CLASS), models)):
            found.append(LintHint("OUTPUT", trouble))
        case _:
            pass
    return found


def _class_trouble(name: str, models: Mapping[str, type[BaseModel]]) -> str:
    model = models.get(name)
    if model is None:
        return f"The notebook has no Pydantic class {name!r} any more. Run its cell, or choose another."
    return schema_trouble(model)


def prompt_of(draft: Draft, models: Mapping[str, type[BaseModel]]) -> RactoPrompt:
    """`draft`, which misses nothing, as a prompt. Pydantic's ValidationError for what cannot be sent."""
    sketch = sketched(draft, models)
    fields = {name: getattr(sketch, name) for name in Sketch.__slots__}
    return RactoPrompt(**fields)


def draft_of(prompt: RactoPrompt, known: Mapping[str, type[BaseModel]]) -> tuple[Draft, dict[str, type[BaseModel]]]:
    """`prompt` as a draft, and the classes `known` with the one of its output."""
    output, models, described = prompt.output_format, dict(known), ""
    if not isinstance(output, str):
        name = next((name for name, model in models.items() if model is output), output.__name__)
        models[name] = output
        word = f"{CLASS}{name}"
    else:
        word = keyword_of(output) or DESCRIPTION
        described = output if word == DESCRIPTION else ""
    draft = Draft(
        role=prompt.role,
        aim=prompt.aim,
        tone=prompt.tone,
        context=prompt.context or "",
        output=word,
        description=described,
        guardrails=prompt.anti_hallucination,
        constraints=tuple(Row.of(f"p{n}", text=text) for n, text in enumerate(prompt.constraints)),
        examples=tuple(Row.of(f"p{n}", **pair) for n, pair in enumerate(prompt.examples or [])),
    )
    return draft, models

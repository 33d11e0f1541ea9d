"""`%racto prompt`: a form for a RactoPrompt beside what it compiles to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.magics.option_table import Row
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.opening.reading import prompt_in
from racto_nb.notebook.opening.showing import opened, refuse_taken
from racto_nb.prompts.engine import RactoPrompt

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics

PROMPT_TABLE: tuple[Row, ...] = (
    (
        ("-m", "--model"),
        {
            "metavar": "MODEL",
            "action": "append",
            "default": [],
            "help": "try it on this model, or on the kit of that name; several times: they answer side by side",
        },
    ),
    (("--max-tokens",), {"type": int, "metavar": "N", "default": 4096, "help": "the most tokens of an answer (4096)"}),
    (("-o", "--into"), {"metavar": "NAME", "default": "builder", "help": "the variable that holds the builder (builder)"}),
)
"""The options of `%racto prompt [NAME] …`."""


def open_prompt(magics: RactoMagics, line: str) -> None:
    """Open a builder with the prompt that `line` names, or empty. UsageError for what there is not."""
    from racto_nb.notebook.widgets.prompt import PromptBuilder

    words = split_line(line)
    names = words[:1] if words and not words[0].startswith("-") else []
    values = parsed(words[len(names) :], PROMPT_TABLE)
    refuse_empty(PROMPT_TABLE, values)
    refuse_taken(magics, values["into"], PromptBuilder)
    prompt = _prompt(magics, names[0]) if names else None
    builder = PromptBuilder(
        prompt,
        kits=[magics.session.kit(model, magics.namespace) for model in values["model"] or [magics.model]],
        max_tokens=values["max_tokens"],
    )
    opened(magics, builder, values["into"])


def _prompt(magics: RactoMagics, name: str) -> RactoPrompt:
    prompts = [key for key, value in magics.namespace.items() if isinstance(value, RactoPrompt) and not key.startswith("_")]
    if name.isidentifier() and name not in magics.namespace:
        raise UsageError(f"There is no variable {name!r}.{did_you_mean(name, prompts)} %racto prompt alone begins a new prompt.")
    return prompt_in(name, magics.namespace, line="%racto prompt")

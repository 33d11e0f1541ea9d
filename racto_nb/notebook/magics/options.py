"""Reading a line of options of `%%racto`: what it says, and what contradicts itself."""

from __future__ import annotations

import argparse
import keyword
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NoReturn

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.magics.option_table import TABLE, Row

MOST_TOKENS = 10_000_000
LARGEST_SEED = 2**32 - 1
HOTTEST = 2.0
MOST_TOOL_TURNS = 10
RESERVED = ("dataset",)
"""First words that belong to a line: as a question to a model they would be a mistake."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a `%%racto` line says. None means: not given."""

    model: list[str] = field(default_factory=list[str])
    prompt: str | None = None
    role: str | None = None
    aim: str | None = None
    constraint: list[str] = field(default_factory=list[str])
    tone: str | None = None
    output: str | None = None
    system: str | None = None
    json: bool = False
    as_model: str | None = None
    attach: list[str] = field(default_factory=list[str])
    tools: list[str] = field(default_factory=list[str])
    max_tool_turns: int | None = None
    into: str | None = None
    df: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    timeout: float | None = None
    thinking: int | None = None
    cot: bool = False
    history: str | None = None
    new: bool = False
    cache: bool = False
    fresh: bool = False
    background: bool = False
    no_stream: bool = False
    quiet: bool = False
    max_cost: float | None = None
    dry_run: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(_explained(message))


def read_options(line: str) -> Options:
    """The options on a `%%racto` line.

    Raises UsageError for an unknown option (with the nearest names), a wrong value, an open quote, a word too many, and a
    combination that contradicts itself.

    >>> read_options('--model embedded:smollm2-135m --constraint "Be brief."').constraint
    ['Be brief.']
    """
    words = split_line(line)
    if words and words[0] in RESERVED:
        message = f"'{words[0]}' begins a line, not a cell: write %racto {words[0]} NAME, with one per cent sign."
        raise UsageError(message)
    options = options_of(parsed(words, TABLE))
    refuse_contradictions(options)
    return options


def parsed(words: Sequence[str], table: Sequence[Row]) -> dict[str, Any]:
    """The values of the options of `table` by their names. UsageError for an unknown option, a wrong value, a word too many."""
    for word in words:
        _refuse_one_dash(word, table)
    parser = _Parser(add_help=False, allow_abbrev=False, prog="%%racto")
    for flags, how in table:
        parser.add_argument(*flags, **how)
    found, rest = parser.parse_known_args(words)
    if rest:
        raise UsageError(_unknown(rest[0], table))
    return vars(found)


def options_of(values: Mapping[str, Any]) -> Options:
    """The options with these values; what is no field of theirs is left out."""
    known = {item.name for item in fields(Options)}
    return Options(**{name: value for name, value in values.items() if name in known})


def option_names(table: Sequence[Row] = TABLE) -> list[str]:
    """All long options."""
    return [flag for flags, _ in table for flag in flags if flag.startswith("--")]


def split_line(line: str) -> list[str]:
    """The words of a line. UsageError for a quote that stays open."""
    try:
        return shlex.split(line)
    except ValueError as error:
        message = f'The %%racto line cannot be read ({error}). Put texts in double quotes: --role "You are an editor."'
        raise UsageError(message) from error


def _refuse_one_dash(word: str, table: Sequence[Row]) -> None:
    """`-model x` would be read as `-m odel` and a stray `x`."""
    name = word.partition("=")[0]
    if not name.startswith("--") and f"-{name}" in option_names(table):
        message = f"There is no option {name!r}. Did you mean '-{name}', with two dashes?"
        raise UsageError(message)


def _unknown(word: str, table: Sequence[Row]) -> str:
    if not word.startswith("-"):
        where = "The question goes in the cell's body; a text with spaces goes in quotes."
        return f"The %%racto line has a word that belongs to no option: {word!r}. {where}"
    name = word.partition("=")[0]
    return f"There is no option {name!r}.{did_you_mean(name, option_names(table))} See %%racto? for all."


def _explained(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}. See %%racto? for the options."


def refuse_contradictions(options: Options) -> None:
    """Raise UsageError for an empty text, for what contradicts itself, and for what is out of its range."""
    refuse_empty(TABLE, asdict(options))
    racto = [name for name in ("prompt", "role", "aim", "constraint", "tone") if getattr(options, name)]
    clashes: Sequence[tuple[bool, str]] = (
        (
            options.system is not None and bool(racto),
            f"--system and --{racto[0] if racto else ''} are two ways to say who the model is",
        ),
        (
            options.output is not None and (options.json or options.as_model is not None or options.df is not None),
            "--output and --json, --as or --df both say what the answer looks like",
        ),
        (
            options.background and options.into is None,
            "--background needs --into NAME: `await NAME` in a later cell gives the answer",
        ),
        (options.new and options.history is None, "--new begins a conversation anew, and --history NAME says which"),
        (
            options.into is not None and (not options.into.isidentifier() or keyword.iskeyword(options.into)),
            f"--into needs the name of a variable, not {options.into!r}",
        ),
        *_of_several(options),
        (
            options.cache and bool(options.temperature),
            f"--cache gives one answer again, --temperature {options.temperature} another one each time. Leave one out",
        ),
        (
            options.max_tool_turns is not None and not options.tools,
            "--max-tool-turns is about --tools NAME, which is not given",
        ),
        *_of_cot(options),
        *_out_of_range(options),
    )
    for wrong, why in clashes:
        if wrong:
            raise UsageError(f"{why}. Nothing was sent.")


def _of_cot(options: Options) -> Sequence[tuple[bool, str]]:
    """What does not go with an answer that goes step by step."""
    return (
        (
            options.cot and (options.json or options.as_model is not None or options.df is not None),
            "--cot writes its steps into the answer, which --json, --as and --df want to be data alone. Use --thinking",
        ),
        (
            options.cot and options.thinking is not None,
            "--cot and --thinking are two ways to reason first: into the answer, or before it. Choose one",
        ),
    )


def _of_several(options: Options) -> Sequence[tuple[bool, str]]:
    """What does not go with several models."""
    several = len(options.model) > 1
    twice = next((name for name in options.model if options.model.count(name) > 1), "")
    listed = next((name for name in options.model if "," in name), "").split(",")
    return (
        (len(listed) > 1, f"Several models are written one by one: {' '.join(f'--model {name.strip()}' for name in listed)}"),
        (several and twice != "", f"--model {twice} is given twice"),
        (
            several and options.history is not None,
            "--history is one conversation, and several models would each go on with it in their own way. Give one --model",
        ),
        (
            several and options.background,
            "--background is for one model. Leave it out, or ask each model in a cell of its own",
        ),
    )


def _out_of_range(options: Options) -> Sequence[tuple[bool, str]]:
    return (
        (
            options.temperature is not None and not 0 <= options.temperature <= HOTTEST,
            f"--temperature is between 0 and 2, not {options.temperature}",
        ),
        (
            options.max_tokens is not None and not 1 <= options.max_tokens <= MOST_TOKENS,
            f"--max-tokens is between 1 and {MOST_TOKENS:,}, not {options.max_tokens}",
        ),
        (
            options.thinking is not None and not 1 <= options.thinking <= MOST_TOKENS,
            f"--thinking is between 1 and {MOST_TOKENS:,} tokens, not {options.thinking}",
        ),
        (
            options.max_tool_turns is not None and not 1 <= options.max_tool_turns <= MOST_TOOL_TURNS,
            f"--max-tool-turns is between 1 and {MOST_TOOL_TURNS}, not {options.max_tool_turns}",
        ),
        (
            options.seed is not None and not 0 <= options.seed <= LARGEST_SEED,
            f"--seed is between 0 and {LARGEST_SEED:,}, not {options.seed}",
        ),
        (
            options.timeout is not None and not 0 < options.timeout < math.inf,
            f"--timeout is a number of seconds above 0, not {options.timeout}",
        ),
        (
            options.max_cost is not None and not 0 <= options.max_cost < math.inf,
            f"--max-cost is a number of US dollars, such as 0.05, not {options.max_cost}",
        ),
    )


def refuse_empty(table: Sequence[Row], values: Mapping[str, Any]) -> None:
    """Raise UsageError for an option of `table` that was given an empty text."""
    for flags, how in table:
        name = flags[-1]
        given: str | float | list[str] | None = values[how.get("dest", name.removeprefix("--").replace("-", "_"))]
        texts = given if isinstance(given, list) else [given]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            message = f"{name} has an empty text. Write one, or leave the option out. Nothing was sent."
            raise UsageError(message)

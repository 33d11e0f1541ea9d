"""The options of `%%racto`, and reading a line of them. One table: the parser, the help and the suggestions come from it."""

from __future__ import annotations

import argparse
import keyword
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NoReturn

from racto_nb.exceptions import UsageError, did_you_mean

MOST_TOKENS = 10_000_000
LARGEST_SEED = 2**32 - 1
HOTTEST = 2.0
DEFAULT_BUDGET = 10_000
"""Tokens for thinking, as in ChatConfig."""
RESERVED = ("sql", "rag", "classify", "dataset")
"""First words kept for the verbs of later versions."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a `%%racto` line says. None means: not given."""

    model: str | None = None
    prompt: str | None = None
    role: str | None = None
    aim: str | None = None
    constraint: list[str] = field(default_factory=list[str])
    tone: str | None = None
    output: str | None = None
    system: str | None = None
    json: bool = False
    as_model: str | None = None
    into: str | None = None
    df: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    timeout: float | None = None
    thinking: int | None = None
    history: str | None = None
    new: bool = False
    background: bool = False
    no_stream: bool = False
    quiet: bool = False
    dry_run: bool = False


TABLE: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("-m", "--model"), {"metavar": "MODEL", "help": "provider:name, or the name of a kit in this notebook"}),
    (("-p", "--prompt"), {"metavar": "NAME", "help": "a RactoPrompt in this notebook"}),
    (("--role",), {"metavar": "TEXT", "help": "RACTO: who the model is"}),
    (("--aim",), {"metavar": "TEXT", "help": "RACTO: what it must accomplish"}),
    (
        ("--constraint",),
        {"metavar": "TEXT", "action": "append", "default": [], "help": "RACTO: a rule; may be given several times"},
    ),
    (("--tone",), {"metavar": "TEXT", "help": "RACTO: how it speaks"}),
    (
        ("--output",),
        {"metavar": "FORMAT", "help": "RACTO: json, text, markdown, a description, or a Pydantic class of this notebook"},
    ),
    (("--system",), {"metavar": "TEXT", "help": "a system text as it stands, instead of a RACTO prompt"}),
    (("--json",), {"action": "store_true", "help": "the answer is JSON: _racto.parsed; anything else fails the cell"}),
    (
        ("--as",),
        {
            "dest": "as_model",
            "metavar": "MODEL",
            "help": "a Pydantic class of this notebook: _racto.parsed is a valid instance of it",
        },
    ),
    (("-o", "--into"), {"metavar": "NAME", "help": "keep the result in this variable, besides _racto"}),
    (
        ("--df",),
        {
            "nargs": "?",
            "const": "auto",
            "choices": ["auto", "polars", "pandas"],
            "help": "the answer is a list of objects: _racto.df",
        },
    ),
    (("-t", "--temperature"), {"type": float, "metavar": "X", "help": "0 (the same answer each time) to 2"}),
    (("--max-tokens",), {"type": int, "metavar": "N", "help": "the most tokens the answer may have"}),
    (("--seed",), {"type": int, "metavar": "N", "help": "makes a sampled answer repeatable, where the provider can"}),
    (("--timeout",), {"type": float, "metavar": "SECONDS", "help": "the longest the answer may take"}),
    (
        ("--thinking",),
        {
            "nargs": "?",
            "const": DEFAULT_BUDGET,
            "type": int,
            "metavar": "N",
            "help": "reason first and show it, folded; with a budget of N tokens (10000), where the model can",
        },
    ),
    (("--history",), {"metavar": "NAME", "help": "go on with the conversation of this name"}),
    (("--new",), {"action": "store_true", "help": "begin that conversation anew"}),
    (
        ("-b", "--background"),
        {"action": "store_true", "help": "end the cell at once; `await NAME`, the name of --into, gives the answer"},
    ),
    (("--no-stream",), {"action": "store_true", "help": "show the answer when it is complete"}),
    (("-q", "--quiet"), {"action": "store_true", "help": "show nothing; the result is in _racto"}),
    (("--dry-run",), {"action": "store_true", "help": "show the exact text and its size; send nothing"}),
)


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
    words = _words(line)
    for word in words:
        _refuse_one_dash(word)
    if words and words[0] in RESERVED:
        message = f"'{words[0]}' is kept for a verb that this version does not have yet. Put the question in the cell's body."
        raise UsageError(message)
    parser = _Parser(add_help=False, allow_abbrev=False, prog="%%racto")
    for flags, how in TABLE:
        parser.add_argument(*flags, **how)
    found, rest = parser.parse_known_args(words)
    if rest:
        raise UsageError(_unknown(rest[0]))
    options = Options(**{item.name: getattr(found, item.name) for item in fields(Options)})
    _refuse_contradictions(options)
    return options


def option_names() -> list[str]:
    """All long options."""
    return [flag for flags, _ in TABLE for flag in flags if flag.startswith("--")]


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        message = f'The %%racto line cannot be read ({error}). Put texts in double quotes: --role "You are an editor."'
        raise UsageError(message) from error


def _refuse_one_dash(word: str) -> None:
    """`-model x` would be read as `-m odel` and a stray `x`."""
    name = word.partition("=")[0]
    if not name.startswith("--") and f"-{name}" in option_names():
        message = f"There is no option {name!r}. Did you mean '-{name}', with two dashes?"
        raise UsageError(message)


def _unknown(word: str) -> str:
    if not word.startswith("-"):
        where = "The question goes in the cell's body; a text with spaces goes in quotes."
        return f"The %%racto line has a word that belongs to no option: {word!r}. {where}"
    name = word.partition("=")[0]
    return f"There is no option {name!r}.{did_you_mean(name, option_names())} See %%racto? for all."


def _explained(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}. See %%racto? for the options."


def _refuse_contradictions(options: Options) -> None:
    _refuse_empty(options)
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
        *_out_of_range(options),
    )
    for wrong, why in clashes:
        if wrong:
            raise UsageError(f"{why}. Nothing was sent.")


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
            options.seed is not None and not 0 <= options.seed <= LARGEST_SEED,
            f"--seed is between 0 and {LARGEST_SEED:,}, not {options.seed}",
        ),
        (
            options.timeout is not None and not 0 < options.timeout < math.inf,
            f"--timeout is a number of seconds above 0, not {options.timeout}",
        ),
    )


def _refuse_empty(options: Options) -> None:
    for flags, how in TABLE:
        name = flags[-1]
        given: str | float | list[str] | None = getattr(options, how.get("dest", name.removeprefix("--").replace("-", "_")))
        texts = given if isinstance(given, list) else [given]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            message = f"{name} has an empty text. Write one, or leave the option out. Nothing was sent."
            raise UsageError(message)

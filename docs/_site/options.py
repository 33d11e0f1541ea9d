"""The options of the magics and of the command as tables, from what parses them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from _site.wording import inline
from racto_nb.command_line import _parser as parser_of_the_command
from racto_nb.notebook.magics import option_table, pipeline_tables
from racto_nb.notebook.magics.option_table import Row
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.notebook.magics.verbs import VERBS
from racto_nb.notebook.opening.chat import CHAT_TABLE
from racto_nb.notebook.opening.jobs import JOBS_TABLE
from racto_nb.notebook.opening.prompt import PROMPT_TABLE
from racto_nb.notebook.opening.sql import SQL_LINE_TABLE

CELLS: tuple[tuple[str, str, Sequence[Row]], ...] = (
    ("%%racto", "ask a model", option_table.TABLE),
    ("%%racto rag NAME", "ask a RactoRAG", option_table.RAG_TABLE),
    ("%%racto sql SOURCE", "ask a database", pipeline_tables.SQL_TABLE),
    ("%%racto classify NAME", "sort a text, or the rows of a frame", pipeline_tables.CLASSIFY_TABLE),
)
"""The cells, what they do, and their options."""

LINES: tuple[tuple[str, str, Sequence[Row]], ...] = (
    ("%racto chat MODEL", "a conversation beside the cells", CHAT_TABLE),
    ("%racto prompt NAME", "build a prompt in a form", PROMPT_TABLE),
    ("%racto sql SOURCE", "a database beside the cells", SQL_LINE_TABLE),
    ("%racto rag NAME", "look into a RactoRAG", option_table.EXPLORE_TABLE),
    ("%racto rag ingest PATH", "read files", option_table.INGEST_TABLE),
    ("%racto dataset NAME", "figures, findings, lengths", pipeline_tables.DATASET_TABLE),
    ("%racto dataset edit NAME", "an editor", pipeline_tables.EDITOR_TABLE),
    ("%racto jobs", "batches and fine-tunes", JOBS_TABLE),
    ("%racto mcp serve NAME", "a server of functions", option_table.SERVE_TABLE),
)
"""The lines that have options of their own."""


def magics_page() -> list[str]:
    """The page of `%%racto` and `%racto`."""
    lines = [
        *heading("The magics", "="),
        "Made of the tables that the magics read their lines with. ``%load_ext racto_nb`` registers them, and ``%%racto?`` shows",
        "the same in a notebook. :doc:`/guides/asking` shows how they are used.",
        "",
    ]
    for title, about, table in CELLS:
        lines += [*heading(f"{title}: {about}", "-"), *table_of(("option", "what it does"), _options(table))]
    lines += heading("%racto", "-")
    lines += table_of(("line", "what it does"), [(f"``%racto {verb}``", inline(about)) for verb, (_, about) in VERBS.items()])
    for title, about, table in LINES:
        lines += [*heading(f"{title}: {about}", "-"), *table_of(("option", "what it does"), _options(table))]
    traits = sorted(RactoMagics.class_traits(config=True).items())
    rows = [(f"``{name}``", f"``{trait.default_value!r}``", inline(str(trait.help))) for name, trait in traits]
    lines += [*heading("Settings", "-"), "``%config RactoMagics.NAME = VALUE`` sets one.", ""]
    return [*lines, *table_of(("setting", "default", "meaning"), rows)]


def command_page() -> list[str]:
    """The page of the command `racto-nb`."""
    parser = parser_of_the_command()
    lines = [
        *heading("The command racto-nb", "="),
        "Made of the parser that reads its lines. The exit code is 0 for success, 1 for an error, 2 for wrong usage.",
        "",
    ]
    for command, about in _commands(parser):
        lines += [*heading(command.prog, "-"), inline(_sentence(about)), ""]
        rows = [(_written(action), inline(_told(action, command))) for action in _arguments(command)]
        lines += [*_usage(command), *(table_of(("argument", "what it does"), rows) if rows else [])]
        lines += [inline(command.epilog), ""] if command.epilog else []
    return lines


def heading(text: str, line: str) -> list[str]:
    """A heading of reStructuredText, underlined by `line`; its text is plain."""
    shown = inline(text)
    return [shown, line * len(shown), ""]


def table_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table whose cells are reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", "   :class: options", ""]
    for row in (heads, *rows):
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(row)]
    return [*lines, ""]


def _options(table: Sequence[Row]) -> list[tuple[str, str]]:
    return [(_option(flags, how.get("metavar") or _choice(how)), inline(how["help"])) for flags, how in table]


def _option(flags: Sequence[str], value: str) -> str:
    return ", ".join(f"``{flag} {value}``" if value and flag == flags[-1] else f"``{flag}``" for flag in flags)


def _choice(how: dict[str, object]) -> str:
    choices = how.get("choices")
    return "|".join(map(str, choices)) if isinstance(choices, list) else ""


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """All commands, and those below them, with what each does."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for told in action._choices_actions:
                command = action.choices[told.dest]
                yield command, told.help or ""
                yield from _commands(command)


def _arguments(command: argparse.ArgumentParser) -> list[argparse.Action]:
    hidden = argparse._SubParsersAction, argparse._HelpAction
    return [action for action in command._actions if not isinstance(action, hidden)]


def _usage(command: argparse.ArgumentParser) -> list[str]:
    words = " ".join(command.format_usage().removeprefix("usage: ").split())
    return [".. code-block:: text", "", f"   {words}", ""]


def _written(action: argparse.Action) -> str:
    if action.option_strings:
        value = (action.metavar or action.dest.upper()) if action.nargs != 0 else ""
        return _option(action.option_strings, str(value))
    return f"``{action.metavar or action.dest}``"


def _told(action: argparse.Action, command: argparse.ArgumentParser) -> str:
    choices = f"one of {', '.join(map(str, action.choices))}" if action.choices and not action.option_strings else ""
    default = f"by default {action.default}" if action.default and action.default not in (argparse.SUPPRESS, []) else ""
    about = (action.help or "") % {"prog": command.prog}
    return "; ".join(part for part in (about, choices, default) if part) or "as the word says"


def _sentence(text: str) -> str:
    text = text.replace("%%", "%")
    return f"{text[:1].upper()}{text[1:]}."

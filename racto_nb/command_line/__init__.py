"""The command `racto-nb`: demo, lab, doctor, magics, models, cost, replay. Parses a line, calls one function, tells errors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from racto_nb._version import __version__
from racto_nb.exceptions import RactoGatewayError

INTERRUPTED = 130
"""The exit code of a program ended by an interrupt, by custom of the shells."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 for success, 1 for an error (told on standard error), 2 for wrong usage."""
    parsed = _parsed(sys.argv[1:] if arguments is None else list(arguments))
    try:
        return _run(parsed)
    except (RactoGatewayError, OSError) as error:
        sys.stderr.write(f"racto-nb: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("racto-nb: interrupted\n")
        return INTERRUPTED


def _run(parsed: argparse.Namespace) -> int:
    match parsed.command:
        case "demo":
            from racto_nb.command_line.demo import run_demo

            return run_demo(parsed.output)
        case "lab":
            from racto_nb.command_line.lab import open_lab

            return open_lab(parsed.notebook, parsed.rest)
        case "doctor":
            from racto_nb.command_line.reports import print_findings

            return print_findings(services=parsed.services)
        case "magics":
            from racto_nb.command_line.magics import run_magics

            return run_magics(parsed.action, user=parsed.user)
        case "cost":
            from racto_nb.command_line.costs import print_costs

            return print_costs(parsed.words)
        case "replay":
            from racto_nb.command_line.replay import run_replay

            return run_replay(parsed)
        case _:
            from racto_nb.command_line.models import run_models

            return run_models(parsed.action or "list", parsed.name or " ".join(parsed.words) or None, agreed=parsed.yes)


_MODEL_ACTIONS = ("list", "download", "remove", "path")


def _parsed(words: list[str]) -> argparse.Namespace:
    """The line as it was meant: what stands after `--`, and the options that only JupyterLab knows, are for JupyterLab."""
    if words[:1] == ["models"] and len(words) > 1 and words[1] not in _MODEL_ACTIONS and not words[1].startswith("-"):
        words = ["models", "list", *words[1:]]  # a provider's name, as `%racto models` takes it
    end = words.index("--") if "--" in words else len(words)
    parser = _parser()
    parsed, unknown = parser.parse_known_args(words[:end])
    parsed.rest = [*unknown, *words[end + 1 :]]
    if parsed.rest and parsed.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(parsed.rest)}")
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="racto-nb", description="RACTO prompts and live answers in Jupyter.")
    parser.add_argument("--version", action="version", version=f"racto-nb {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="run the quickstart notebook on the embedded model, without a key")
    demo.add_argument("--output", type=Path, default=Path("racto-nb-demo"), metavar="FOLDER", help="where its results go")

    lab = commands.add_parser(
        "lab", help="open JupyterLab on the quickstart notebook", epilog="What stands after -- is passed on to JupyterLab."
    )
    lab.add_argument("notebook", nargs="?", type=Path, help="another notebook or folder to open")

    doctor = commands.add_parser("doctor", help="check versions, models, keys (which are never shown) and common mistakes")
    doctor.add_argument("--services", action="store_true", help="also whether Redis, Kafka, Ollama and others answer")

    magics = commands.add_parser("magics", help="let %%%%racto work without %%load_ext, in notebooks and in IPython")
    magics.add_argument("action", nargs="?", default="status", choices=["on", "off", "status"])
    magics.add_argument("--user", action="store_true", help="in your IPython profile, not in this environment")

    cost = commands.add_parser("cost", help="what all calls of this user have cost")
    cost.add_argument("words", nargs="*", metavar="WORD", help="day, model, cell or provider; today or all (all)")

    models = commands.add_parser("models", help="list models; download or remove embedded ones")
    models.set_defaults(action="list", name=None, words=[], yes=False)
    actions = models.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="the models, what they cost and which can be used now (what models alone does)")
    listing.add_argument("words", nargs="*", metavar="PROVIDER", help="its models only; all: also those that are shut down")
    download = actions.add_parser("download", help="fetch a model and check it; without a name the default one")
    download.add_argument("name", nargs="?")
    download.add_argument("-y", "--yes", action="store_true", help="do not ask first")
    for action, about in (("remove", "delete the files of a model"), ("path", "say where the files of a model are")):
        actions.add_parser(action, help=about).add_argument("name", nargs="?")

    _add_replay(commands)
    return parser


def _add_replay(commands: Any) -> None:
    """Add the command and its actions to the parser."""
    replay = commands.add_parser("replay", help="look at recordings, prune them, compare two, take texts out of one")
    actions = replay.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the interactions of a recording, in order")
    prune = actions.add_parser("prune", help="drop what was recorded again later, and with --used what a run did not use")
    prune.add_argument("--used", type=Path, metavar="NOTES", help="what a run with RACTO_REPLAY_USED=NOTES noted")
    scrub = actions.add_parser("scrub", help="take texts, and the secrets of the environment, out of a recording")
    diff = actions.add_parser("diff", help="what two recordings differ in; the exit code is 1 where they do")
    for action in (listing, prune, scrub, diff):
        action.add_argument("file", type=Path)
    scrub.add_argument("texts", nargs="*", metavar="TEXT")
    scrub.add_argument("--pattern", action="append", default=[], metavar="REGEX", help="and what matches it")
    diff.add_argument("other", type=Path)

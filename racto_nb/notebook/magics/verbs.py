"""The verbs of the line magic `%racto`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from racto_nb.exceptions import UsageError, did_you_mean

if TYPE_CHECKING:
    from racto_nb.models.chat import Message
    from racto_nb.notebook.magics.racto import RactoMagics


def run_verb(line: str, magics: RactoMagics) -> None:
    """Run one line such as `use embedded:smollm2-135m`. Raises UsageError for an unknown verb, naming the nearest."""
    verb, _, rest = line.strip().partition(" ")
    if not verb:
        verb = "help"
    if verb not in VERBS:
        if verb.startswith("-"):
            message = "Options belong to a cell: write %%racto (two per cent signs) and the question below it."
            raise UsageError(message)
        raise UsageError(f"%racto has no verb {verb!r}.{did_you_mean(verb, VERBS)}")
    VERBS[verb][0](magics, rest.strip())


def _use(magics: RactoMagics, model: str) -> None:
    if not model:
        _say(f"Cells without --model use {magics.model}.")
        return
    kit = magics.session.kit(model, magics.namespace)
    magics.model = model
    _say(f"Cells without --model now use {kit.provider}:{kit.model}.")


def _models(magics: RactoMagics, wanted: str) -> None:
    from racto_nb.notebook.display.tables import show_table
    from racto_nb.notebook.magics.listing import model_table

    show_table(model_table(wanted, magics.namespace, used=magics.model))


def _last(magics: RactoMagics, _: str) -> None:
    from racto_nb.notebook.display.showing import show_value

    if magics.session.last is None:
        _say("No %%racto cell has run yet.")
    else:
        show_value(magics.session.last)


def _history(magics: RactoMagics, name: str) -> None:
    conversations = magics.session.conversations
    if name:
        rows = [(turn.role.value, turn.content) for turn in conversations[name]]
        _list(("who", "text"), rows, f"Conversation {name!r}")
        return
    rows = [(key, str(conversations.count(key)), _opening(turns)) for key, turns in sorted(conversations.items())]
    none = "No conversation yet: %%racto --history NAME begins one."
    _list(("name", "turns", "begins"), rows, "Conversations" if rows else none)


def _opening(turns: list[Message]) -> str:
    text = turns[0].content
    return text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004  (a line's worth)


def _reset(magics: RactoMagics, name: str) -> None:
    forgotten = magics.session.reset(name or None)
    _say(f"Forgotten: {', '.join(forgotten)}." if forgotten else "There was no conversation to forget.")


def _cache(magics: RactoMagics, what: str) -> None:
    from racto_nb.notebook.magics.caching import DISK, report, shown

    where = magics.cache or DISK
    match what:
        case "":
            rows = report(magics.session.caches.known(where), where, setting=magics.cache)
            _list(("cache", "of exact repetitions"), rows, "%racto cache on, off, clear, purge")
        case "on":
            magics.session.caches.cache(where)  # what is wrong with its file is told now
            magics.cache = where
            _say(f"Cells now keep their answers ({shown(where)}) and are given those that are known. --fresh asks anew.")
        case "off":
            magics.cache = ""
            _say("Cells now ask each time. What is kept stays; --cache uses it.")
        case "clear" | "purge":
            _empty_cache(magics, where, what)
        case _:
            raise UsageError(f"%racto cache has no verb {what!r}.{did_you_mean(what, CACHE_VERBS)}")


def _empty_cache(magics: RactoMagics, where: str, what: str) -> None:
    cache = magics.session.caches.known(where)
    if cache is None:
        _say("There was no answer to remove.")
        return
    before = len(cache)
    if what == "clear":
        cache.clear()
        _say(f"Removed: {before:,} answer{'' if before == 1 else 's'}.")
        return
    purge = getattr(cache, "purge", None)
    removed = 0 if purge is None else purge()
    _say(f"Removed: {removed:,} of {before:,} answers, those whose time was over or that were too many.")


CACHE_VERBS = ("on", "off", "clear", "purge")
"""What may stand behind `%racto cache`."""


def _cost(_: RactoMagics, words: str) -> None:
    from racto_nb.notebook.display.showing import show_bundle
    from racto_nb.notebook.display.tabling import table_bundle
    from racto_nb.notebook.magics.costing import chart_bundle, costs, wanted

    asked = wanted(words)
    table, rows = costs(asked)
    shown = table_bundle(table)
    show_bundle(chart_bundle(asked, rows, shown) if asked.chart and rows else shown)


def _budget(_: RactoMagics, amount: str) -> None:
    from racto_nb.notebook.magics.costing import set_budget

    _say(set_budget(amount))


def _config(magics: RactoMagics, _: str) -> None:
    traits = magics.traits(config=True)
    rows = [(name, repr(getattr(magics, name)), trait.help) for name, trait in sorted(traits.items())]
    _list(("setting", "value", "meaning"), rows, "Set one with: %config RactoMagics.NAME = VALUE")


def _replay(_: RactoMagics, words: str) -> None:
    from racto_nb.notebook.magics.replaying import replay_line

    replay_line(words)


def _rag(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.magics.rag_verbs import rag_line

    rag_line(magics, line)


def _classify(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.magics.classifying import classifiers_of, classify
    from racto_nb.notebook.magics.options import split_line

    if line:
        classify(magics, split_line(line), "", line=True)
        return
    rows = [(name, type(magics.namespace[name]).__name__) for name in classifiers_of(magics.namespace)]
    none = "There is no classifier here yet. %%racto classify --labels 'Billing, Sales' needs none."
    _list(("name", "kind"), rows, "%%racto classify NAME asks one of them." if rows else none)


def _dataset(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.magics.dataset_verbs import dataset_line

    dataset_line(magics, line)


def _mcp(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.magics.mcp_verbs import mcp_line

    mcp_line(magics, line)


def _chat(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.opening.chat import open_chat

    open_chat(magics, line)


def _prompt(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.opening.prompt import open_prompt

    open_prompt(magics, line)


def _sql(magics: RactoMagics, line: str) -> None:
    if not line:
        _say("%racto sql SOURCE opens an analyst: SOURCE is a frame, a connection, a pipeline, a file or an address.")
        return
    from racto_nb.notebook.opening.sql import open_sql

    open_sql(magics, line)


def _jobs(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.opening.jobs import open_jobs

    open_jobs(magics, line)


def _help(_: RactoMagics, __: str) -> None:
    rows = [(f"%racto {verb}", about) for verb, (_, about) in VERBS.items()]
    _list(("line", "what it does"), [("%%racto", "ask a model; %%racto? lists the options"), *rows])


def _doctor(magics: RactoMagics, line: str) -> None:
    from racto_nb.notebook.checkup import findings, report
    from racto_nb.notebook.display.tables import show_table

    if line not in {"", "--services"}:
        raise UsageError(f"%racto doctor takes --services or nothing, not {line!r}.{did_you_mean(line, ['--services'])}")
    show_table(report(findings(shell=magics.shell, services=bool(line))))


def _say(text: str) -> None:
    from racto_nb.notebook.display.tables import show_text

    show_text(text)


def _list(heads: tuple[str, ...], rows: Sequence[Sequence[str]], caption: str = "") -> None:
    from racto_nb.notebook.display.tables import Table, show_table

    show_table(Table(heads, rows, caption))


VERBS: dict[str, tuple[Callable[[RactoMagics, str], None], str]] = {
    "use": (_use, "choose the model for cells without --model"),
    "models": (_models, "list the models, of all providers or of one"),
    "last": (_last, "show the last answer again"),
    "history": (_history, "list the conversations, or show one"),
    "reset": (_reset, "forget a conversation, or all"),
    "cost": (_cost, "what was spent: by day, model, cell or provider; this session, today or all; chart"),
    "budget": (_budget, "the most that all calls of this session may cost, in US dollars; off takes it away"),
    "cache": (_cache, "what the cache keeps; on, off, clear (remove all), purge (remove what is over)"),
    "rag": (
        _rag,
        "what can be asked; ingest PATH reads files, search NAME QUESTION finds passages, NAME looks into one",
    ),
    "classify": (
        _classify,
        "a panel to sort texts: NAME; NAME --frame df --column text sorts the rows of a frame, --panel beside the cells",
    ),
    "dataset": (
        _dataset,
        "what there is to train on; NAME shows figures, findings, lengths; edit NAME opens an editor",
    ),
    "chat": (_chat, "a conversation beside the cells, with one model or several; --tools, --approve, --rag NAME"),
    "prompt": (_prompt, "build a prompt in a form, empty or from NAME: hints, prices, trials, versions; --model"),
    "sql": (_sql, "a database beside the cells: SOURCE is a file, address, frame, connection or pipeline; --gold FILE"),
    "mcp": (
        _mcp,
        "tools over MCP: list NAME, call NAME TOOL {json}, serve NAME offers functions of this notebook, stop NAME ends that",
    ),
    "jobs": (_jobs, "how far batches and fine-tunes are, those of earlier sessions too: cancel them, read what came of them"),
    "replay": (_replay, "record answers, or replay them: record, replay, auto or off, then a FILE"),
    "config": (_config, "list the settings"),
    "help": (_help, "this list"),
    "doctor": (_doctor, "check versions, keys (never shown), models and common mistakes; --services: which servers answer"),
}

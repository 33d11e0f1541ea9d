"""`racto-nb models`: list the models there are; download, remove and locate embedded ones."""

from __future__ import annotations

import sys
from dataclasses import replace

from racto_nb.command_line.reports import print_table
from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.listing import model_table
from racto_nb.providers.directory import DEFAULT_PROVIDER
from racto_nb.providers.embedded.facts import DEFAULT_CHAT
from racto_nb.providers.embedded.listing import size_in_words
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import StderrReporter
from racto_nb.providers.embedded.settings import settings_from


def run_models(action: str, name: str | None, *, agreed: bool) -> int:
    """Carry out one action and return the exit code. For `list`, `name` is `[PROVIDER] [all]`."""
    if action == "list":
        return _list(name or "")
    registry = Registry.standard()
    if action == "download":
        return _download(registry, name or DEFAULT_CHAT, agreed=agreed)
    if name is None:
        message = (
            f"Which model? Write: racto-nb models {action} NAME. The names: {', '.join(card.name for card in registry.cards())}."
        )
        raise UsageError(message)
    if action == "remove":
        gone = registry.remove(name)
        sys.stdout.write(f"{name} is removed.\n" if gone else f"{name} was not here.\n")
    else:
        for path in registry.paths_of(registry.card(name)):
            sys.stdout.write(f"{path}\n")
    return 0


def _list(wanted: str) -> int:
    table = model_table(wanted, {}, line="racto-nb models list")
    here = any(row[0].startswith(f"{DEFAULT_PROVIDER}:") for row in table.rows)
    kept = f"Embedded models are kept in {settings_from().cache_dir}" if here else ""
    print_table(replace(table, caption="\n".join(line for line in (table.caption, kept) if line)))
    return 0


def _download(registry: Registry, name: str, *, agreed: bool) -> int:
    card = registry.card(name)
    if registry.installed(card):
        registry.ensure(name)
        sys.stdout.write(f"{name} is already here and its checksum is right.\n")
        return 0
    if not agreed and sys.stdin.isatty() and not _agrees(f"Download {name}, {size_in_words(card.size)}, {card.licence}? [y/N] "):
        sys.stdout.write("Nothing was downloaded.\n")
        return 1
    ready = registry.ensure(name, reporter=StderrReporter())
    sys.stdout.write(f"{name} is ready: {ready.path}\n")
    return 0


def _agrees(question: str) -> bool:
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}

"""`racto-nb models`: list, download, remove and locate embedded models."""

from __future__ import annotations

import sys

from racto_nb.command_line.reports import print_table
from racto_nb.exceptions import UsageError
from racto_nb.notebook.display.tables import Table
from racto_nb.providers.embedded.facts import DEFAULT_CHAT
from racto_nb.providers.embedded.listing import size_in_words
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import StderrReporter


def run_models(action: str, name: str | None, *, agreed: bool) -> int:
    """Carry out one action and return the exit code."""
    registry = Registry.standard()
    if action == "list":
        _list(registry)
    elif action == "download":
        return _download(registry, name or DEFAULT_CHAT, agreed=agreed)
    elif name is None:
        message = (
            f"Which model? Write: racto-nb models {action} NAME. The names: {', '.join(card.name for card in registry.cards())}."
        )
        raise UsageError(message)
    elif action == "remove":
        gone = registry.remove(name)
        sys.stdout.write(f"{name} is removed.\n" if gone else f"{name} was not here.\n")
    else:
        for path in registry.paths_of(registry.card(name)):
            sys.stdout.write(f"{path}\n")
    return 0


def _list(registry: Registry) -> None:
    rows = [
        (row.name, row.kind, size_in_words(row.size), row.licence, "here" if row.installed else "to download", row.note)
        for row in registry.rows()
    ]
    print_table(Table(("model", "kind", "size", "licence", "state", "note"), rows, f"Kept in {registry.settings.cache_dir}"))


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

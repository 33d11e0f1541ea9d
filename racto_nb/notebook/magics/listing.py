"""The models a notebook can use: those of the providers, and the kits among its variables. Nothing is asked over the network.

A provider whose kit lists its models (they are on this machine) is asked; of the others the catalogue knows the models.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.notebook.display.tabling import Table
from racto_nb.providers.catalog import Catalogue, ModelFacts, Price, catalogue
from racto_nb.providers.catalog.facts import this_day
from racto_nb.providers.catalog.prices import price_data
from racto_nb.providers.directory import PROVIDERS, ModelListing, ProviderEntry, provider_entry

HEADS = ("model", "kind", "window", "answer", "in / out", "state", "about")
_NOW, _AFTER_A_DOWNLOAD, _WITHOUT_KEY, _RETIRED = range(4)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be listed: one provider or all, and with `every` also the models that are shut down by `today`.

    `line` is what the user writes to list models, for the hints.
    """

    provider: ProviderEntry | None
    every: bool
    line: str
    today: date


@dataclass(frozen=True, slots=True)
class _Row:
    rank: int
    cells: tuple[str, ...]


def model_table(wanted: str, namespace: Mapping[str, Any], *, used: str = "", line: str = "%racto models") -> Table:
    """A table of all models, or of one provider's, those that can be used now first.

    `wanted` is `[PROVIDER] [all]`; with `all` the models that are shut down are listed too. `namespace` are the notebook's
    variables, `used` is the model that cells without --model use. Raises ProviderNotFoundError with the nearest names for an
    unknown provider, UsageError for more words and for a wrong file of the user's.
    """
    wish = _wish(wanted, line)
    entries = [wish.provider] if wish.provider else list(PROVIDERS.values())
    notes: list[str] = [f"Cells without --model use {used}."] if used else []
    rows: list[_Row] = []
    for entry in entries:
        found, more = _of_this_machine(entry), ()
        if found is None:
            found, more = _of_the_catalogue(entry, wish, catalogue())
        rows += found
        notes += more
    if not wish.provider:
        rows += [_Row(_NOW, cells) for cells in _kits(namespace)]
    ordered = [_marked(row.cells, used) for row in sorted(rows, key=lambda row: row.rank)]
    return _without_empty_columns(Table(HEADS, ordered, "\n".join([*notes, *_about_prices(ordered, wish.today)])))


def listed(entry: ProviderEntry) -> list[ModelListing]:
    """The models of a provider that are not shut down; ready are those that are here, or whose key is set."""
    face = _face(entry)
    if face is not None and hasattr(face, "list_models"):
        return face.list_models()
    known, day, ready = catalogue(), this_day(), has_key(entry, os.environ)
    current = (facts for facts in known.models(entry.name) if not facts.retired(day))
    return [ModelListing(facts.name, facts.kind, facts.note, ready) for facts in current]


def has_key(entry: ProviderEntry, environ: Mapping[str, str]) -> bool:
    """Whether a provider needs no key, or one of its variables holds one."""
    return not entry.key_variables or any(environ.get(name, "").strip() for name in entry.key_variables)


def _wish(wanted: str, line: str) -> _Wish:
    words = wanted.split()
    every = words[-1:] == ["all"]
    names = words[:-1] if every else words
    if len(names) > 1:
        msg = f"Write `{line} [PROVIDER] [all]`: with a provider its models only, with `all` also those that are shut down."
        raise UsageError(msg)
    return _Wish(provider_entry(names[0]) if names else None, every, line, this_day())


def _face(entry: ProviderEntry) -> Any:
    return importlib.import_module(entry.face) if importlib.util.find_spec(entry.face) else None


def _of_this_machine(entry: ProviderEntry) -> list[_Row] | None:
    face = _face(entry)
    if face is None or not hasattr(face, "list_models"):
        return None
    rows: Sequence[ModelListing] = face.list_models()
    return [
        _Row(
            _NOW if row.ready else _AFTER_A_DOWNLOAD,
            (
                f"{entry.name}:{row.name}",
                row.kind,
                f"{row.window:,}" if row.window else "",
                "",
                "free",
                "ready" if row.ready else "to download",
                row.about,
            ),
        )
        for row in rows
    ]


def _of_the_catalogue(entry: ProviderEntry, wish: _Wish, known: Catalogue) -> tuple[list[_Row], tuple[str, ...]]:
    """The rows of a provider's models, and sentences about those that are left out."""
    models, keyed = known.models(entry.name), has_key(entry, os.environ)
    shown = [facts for facts in models if wish.every or not facts.retired(wish.today)]
    more: list[str] = [] if keyed else [f"{entry.name} needs a key: set {' or '.join(entry.key_variables)}."]
    if wish.provider is None and not keyed and not wish.every:
        only = [facts for facts in shown if facts.name == entry.default_model]
        if len(shown) > len(only):
            more += [f"{wish.line} {entry.name}: {len(shown) - len(only)} more, which need a key."]
        shown = only
    elif not wish.every and len(shown) < len(models):
        more += [f"{wish.line} {entry.name} all: {len(models) - len(shown)} more, which are shut down."]
    if not models:
        more += [f"No model of {entry.name} is in the catalogue: it serves what its server has."]
    return [_known_row(entry, facts, known, wish.today, keyed=keyed) for facts in shown], tuple(more)


def _known_row(entry: ProviderEntry, facts: ModelFacts, known: Catalogue, today: date, *, keyed: bool) -> _Row:
    retired = facts.retired(today)
    successor = known.living_successor(facts, today=today)
    then = f" → {successor}" if successor else ""
    key = "key set" if keyed else "needs a key"
    if retired:
        state = f"retired {facts.retires}{then}" if facts.retires else f"retired{then}"
    else:
        state = f"{key}, until {facts.retires}{then}" if facts.retires else key
    able = facts.abilities
    limits = ("" if limit is None else f"{limit:,}" for limit in (able.window, able.output_limit))
    cells = (f"{entry.name}:{facts.name}", facts.kind, *limits, _price(facts.price_on(today)), state, facts.note)
    return _Row(_RETIRED if retired else _NOW if keyed else _WITHOUT_KEY, cells)


def _price(found: Price | None) -> str:
    if found is None:
        return "price unknown"
    if found.free:
        return "free"
    both = " / ".join(_dollars(amount) for amount in (found.input, found.output) if amount is not None)
    return f"{both} *" if found.step else both


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount == round(amount, 2) else f"${amount.normalize():,f}"


def _about_prices(rows: Sequence[Sequence[str]], today: date) -> Iterator[str]:
    prices = [cells[HEADS.index("in / out")] for cells in rows]
    if any("$" in text for text in prices):
        yield f"Prices: US dollars for a million tokens read / written, on {today}, by {price_data()}."
    if any("*" in text for text in prices):
        yield "* Long prompts cost more."


def _without_empty_columns(table: Table) -> Table:
    kept = [place for place in range(len(table.heads)) if any(row[place] for row in table.rows)]
    rows = [[row[place] for place in kept] for row in table.rows]
    return Table(tuple(table.heads[place] for place in kept), rows, table.caption)


def _kits(namespace: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, value in namespace.items():
        if issubclass(type(value), DeveloperKit) and not name.startswith("_"):
            yield name, "kit", "", "", "", "ready", f"{value.provider}:{value.model}, a kit of this notebook"


def _marked(cells: tuple[str, ...], used: str) -> tuple[str, ...]:
    return (f"{cells[0]} ←", *cells[1:]) if cells[0] == used else cells

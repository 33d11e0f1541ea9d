"""What a catalogue file says about models: TOML, checked field by field. What is wrong is named with its file, table and field.

The file that comes with racto_nb and the user's own have one form: a table a provider, and in it a table a model.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, cast

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.providers.catalog.facts import ModelKind
from racto_nb.providers.catalog.prices import Price
from racto_nb.providers.catalog.rules import ABILITIES, FIELDS, PRICE, Rule

_SHOWN = 80
Tables = Mapping[str, Mapping[str, "Entry"]]
"""Providers, their models' names, and what is said about each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file says about one model; None: it says nothing."""

    kind: ModelKind | None = None
    window: int | None = None
    output_limit: int | None = None
    embed_batch: int | None = None
    dimensions: int | None = None
    abilities: Mapping[str, bool] = field(default_factory=dict[str, bool])
    price: Price | None = None
    retires: date | None = None
    gone: bool | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()
    note: str | None = None

    def under(self, own: Entry) -> Entry:
        """This entry with what `own` says on top of it, field by field; abilities and aliases are added to."""
        said = {each.name: getattr(own, each.name) for each in fields(own)}
        more = {name: value for name, value in said.items() if value is not None}
        joined = {"abilities": {**self.abilities, **own.abilities}, "aliases": (*self.aliases, *own.aliases)}
        return replace(self, **{**more, **joined})


def read_entries(path: Path, *, providers: Collection[str]) -> Tables:
    """What the file `path` says. Raises UsageError that names the file, the table and the field."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        msg = f"The catalogue {str(path)!r} cannot be read: {error.strerror}. Correct RACTO_CATALOG_FILE, or write the file."
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"The catalogue {str(path)!r} is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        raise UsageError(msg) from error
    return entries_from(text, where=str(path), providers=providers)


def entries_from(text: str, *, where: str, providers: Collection[str] | None = None) -> Tables:
    """What the TOML `text`, which came from the file `where`, says. `providers` are the ones there are (None: any).

    Raises UsageError that names the file, the table and the field.

    >>> entries_from('[openai."gpt-6-luna"]\\nwindow = 9', where="catalog.toml")["openai"]["gpt-6-luna"].window
    9
    """
    try:
        # Decimal: a price of 0.10 is that, and not the binary number beside it.
        tables: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        hint = " A name with a colon or a slash in it stands in quotes." if ":" in text else ""
        msg = f"The catalogue {where!r} is not TOML: {error}.{hint}"
        raise UsageError(msg) from error
    return {provider: dict(_models(where, provider, models, providers)) for provider, models in tables.items()}


def _models(where: str, provider: str, models: Any, known: Collection[str] | None) -> Iterator[tuple[str, Entry]]:
    if known is not None and provider not in known:
        msg = f"{where!r}: {provider!r} is no provider of the catalogue.{did_you_mean(provider, known)}"
        raise UsageError(msg)
    if not isinstance(models, dict):
        msg = f'{where!r}, {provider!r}: a table for each model is expected, [{provider}."NAME"], found {_cut(models)}.'
        raise UsageError(msg)
    for name, said in cast("dict[str, Any]", models).items():
        place = f'{where!r}, table [{provider}."{name}"]'
        if not isinstance(said, dict):
            msg = f"{place}: a table of fields is expected, found {_cut(said)}."
            raise UsageError(msg)
        if not name.strip():
            msg = f"{place}: the model has no name."
            raise UsageError(msg)
        yield name, _entry(place, provider, name, cast("dict[str, Any]", said))


def _entry(place: str, provider: str, name: str, said: dict[str, Any]) -> Entry:
    for key, value in said.items():
        if key not in FIELDS and isinstance(value, dict):
            msg = f'{place}: there is no field {key!r}. A name with a dot in it stands in quotes: [{provider}."{name}.{key}"].'
            raise UsageError(msg)
        _check(place, key, value, FIELDS)
    able, unable = said.get("able", []), said.get("unable", [])
    if both := sorted({*able} & {*unable}):
        _refuse(place, "unable", f"{both[0]!r} stands in 'able' too")
    plain = {key: value for key, value in said.items() if key not in {"able", "unable", "price", "aliases"}}
    return Entry(
        abilities={**dict.fromkeys(able, True), **dict.fromkeys(unable, False)},
        price=_price(place, said["price"]) if "price" in said else None,
        aliases=tuple(said.get("aliases", ())),
        **plain,
    )


def _price(place: str, said: dict[str, Any]) -> Price:
    for key, value in said.items():
        _check(place, f"price.{key}", value, {f"price.{name}": rule for name, rule in PRICE.items()})
    if "input" not in said:
        _refuse(place, "price.input", "is missing: dollars for a million tokens")
    amounts = {key: Decimal(value) for key, value in said.items() if key != "as_of"}
    return Price(
        amounts["input"],
        amounts.get("output"),
        amounts.get("cached"),
        said.get("as_of"),
        cache_write=amounts.get("cache_write"),
    )


def _check(place: str, key: str, value: object, rules: Mapping[str, Rule]) -> None:
    if key not in rules:
        msg = f"{place}: there is no field {key!r}.{did_you_mean(key, rules)}"
        raise UsageError(msg)
    if not rules[key].holds(value):
        _refuse(place, key, f"{rules[key].allowed} is expected, found {_cut(value)}")
    if key in {"able", "unable"}:
        for word in cast("list[str]", value):
            if word not in ABILITIES:
                _refuse(place, key, f"{word!r} is no ability. Write one of: {', '.join(ABILITIES)}")


def _refuse(place: str, key: str, why: str) -> NoReturn:
    msg = f"{place}, field {key!r}: {why}."
    raise UsageError(msg)


def _cut(value: object) -> str:
    text = str(value) if isinstance(value, date | Decimal) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

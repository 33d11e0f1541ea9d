"""Look up models: exact names, dated snapshots, fine-tunes and aliases; names close to a wrong one; costs; shut-downs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from racto_nb._paths import expanded
from racto_nb.exceptions import nearest
from racto_nb.providers.catalog.entries import Entry, Tables, entries_from, read_entries
from racto_nb.providers.catalog.facts import ModelFacts, this_day
from racto_nb.providers.catalog.prices import batch_list_cost, list_cost
from racto_nb.providers.wire import Abilities

_SUGGESTIONS = 3
_SNAPSHOT = re.compile(r"(.+)-(20\d\d-\d\d-\d\d|20\d{6}|00\d)")
_CHAT = Abilities(json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None)
_EMBEDDING = Abilities(images=None, documents=None, sampling=False, embeddings=True, dimensions=None)


class Catalogue:
    """The known models of each provider. Made once from tables; looking something up changes nothing.

    >>> known = catalogue()
    >>> known.facts("openai", "gpt-4o-2024-08-06").abilities.window
    128000
    >>> known.facts("openai", "a-model-of-ours") is None
    True
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = {provider: dict(models) for provider, models in tables.items()}
        self._aliases = {
            provider: {alias: name for name, entry in models.items() for alias in entry.aliases}
            for provider, models in self._tables.items()
        }
        self._found = lru_cache(maxsize=1024)(self._looked_up)

    def providers(self) -> list[str]:
        """The providers whose models can be looked up, those without a known model included."""
        return list(self._tables)

    def facts(self, provider: str, model: str) -> ModelFacts | None:
        """What is known about a model, under the name asked for; None when nothing is.

        A dated snapshot (`gpt-4o-2024-08-06`) that is not listed itself, an alias and a fine-tune (`ft:gpt-4o-…:org::id`) have
        the facts of the model they are made from. The price of a fine-tune is its own, or unknown.
        """
        return self._found(provider, model)

    def _looked_up(self, provider: str, model: str) -> ModelFacts | None:
        plain, listed = self._listed(provider, model)
        if listed is None:
            return None
        is_tuned = plain.startswith("ft:")
        found = _facts(provider, model, self._tables[provider][listed])
        priced_as = listed if plain in self._aliases[provider] else plain
        return replace(found, priced_as=priced_as, own_price=None if is_tuned else found.own_price)

    def names(self, provider: str, *, kind: str | None = None, current: bool = True, today: date | None = None) -> list[str]:
        """The names of a provider's models, the ones to begin with first.

        `kind` is "chat" or "embedding" (None: both). With `current` those that are shut down by `today` (None: now) are left out.
        """
        day = today or this_day()
        return [
            facts.name for facts in self.models(provider) if kind in {None, facts.kind} and not (current and facts.retired(day))
        ]

    def models(self, provider: str) -> list[ModelFacts]:
        """All known models of a provider, also those that are shut down, in the order of `names`."""
        return [_facts(provider, name, entry) for name, entry in self._tables.get(provider, {}).items()]

    def cost(
        self, provider: str, model: str, usage: Mapping[str, int], *, at: datetime | None = None, tier: str = ""
    ) -> Decimal | None:
        """US dollars for `usage`, or None when the price or the count of tokens is unknown.

        `usage` has `prompt_tokens` (all of them, with the cached ones), `completion_tokens` (with those of thinking),
        `cached_tokens` and `cache_write_tokens`. `at` is when the call was made (None: now), `tier` how it is charged ("flex",
        "priority", "batch"; "": as usual). The price in the user's file goes before the list price; it
        knows no tiers, and says nothing of batches.

        >>> catalogue().cost("openai", "gpt-6-luna", {"prompt_tokens": 1000, "completion_tokens": 100}, at=datetime(2026, 11, 21))
        Decimal('0.00015')
        """
        if tier == "batch":
            return self.batch_cost(provider, model, usage, at=at)
        facts = self.facts(provider, model)
        if facts is not None and facts.own_price is not None:
            return facts.own_price.cost(usage)
        return list_cost(provider, facts.priced_as if facts else model.removeprefix("models/"), usage, at=at, tier=tier)

    def batch_cost(self, provider: str, model: str, usage: Mapping[str, int], *, at: datetime | None = None) -> Decimal | None:
        """US dollars for `usage` in a batch, or None when the price of batches or the count of tokens is unknown.

        A price in the user's file says nothing of batches: such a model has none here.

        >>> usage = {"prompt_tokens": 1000, "completion_tokens": 100}
        >>> catalogue().batch_cost("openai", "gpt-6-luna", usage, at=datetime(2026, 11, 21))
        Decimal('0.000075')
        """
        facts = self.facts(provider, model)
        if facts is not None and facts.own_price is not None:
            return None
        return batch_list_cost(provider, facts.priced_as if facts else model.removeprefix("models/"), usage, at=at)

    def retirement(self, provider: str, model: str, *, today: date) -> str | None:
        """A sentence about the shut-down of a model and what to use instead; None when no shut-down is known.

        >>> catalogue().retirement("openai", "gpt-4o", today=date(2026, 11, 21))
        'gpt-4o is shut down on 2027-01-14. Use gpt-6-luna.'
        """
        facts = self.facts(provider, model)
        if facts is None or (facts.retires is None and not facts.gone):
            return None
        successor = self.living_successor(facts, today=today)
        use = f" Use {successor}." if successor else ""
        when = f" on {facts.retires}" if facts.retires else ""
        return f"{model} {'was' if facts.retired(today) else 'is'} shut down{when}.{use}"

    def living_successor(self, facts: ModelFacts, *, today: date) -> str | None:
        """The first model in the line of successors that is not shut down by `today`, or None."""
        seen = {facts.name}
        while facts.successor is not None and facts.successor not in seen:
            seen.add(facts.successor)
            found = self.facts(facts.provider, facts.successor)
            if found is None or not found.retired(today):
                return facts.successor
            facts = found
        return None

    def nearest(self, provider: str, name: str, *, today: date | None = None) -> list[str]:
        """At most three models to use instead of `name`, which the provider does not serve; empty when none is close.

        Of a model that is shut down only its successor is named.

        >>> catalogue().nearest("openai", "gpt6-luna", today=date(2026, 11, 21))[0]
        'gpt-6-luna'
        """
        day = today or this_day()
        current = [known for known in self.names(provider, today=day) if known != name]
        gone = [facts for facts in self.models(provider) if facts.retired(day)]
        meant = self.facts(provider, name)
        found = [self.living_successor(meant, today=day)] if meant is not None and meant.successor else []
        found += [known for known in current if name and known.startswith(name)]
        close = nearest(name, [*current, *(facts.name for facts in gone)])
        instead = {facts.name: self.living_successor(facts, today=day) for facts in gone}
        found += [known for known in close if known in current]
        found += [instead[known] for known in close if known in instead]
        return list(dict.fromkeys(known for known in found if known and known != name))[:_SUGGESTIONS]

    def _listed(self, provider: str, model: str) -> tuple[str, str | None]:
        """The name without what a provider's SDK puts before it, and the name of the entry for it."""
        plain = model.removeprefix("models/")
        parts = plain.split(":")
        return plain, self._named(provider, parts[1] if parts[0] == "ft" and len(parts) > 1 else plain)

    def _named(self, provider: str, name: str) -> str | None:
        models, aliases = self._tables.get(provider, {}), self._aliases.get(provider, {})
        if name in models or name in aliases:
            return name if name in models else aliases[name]
        dated = _SNAPSHOT.fullmatch(name)
        if dated is None or not _is_version(dated[2]):
            return None
        return dated[1] if dated[1] in models else aliases.get(dated[1])


def catalogue() -> Catalogue:
    """The catalogue of this process: what racto_nb ships, and the user's file on top.

    The file is `catalog.toml` in the user's configuration folder, or the one that `RACTO_CATALOG_FILE` names. It is read again
    only when it has changed, so asking often is cheap. Raises UsageError that names the file, the table and the field when
    something in it is wrong, or when the named file is not there.
    """
    path, required = catalog_file(os.environ)
    return _loaded(path, _stamp(path), required)


def catalog_file(environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Where the user's file is, or would be, and whether it must be there.

    >>> catalog_file({"RACTO_CATALOG_FILE": "/data/catalog.toml"})[1]
    True
    """
    own = environ.get("RACTO_CATALOG_FILE")
    if own:
        return expanded(own).absolute(), True
    return _usual_file(*(environ.get(name) for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"))), False


@lru_cache(maxsize=4)
def _usual_file(*_: str | None) -> Path:
    """Where the user's file is without a word; looking it up takes as long as all else about a price, so it is kept.

    The arguments are what it depends on.
    """
    import platformdirs

    return Path(platformdirs.user_config_dir("racto_nb", appauthor=False)) / "catalog.toml"


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=4)
def _loaded(path: Path, stamp: tuple[int, ...] | None, required: bool) -> Catalogue:  # noqa: FBT001  (a key of the cache)
    ours = _built_in()
    own: Tables = {} if stamp is None and not required else read_entries(path, providers=ours)
    return Catalogue({provider: _joined(models, own.get(provider, {})) for provider, models in ours.items()})


@cache
def _built_in() -> Tables:
    text = files("racto_nb.providers.catalog").joinpath("data.toml").read_text(encoding="utf-8")
    return entries_from(text, where="data.toml")


def _joined(models: Mapping[str, Entry], own: Mapping[str, Entry]) -> dict[str, Entry]:
    added = {name: entry for name, entry in own.items() if name not in models}
    return {**{name: entry.under(own.get(name, Entry())) for name, entry in models.items()}, **added}


def _is_version(ending: str) -> bool:
    try:
        return ending.startswith("00") or bool(date.fromisoformat(ending))
    except ValueError:
        return False


def _facts(provider: str, name: str, entry: Entry) -> ModelFacts:
    kind = entry.kind or "chat"
    able = replace(
        _CHAT if kind == "chat" else _EMBEDDING,
        window=entry.window,
        output_limit=entry.output_limit,
        embed_batch=entry.embed_batch,
        **entry.abilities,
    )
    return ModelFacts(
        provider=provider,
        name=name,
        kind=kind,
        abilities=able,
        dimensions=entry.dimensions,
        retires=entry.retires,
        gone=bool(entry.gone),
        successor=entry.successor,
        note=entry.note or "",
        own_price=entry.price,
        priced_as=name,
    )

"""Say what a user should know beside the answer: the end of a model, and wishes that were left out of a request."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

from racto_nb.exceptions import CacheWarning, DroppedOptionWarning, LedgerWarning, RetiredModelWarning
from racto_nb.kits.resolving import KitSettings
from racto_nb.models.chat import ChatConfig
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.catalog.facts import this_day
from racto_nb.providers.wire import ModelSpec, Provider, Request


def warn_of_the_end(provider: str, model: str, known: Catalogue | None = None) -> None:
    """Warn with RetiredModelWarning when the catalogue knows the end of `model`, at the user's line that makes the kit.

    `known` is the catalogue where it was read before: looking for the user's file would block an event loop.
    """
    if notice := (known or catalogue()).retirement(provider, model, today=this_day()):
        warnings.warn(notice, RetiredModelWarning, stacklevel=callers_level())


def check_models(provider: Provider, settings: KitSettings) -> None:
    """Look at the models that a kit may ask, when it is made, at the user's line that makes it.

    Raises UnsupportedError for one that is known not to chat. Warns with RetiredModelWarning of one that has ended, or soon will.
    """
    for model in settings.models:
        provider.specs.chat_spec(model)
        warn_of_the_end(provider.name, model)


def warn_of_dropped(config: ChatConfig, spec: ModelSpec, request: Request) -> None:
    """Warn with DroppedOptionWarning of what the user set and `request` leaves out or lowers. What was left alone never warns."""
    told = {"temperature", "max_tokens"} & config.model_fields_set
    if "temperature" in told and spec.abilities.sampling is False and not _holds(request.arguments, "temperature"):
        _say(f"{spec.provider}:{spec.name} takes no temperature: temperature={config.temperature:g} was not sent. Leave it out.")
    most = spec.abilities.output_limit
    if "max_tokens" in told and most is not None and config.max_tokens > most:
        _say(f"{spec.provider}:{spec.name} writes at most {most} tokens: max_tokens={config.max_tokens} was lowered to that.")


def warn_of_a_cache(message: str) -> None:
    """Warn with CacheWarning, at the user's line."""
    warnings.warn(message, CacheWarning, stacklevel=callers_level())


def warn_of_ledger(trouble: str) -> None:
    """Warn with LedgerWarning of a ledger that cannot be written."""
    warnings.warn(trouble, LedgerWarning, stacklevel=callers_level())


def _say(message: str) -> None:
    warnings.warn(message, DroppedOptionWarning, stacklevel=callers_level())


def _holds(arguments: Mapping[str, Any], key: str) -> bool:
    """Whether `key` is a parameter of the request, or one of a group of them, such as Google's `generationConfig`."""
    return key in arguments or any(isinstance(part, Mapping) and key in part for part in arguments.values())


def callers_level() -> int:
    """How far up the first frame outside the package is, as seen from who warns: adapters make kits too."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "racto_nb":
        frame, level = frame.f_back, level + 1
    return level

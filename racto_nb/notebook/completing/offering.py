"""From a cell and the cursor in it to what TAB offers, with the lists that the shell, the registry and the catalogue hold."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from racto_nb.notebook.completing.cursor import Part, open_expression, place_of
from racto_nb.notebook.completing.expressions import expression_offers
from racto_nb.notebook.completing.folders import paths_from
from racto_nb.notebook.completing.offers import Offers
from racto_nb.notebook.completing.options import Known, option_offers, verb_offers
from racto_nb.providers.directory import DEFAULT_PROVIDER, PROVIDERS

_logger = logging.getLogger(__name__)


def offered(cell: str, cursor: int, shell: Any) -> Offers | None:
    """What TAB offers at the `cursor` of `cell`; without any offer TAB stays silent. None: this place is not ours."""
    place = place_of(cell, cursor)
    if place is None:
        return None
    known = _known(shell)
    match place.part:
        case Part.OPTIONS:
            return option_offers(place.before, place.after, known)
        case Part.BODY:
            source = open_expression(place.before)
            return Offers("") if source is None else expression_offers(source, known.namespace, known.hidden)
        case Part.VERB:
            from racto_nb.notebook.magics.verbs import VERBS

            return verb_offers(place.before, VERBS, known)


def model_names() -> list[str]:
    """All models as `provider:name`, of the providers that can list theirs without a request."""
    return [f"{provider}:{name}" for provider in PROVIDERS for name in _names(provider)]


def _names(provider: str) -> Iterable[str]:
    """The names of a provider's models: those of the registry, or of the catalogue. One list that is broken spares the others."""
    try:
        if provider == DEFAULT_PROVIDER:
            from racto_nb.providers.embedded.registry import Registry

            return [card.name for card in Registry.standard().cards() if card.kind == "chat"]
        from racto_nb.providers.catalog import catalogue

        return catalogue().names(provider, kind="chat") or [PROVIDERS[provider].default_model]
    except Exception:
        _logger.debug("the models of %r cannot be listed", provider, exc_info=True)
        return [PROVIDERS[provider].default_model]


def _known(shell: Any) -> Known:
    def conversations() -> list[str]:
        magics = shell.magics_manager.registry.get("RactoMagics")
        return [] if magics is None else sorted(magics.session.conversations)

    return Known(shell.user_ns, shell.user_ns_hidden, model_names, lambda: PROVIDERS, conversations, paths_from)

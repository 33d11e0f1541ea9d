"""Tools in the words of a kit's provider. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.sources import ToolSource
from racto_nb.providers.abilities import refuse_unsupported


def tools_as_sent(kit: DeveloperKit, tools: ToolSource) -> list[dict[str, Any]]:
    """`tools` as the kit's wire puts them into a request: taken from one, so that both are always the same.

    Raises UnsupportedError for a model that calls no tools.
    """
    config, spec = ChatConfig(user_message="Which tools are there?", tools=tools), kit.spec
    refuse_unsupported(config, spec)
    request = kit._provider.wire.request_from(config, spec, stream=False)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return list(request.arguments.get("tools", ()))

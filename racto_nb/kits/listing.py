"""Tools that live elsewhere are asked for before a question is: the rest of a call knows them all. Kind: flow."""

from __future__ import annotations

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.models.chat import ChatConfig
from racto_nb.models.sources import ToolHost


def with_listed_tools(config: ChatConfig) -> Flow[ChatConfig]:
    """`config` with the tools of its host, where a host stands for them."""
    host = config.tools if isinstance(config, ChatConfig) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if not isinstance(host, ToolHost):  # what is no ChatConfig is refused where all of it is checked
        return config
    source = yield from either(host.listed, host.alisted)
    return config.model_copy(update={"tools": source})


def with_tools_asked_for(config: ChatConfig) -> ChatConfig:
    """The same in a plain function, which waits."""
    host = config.tools if isinstance(config, ChatConfig) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    return config.model_copy(update={"tools": host.listed()}) if isinstance(host, ToolHost) else config

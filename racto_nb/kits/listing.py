"""Tools that live elsewhere are asked for before a question is: the rest of a call knows them all. Kind: flow."""

from __future__ import annotations

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.models.chat import ChatConfig
from racto_nb.models.sources import ToolHost


def with_listed_tools(config: ChatConfig) -> Flow[ChatConfig]:
    """`config` with the tools of its host, where a host stands for them."""
    host = _host_of(config)
    if host is None:
        return config
    source = yield from either(host.listed, host.alisted)
    return config.model_copy(update={"tools": source})


def with_tools_asked_for(config: ChatConfig) -> ChatConfig:
    """The same in a plain function, which waits."""
    host = _host_of(config)
    return config if host is None else config.model_copy(update={"tools": host.listed()})


def _host_of(config: ChatConfig) -> ToolHost | None:
    """The host that stands for the tools of `config`. What is no ChatConfig is refused where all of it is checked."""
    tools = config.tools if isinstance(config, ChatConfig) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    # Most questions have no tools, and to ask whether something fits a protocol takes as long as to write a request.
    return tools if tools is not None and isinstance(tools, ToolHost) else None

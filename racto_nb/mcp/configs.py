"""How a server is reached, and what one says of itself. Pure values."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from racto_nb.exceptions import UsageError
from racto_nb.prompts.fields import refuse_unknown_fields

Transport = Literal["stdio", "sse", "streamable-http"]


class MCPServerConfig(BaseModel):
    """What a server says of itself to its clients.

    >>> MCPServerConfig(name="weather").version
    '0.1.0'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str = ""
    version: str = "0.1.0"

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)


class MCPClientConfig(BaseModel):
    """How one server is reached: a program of this machine (`stdio`), or an address (`streamable-http`, or the older `sse`).

    `command` with its `args` is started for `stdio`, in the folder `cwd`. Such a program gets HOME, PATH and a few others of this
    process's environment and what stands in `env`, nothing else: an API key reaches it only when it is written there. `url` is
    the address for the other two; `token` is sent to it as a bearer token, with any other `headers`. `name` tells servers apart
    (by default what the server calls itself). A call may take `timeout` seconds, and the connection `connect_timeout`.

    What is missing is told when the connection is made.

    >>> MCPClientConfig(transport="stdio", command="python", args=["-m", "my_package.math_server"]).label
    'python -m my_package.math_server'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    transport: Transport
    command: str | None = None
    args: list[str] = Field(default_factory=list[str])
    env: dict[str, str] = Field(default_factory=dict[str, str], repr=False)
    url: str | None = None
    name: str = ""
    cwd: str | None = None
    token: SecretStr | None = Field(default=None, repr=False)
    headers: dict[str, str] = Field(default_factory=dict[str, str], repr=False)
    timeout: float = Field(default=60.0, gt=0)
    connect_timeout: float = Field(default=30.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    @property
    def label(self) -> str:
        """The server in messages: its name, its command, or its address without a login."""
        if self.name:
            return self.name
        if self.transport == "stdio":
            words = [PurePath(self.command or "?").name, *self.args]
            return re.sub(r"\s+", " ", " ".join(words))[:80]
        return shown_address(self.url or "?")


def shown_address(url: str) -> str:
    """`url` without what may be secret: a login, a query, a fragment.

    >>> shown_address("https://ann:secret@tools.example/mcp?key=1")
    'https://tools.example/mcp'
    """
    try:
        parts = urlsplit(url)
        place = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{place}{parts.path}" if parts.scheme else parts.path


def checked_config(config: MCPClientConfig) -> MCPClientConfig:
    """`config` itself. UsageError where it does not say how to reach the server."""
    if config.transport == "stdio":
        if not (config.command or "").strip():
            raise UsageError('An MCP server on "stdio" is a program: MCPClientConfig(transport="stdio", command="python", …).')
        return config
    scheme = (config.url or "").partition("://")[0]
    if scheme not in {"http", "https"}:
        message = f'An MCP server on "{config.transport}" has an address: write url="http://127.0.0.1:8000/mcp"'
        raise UsageError(f"{message}, not {shown_address(config.url) if config.url else 'none'}.")
    return config

"""How a server is reached, and what one says of itself. Pure values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import UsageError
from racto_nb.mcp.secrecy import secrets_of, shown_address, shown_command, shown_words
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

    What is missing is told when the connection is made. Secrets belong into `env`, `token` or `headers`. Where one stands in
    `args` or `url`, it is covered in messages and in the repr as far as it can be told: a password in an address,
    the value of `--api-key` or of `DB_PASSWORD=`, a word that looks like a key.

    >>> MCPClientConfig(transport="stdio", command="python", args=["-m", "my_package.math_server"]).label
    'python -m my_package.math_server'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

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
        """The server in messages: its name, its command, or its address; no secret is in it."""
        if self.name:
            return self.name
        if self.transport == "stdio":
            return self.secrets.cleaned(shown_command(self.command or "?", self.args))[:80]
        return shown_address(self.url or "?")

    @property
    def secrets(self) -> Secrets:
        """What shall not stand in a message about this server."""
        token = None if self.token is None else self.token.get_secret_value()
        return secrets_of(env=self.env, args=self.args, url=self.url, headers=self.headers, token=token)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            if name == "args":
                yield name, [self.secrets.cleaned(word) for word in shown_words(self.args)]
            else:
                yield name, shown_address(self.url) if name == "url" and self.url else value


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

"""The client side of the official MCP library: one session with one server, and what goes wrong in it.

Everything in here runs on one event loop. Errors of the library end here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic_core import from_json

from racto_nb._extras import requires
from racto_nb._version import __version__
from racto_nb.exceptions import RactoGatewayServerError
from racto_nb.mcp.configs import MCPClientConfig
from racto_nb.mcp.describing import MCPToolSchema, described
from racto_nb.mcp.failing import REFUSED, Watch
from racto_nb.mcp.hosts import is_loopback
from racto_nb.mcp.results import MCPToolResult
from racto_nb.mcp.stderr import Overheard
from racto_nb.prompts.files import RactoFile

if TYPE_CHECKING:
    import httpx2
    from mcp import Client
    from mcp_types import CallToolResult

MOST_PAGES = 50
"""Most pages of a list of tools that are read: a list without an end shall not hold anybody up."""
MOST_BYTES = 32 * 1024 * 1024
"""The longest message over streamable HTTP."""
_ACCEPTED = 202


@dataclass(slots=True)
class OpenSession:
    """A session with a server that is called `name`. `ended` says that the connection is gone."""

    client: Client
    watch: Watch
    config: MCPClientConfig
    name: str = field(init=False)

    def __post_init__(self) -> None:
        info = self.client.server_info
        self.name = "" if info is None else info.name

    async def list_tools(self) -> list[MCPToolSchema]:
        """The tools of the server, all pages."""
        found: dict[str, MCPToolSchema] = {}
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.client.list_tools(cursor=cursor)
            found |= {tool.name: described(tool.name, tool.description or "", tool.input_schema) for tool in page.tools}
            cursor = page.next_cursor
            if cursor is None:
                return list(found.values())
        raise RactoGatewayServerError(f"The MCP server {self.config.label!r} lists its tools without an end: {MOST_PAGES} pages.")

    async def call_tool(self, name: str, arguments: Mapping[str, Any]) -> MCPToolResult:
        """What the tool gave. Cancelled, the server is told to stop."""
        return _result(await self.client.call_tool(name, dict(arguments)))


@asynccontextmanager
async def opened(config: MCPClientConfig, heard: Overheard, watch: Watch) -> AsyncGenerator[OpenSession]:
    """A session with the server of `config`; left, it is closed and its program is ended. `heard` is its stderr."""
    with requires("mcp"):
        import mcp_types
        from mcp import Client
    us = mcp_types.Implementation(name="racto_nb", version=__version__)
    async with Client(_watched(config, heard, watch), read_timeout_seconds=config.timeout, cache=None, client_info=us) as client:
        yield OpenSession(client, watch, config)


@asynccontextmanager
async def _watched(config: MCPClientConfig, heard: Overheard, watch: Watch) -> AsyncGenerator[Any]:
    """The two streams of a transport, the first of which says when it has ended."""
    async with _transport(config, heard, watch) as (reading, writing):
        try:
            yield _Reading(reading, watch), writing
        finally:
            watch.ended = True


@dataclass(slots=True)
class _Reading:
    """A stream that notes its end."""

    stream: Any
    watch: Watch

    @property
    def last_context(self) -> Any:
        return getattr(self.stream, "last_context", None)

    async def receive(self) -> Any:
        try:
            return await self.stream.receive()
        except Exception:
            self.watch.ended = True
            raise

    async def aclose(self) -> None:
        await self.stream.aclose()

    def __aiter__(self) -> _Reading:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.stream.__anext__()
        except StopAsyncIteration:
            self.watch.ended = True
            raise

    async def __aenter__(self) -> Self:
        await self.stream.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> Any:
        return await self.stream.__aexit__(*error)


@asynccontextmanager
async def _transport(config: MCPClientConfig, heard: Overheard, watch: Watch) -> AsyncGenerator[Any]:
    with requires("mcp"):
        from mcp.client.stdio import StdioServerParameters, stdio_client
        from mcp.client.streamable_http import streamable_http_client
    if config.transport == "stdio":
        program = StdioServerParameters(command=config.command or "", args=config.args, env=config.env, cwd=config.cwd)
        with heard.pipe() as errors:
            async with stdio_client(program, errlog=errors) as streams:
                yield streams
    elif config.transport == "sse":
        async with _over_sse(config, watch) as streams:
            yield streams
    else:
        async with (
            _http_client(config, watch) as client,
            streamable_http_client(_without_login(config.url), http_client=client, max_sse_event_size=MOST_BYTES) as streams,
        ):
            yield streams


@asynccontextmanager
async def _over_sse(config: MCPClientConfig, watch: Watch) -> AsyncGenerator[Any]:
    """The streams of SSE. A request that is refused is answered, as it is over streamable HTTP; the library would wait for it."""
    import anyio
    from mcp.client.sse import sse_client

    sending, reading = anyio.create_memory_object_stream[Any](0)

    async def refused(response: httpx2.Response) -> None:
        if response.request.method == "POST" and response.is_error:
            if (answer := _refusal(response)) is not None:
                await sending.send(answer)
            response.status_code = _ACCEPTED  # what is raised there ends the writing for all calls

    def made(**_: object) -> httpx2.AsyncClient:
        return _http_client(config, watch, refused)

    async def passed_on(source: Any) -> None:
        async with sending:
            async for message in source:
                await sending.send(message)

    transport = sse_client(_without_login(config.url), httpx_client_factory=cast("Any", made))
    async with sending, reading, transport as (source, writing), anyio.create_task_group() as passing:
        passing.start_soon(passed_on, source)
        yield reading, writing
        passing.cancel_scope.cancel()


def _refusal(response: httpx2.Response) -> Any:
    """What the library reads for a request that was refused; None for what expects no answer."""
    import mcp_types
    from mcp.shared.message import SessionMessage

    asked = from_json(response.request.content)
    if "method" not in asked or "id" not in asked:
        return None
    said = mcp_types.ErrorData(code=mcp_types.INVALID_REQUEST, message=f"HTTP {response.status_code} {response.reason_phrase}")
    return SessionMessage(mcp_types.JSONRPCError(jsonrpc="2.0", id=asked["id"], error=said))


def _http_client(config: MCPClientConfig, watch: Watch, *hooks: Callable[[httpx2.Response], Any]) -> httpx2.AsyncClient:
    """Redirects to other hosts are not followed, so the token stays with the server. A proxy never stands before this machine."""
    import httpx2

    async def note(response: httpx2.Response) -> None:
        if response.request.method == "POST" or response.status_code in REFUSED:  # a GET may be refused by who needs none
            watch.status = response.status_code

    url = httpx2.URL(config.url or "")
    token = {} if config.token is None else {"Authorization": f"Bearer {config.token.get_secret_value()}"}
    return httpx2.AsyncClient(
        headers=config.headers | token,
        timeout=httpx2.Timeout(config.connect_timeout, read=max(300.0, config.timeout)),
        auth=(url.username, url.password) if url.userinfo else None,
        trust_env=not is_loopback(url.host),
        event_hooks={"response": [note, *hooks]},
    )


def _without_login(url: str | None) -> str:
    """The address that the library gets: what it logs quotes it whole. The login goes out in a header."""
    import httpx2

    address = httpx2.URL(url or "")
    return str(address.copy_with(username=None, password=None) if address.userinfo else address)


def _result(result: CallToolResult) -> MCPToolResult:
    texts: list[str] = []
    images: list[RactoFile] = []
    files: list[RactoFile] = []
    links: list[str] = []
    for block in result.content:
        match block.type:
            case "text":
                texts.append(block.text)
            case "image":
                images.append(_file(block.data, block.mime_type))
            case "audio":
                files.append(_file(block.data, block.mime_type))
            case "resource_link":
                links.append(block.uri)
            case "resource":
                resource: Any = block.resource
                if hasattr(resource, "text"):
                    texts.append(resource.text)
                else:
                    files.append(_file(resource.blob, resource.mime_type or "application/octet-stream", resource.uri))
    return MCPToolResult(
        content="\n".join(texts),
        is_error=result.is_error,
        structured=result.structured_content,
        images=images,
        files=files,
        links=links,
    )


def _file(data: str, mime_type: str, name: str = "") -> RactoFile:
    try:
        return RactoFile(base64.b64decode(data, validate=True), mime_type, name=name)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"a file of the type {mime_type!r:.60} is no base64") from error

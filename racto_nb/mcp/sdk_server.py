"""The server side of the official MCP library: what it asks of us, over stdio and as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

from racto_nb._extras import requires
from racto_nb.exceptions import UsageError
from racto_nb.mcp.configs import MCPServerConfig
from racto_nb.mcp.hosts import ASGIApp
from racto_nb.mcp.plain import whole
from racto_nb.mcp.results import MCPToolResult
from racto_nb.models.sources import ToolDescription
from racto_nb.models.stream import joined_halves
from racto_nb.prompts.files import RactoFile

if TYPE_CHECKING:
    from mcp.server import Server
    from mcp_types import CallToolResult, ContentBlock
    from starlette.types import Receive, Scope, Send


class Offer(Protocol):
    """What a server offers: its tools, and their results."""

    @property
    def config(self) -> MCPServerConfig: ...

    @property
    def schemas(self) -> Sequence[ToolDescription]: ...

    async def answer(self, name: str, arguments: Mapping[str, Any]) -> MCPToolResult: ...


async def serve_stdio(offer: Offer) -> None:
    """Serve one client over this process's stdin and stdout, until stdin ends. What tools print goes to stderr."""
    with requires("mcp"):
        from mcp.server.stdio import stdio_server
    server = _server(offer)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def asgi_app(offer: Offer) -> ASGIApp:
    """Serve clients over HTTP: streamable HTTP at `/mcp`, the older SSE at `/sse` and `/messages/`. A `Door` goes before it."""
    with requires("mcp-sse"):
        from mcp.server.sse import SseServerTransport
        from mcp.server.transport_security import TransportSecuritySettings
        from starlette.routing import Mount, Route
    server = _server(offer)
    behind_a_door = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    sse = SseServerTransport("/messages/", security_settings=behind_a_door)

    class Listening:
        """An ASGI application, so that nothing is sent when the stream has ended."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            streams: AbstractAsyncContextManager[Any] = sse.connect_sse(scope, receive, send)
            async with streams as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())

    app = server.streamable_http_app(transport_security=behind_a_door)
    app.router.routes += [Route("/sse", endpoint=Listening()), Mount("/messages/", app=sse.handle_post_message)]
    return app


def _server(offer: Offer) -> Server[Any]:
    with requires("mcp"):
        import mcp_types
        from mcp.server import Server

    async def list_tools(_: object, __: object) -> mcp_types.ListToolsResult:
        tools = [
            mcp_types.Tool(name=tool.name, description=joined_halves(tool.description), input_schema=whole(tool.to_json_schema()))
            for tool in offer.schemas
        ]
        return mcp_types.ListToolsResult(tools=tools)

    async def call_tool(_: object, asked: mcp_types.CallToolRequestParams) -> CallToolResult:
        try:
            return _told(await offer.answer(asked.name, asked.arguments or {}))
        except UsageError as error:
            from mcp import MCPError

            raise MCPError(mcp_types.INVALID_PARAMS, str(error)) from error

    about = whole(offer.config.model_dump())
    return Server(
        about["name"],
        version=about["version"],
        description=about["description"] or None,
        instructions=about["description"] or None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _told(result: MCPToolResult) -> CallToolResult:
    """`result` as the library sends it. Half a letter in it would end the stream to all who listen."""
    import mcp_types

    blocks: list[ContentBlock] = []
    if result.content or not (result.images or result.files or result.links):
        blocks.append(mcp_types.TextContent(text=joined_halves(result.content)))
    blocks += [mcp_types.ImageContent(data=file.base64_data, mime_type=_kind(file)) for file in result.images]
    for place, file in enumerate(result.files):
        if file.media_type.startswith("audio/"):
            blocks.append(mcp_types.AudioContent(data=file.base64_data, mime_type=_kind(file)))
            continue
        uri = joined_halves(f"file:///{file.name or f'file{place + 1}'}")
        contents = mcp_types.BlobResourceContents(uri=uri, mime_type=_kind(file), blob=file.base64_data)
        blocks.append(mcp_types.EmbeddedResource(resource=contents))
    blocks += [mcp_types.ResourceLink(name=link, uri=link) for link in map(joined_halves, result.links)]
    return mcp_types.CallToolResult(content=blocks, structured_content=result.structured, is_error=result.is_error)


def _kind(file: RactoFile) -> str:
    return joined_halves(file.media_type)


class _Leaving:
    """`app`, whose streams that clients listen on (GET) end when `left` is set. They have no end of their own."""

    def __init__(self, app: ASGIApp, left: asyncio.Event) -> None:
        self._app = app
        self._left = left

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        is_open = False

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal is_open
            is_open = message["type"] == "http.response.start" or bool(message.get("more_body"))
            await send(message)

        await self._app(scope, lambda: self._heard(receive), noted)
        if is_open and self._left.is_set():
            await send({"type": "http.response.body", "body": b""})

    async def _heard(self, receive: Receive) -> MutableMapping[str, Any]:
        """What the client says; that it is gone, where it is we who go."""
        asked, left = asyncio.ensure_future(receive()), asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait({asked, left}, return_when=asyncio.FIRST_COMPLETED)
            return asked.result() if asked.done() else {"type": "http.disconnect"}
        finally:
            asked.cancel()
            left.cancel()


async def serve_http(app: ASGIApp, sock: Any, ready: Callable[[], None], left: Callable[[], Awaitable[None]]) -> None:
    """Serve `app` on a bound socket until `left` returns; `ready` is called when it listens."""
    with requires("mcp-sse"):
        import uvicorn
    gone = asyncio.Event()
    settings = uvicorn.Config(
        _Leaving(app, gone), log_level="warning", access_log=False, timeout_graceful_shutdown=1, ws="none", lifespan="on"
    )
    server = uvicorn.Server(settings)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    leaving = asyncio.ensure_future(left())
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        if server.started:
            ready()
        await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        gone.set()
        server.should_exit = True
        await asyncio.wait({serving}, timeout=5)
        serving.cancel()
    if not serving.cancelled() and serving.done() and (error := serving.exception()) is not None:
        raise error

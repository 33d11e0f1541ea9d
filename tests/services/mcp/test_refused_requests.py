"""A request that the server's HTTP refuses: told at once, with its number; the calls beside it and the next ones go on."""

import asyncio
from contextlib import contextmanager

import pytest
from services.mcp.places import listening, until
from services.mcp.programs.odd import said, slow

from racto_nb.exceptions import RactoGatewayAuthError, RactoGatewayBadRequestError, RactoGatewayConnectionError
from racto_nb.mcp import MCPClientConfig, RactoMCPClient, RactoMCPServer


class Refusing:
    """Our application, which answers what is posted with `status` where one is set."""

    def __init__(self):
        server = RactoMCPServer("refusing")
        server.add_tool(said)
        server.add_tool(slow)
        self.app = server.get_asgi_app()
        self.status = 0

    async def __call__(self, scope, receive, send):
        if self.status and scope["type"] == "http" and scope["method"] == "POST":
            await send({"type": "http.response.start", "status": self.status, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)


@pytest.fixture(scope="module", params=["sse", "streamable-http"])
def refusing(request):
    app = Refusing()
    path = "/sse" if request.param == "sse" else "/mcp"
    with listening(app) as address, RactoMCPClient(MCPClientConfig(transport=request.param, url=address + path)) as client:
        yield app, client


@contextmanager
def answering(app, status):
    app.status = status
    try:
        yield
    finally:
        app.status = 0


async def test_a_call_that_is_too_large_is_refused_at_once_and_the_others_go_on(refusing):
    _, client = refusing
    beside = asyncio.ensure_future(client.call_tool("slow"))
    await asyncio.to_thread(until, lambda: client.is_open)

    with pytest.raises(RactoGatewayBadRequestError, match="refused a call of 'said': HTTP 413"):
        await client.call_tool("said", {"x": "x" * 5_000_000})

    assert (await beside).content == "at last"
    assert (await client.call_tool("said", {"x": 1})).content == "1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RactoGatewayBadRequestError),
        (401, RactoGatewayAuthError),
        (404, RactoGatewayConnectionError),
        (503, RactoGatewayConnectionError),
    ],
)
def test_what_is_posted_in_vain_is_told_as_what_it_is(refusing, status, kind):
    app, client = refusing
    assert client.call_tool_sync("said", {"x": 1}).content == "1"

    with answering(app, status), pytest.raises(kind, match=f"HTTP {status}"):
        client.call_tool_sync("said", {"x": 1})

    assert client.call_tool_sync("said", {"x": 2}).content == "2"

"""A server made with the official library alone, over stdio: `python official.py`."""

import asyncio
import os
from pathlib import Path

from mcp.server import MCPServer
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel


class Weather(BaseModel):
    city: str
    celsius: float


server = MCPServer("official")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


@server.tool()
def weather(city: str) -> Weather:
    """The weather in a city."""
    return Weather(city=city, celsius=21.5)


@server.tool()
def everything() -> CallToolResult:
    """All kinds of content."""
    return CallToolResult(
        content=[
            TextContent(text="first"),
            ImageContent(data="aGVsbG8=", mime_type="image/png"),
            AudioContent(data="c291bmQ=", mime_type="audio/wav"),
            ResourceLink(name="page", uri="https://example.org/page"),
            EmbeddedResource(resource=TextResourceContents(uri="file:///notes.txt", text="second")),
            EmbeddedResource(resource=BlobResourceContents(uri="file:///a.pdf", blob="cGRm", mime_type="application/pdf")),
        ]
    )


@server.tool()
def fail(reason: str) -> str:
    """Fails."""
    raise ValueError(reason)


@server.tool(name="db.drop")
def drop() -> str:
    """Shares its name, as providers take it, with another tool."""
    return "dropped"


@server.tool()
def db_drop() -> str:
    """The other."""
    return "asked first"


@server.tool(name="files.read")
def read() -> str:
    """A name that providers refuse."""
    return "a file"


@server.tool()
def process() -> int:
    """The process that answers."""
    return os.getpid()


@server.tool()
async def wait(note: str) -> str:
    """Waits until it is stopped, and says so in a file."""
    Path(note).write_text("waiting")  # noqa: ASYNC240
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        Path(note).write_text("stopped")  # noqa: ASYNC240
        raise
    return "waited"


if __name__ == "__main__":
    server.run()

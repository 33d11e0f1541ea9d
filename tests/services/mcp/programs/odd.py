"""Tools whose results and descriptions have halves of letters, as names of files may have. Run, it serves over stdio."""

import time
from typing import Annotated, Any

from pydantic import Field

from racto_nb.mcp import MCPToolResult, RactoMCPServer
from racto_nb.prompts import RactoFile

HALF = "\ud800"
server = RactoMCPServer(f"odd{HALF}", description=f"for tests{HALF}")


def said(x: Any = "") -> str:
    """What was said."""
    return repr(x)


def noted(what: Annotated[str, Field(description=f"half{HALF}")] = f"a{HALF}") -> dict[str, object]:
    """A note."""
    return {f"name{HALF}": [what, {"deep": HALF}], "joined": "\ud83d\ude00", "nan": float("nan"), "long": 10**30}


def fails() -> None:
    """Fails."""
    raise ValueError(f"no{HALF}")


def made() -> MCPToolResult:
    """A result by hand."""
    file = RactoFile(b"data", f"application/x{HALF}", name=f"file{HALF}")
    return MCPToolResult(content=HALF, structured={"a": HALF, "b": float("inf")}, files=[file], links=[f"http://a/{HALF}"])


def slow() -> str:
    """Takes its time."""
    time.sleep(0.2)
    return "at last"


for tool in (said, slow, noted, fails, made):
    server.add_tool(tool, description=f"{tool.__doc__}{HALF}")

if __name__ == "__main__":
    server.run()

"""Tools over the Model Context Protocol: servers of your functions, clients of others', and an agent that uses them.

    from racto_nb.mcp import MCPClientConfig, RactoMCPClient

    config = MCPClientConfig(transport="stdio", command="python", args=["-m", "my_package.math_server"])
    with RactoMCPClient(config) as client:
        print(client.call_tool_sync("add", {"a": 20, "b": 22}).content)

Everything works in a plain script, in a coroutine, and in a cell of a notebook.
"""

from racto_nb.mcp.agent import MCPAgent, MCPAgentRun
from racto_nb.mcp.client import RactoMCPClient
from racto_nb.mcp.configs import MCPClientConfig, MCPServerConfig
from racto_nb.mcp.multi import MCPMultiClient
from racto_nb.mcp.results import MCPToolResult
from racto_nb.mcp.server import RactoMCPServer
from racto_nb.mcp.serving import ServedMCP

__all__ = [
    "MCPAgent",
    "MCPAgentRun",
    "MCPClientConfig",
    "MCPMultiClient",
    "MCPServerConfig",
    "MCPToolResult",
    "RactoMCPClient",
    "RactoMCPServer",
    "ServedMCP",
]

"""A kit and tools of servers that answer a question together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.kits.conversing import refuse_async_tools
from racto_nb.mcp.configs import MCPClientConfig
from racto_nb.mcp.multi import MCPMultiClient
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message, MessageRole, ToolStop
from racto_nb.models.response import LLMResponse
from racto_nb.models.sources import ToolSource


class MCPAgentRun(LLMResponse):
    """The answer of an agent, with all that was said on the way to it.

    `transcript` is the whole of it: the history, the question, each call of a tool with its result under its id, the answer.
    `stop_reason` says why it ended there: answered, turn_limit, no_function or ended_early (`ToolStop`).
    """

    asked: list[Message] = Field(default_factory=list[Message], exclude=True, repr=False)

    @property
    def transcript(self) -> list[Message]:
        """Everything that was said, in its order: it can be the `history` of the next question."""
        return [*self.asked, *self.messages]

    @property
    def stop_reason(self) -> ToolStop:
        """Why the agent ended."""
        return self.tool_stop or ToolStop.ENDED_EARLY


class MCPAgent:
    """Asks a kit, carries out the tools that the model calls, tells it the results, and asks on until it answers.

    The kit's own loop does the work: the question stays where it was, and each result is a message of its own, under the id of
    its call. The model is asked at most `max_turns` times (1 or more); what it then still wanted to call is in `tool_calls`.

    `registry` is a ToolRegistry, also one of plain functions, or an MCP client.
    """

    def __init__(self, kit: AnsweringKit, registry: ToolSource, *, max_turns: int = 10) -> None:
        if not isinstance(kit, AnsweringKit):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongTypeError(f"MCPAgent needs a kit, something with chat and achat, not a {type(kit).__name__}.")
        if isinstance(max_turns, bool) or not isinstance(max_turns, int) or max_turns < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"max_turns is a whole number of at least 1, not {max_turns!r}.")
        self._kit = kit
        self._registry = registry
        self._max_turns = max_turns
        self._client: MCPMultiClient | None = None

    @classmethod
    def from_mcp(cls, kit: AnsweringKit, configs: Sequence[MCPClientConfig], *, max_turns: int = 10) -> Self:
        """An agent with the tools of these servers, which are connected now. Close it to end them.

        It works in a notebook too, where an event loop runs already. Raises as `MCPMultiClient.list_tools`.
        """
        client = MCPMultiClient(configs)
        agent = cls(kit, client.to_registry_sync(), max_turns=max_turns)
        agent._client = client
        return agent

    @classmethod
    async def afrom_mcp(cls, kit: AnsweringKit, configs: Sequence[MCPClientConfig], *, max_turns: int = 10) -> Self:
        """An agent with the tools of these servers, which are connected now. Close it to end them."""
        client = MCPMultiClient(configs)
        agent = cls(kit, await client.to_registry(), max_turns=max_turns)
        agent._client = client
        return agent

    @property
    def registry(self) -> ToolSource:
        """The tools."""
        return self._registry

    @property
    def max_turns(self) -> int:
        """How often the model is asked at most."""
        return self._max_turns

    def run(self, config: ChatConfig) -> MCPAgentRun:
        """The answer to `config`, with the whole transcript and the reason of its end.

        The agent's tools and turns take the place of those in `config`. Raises what the kit raises; `error.tool_runs` then has
        the calls that were carried out.
        """
        refuse_async_tools(self._equipped(config))
        return SyncDriver().run(self._answering(config))

    async def arun(self, config: ChatConfig) -> MCPAgentRun:
        """The answer to `config`, with the whole transcript and the reason of its end."""
        return await AsyncDriver().run(self._answering(config))

    def close(self) -> None:
        """End the servers that `from_mcp` has connected. The next run connects them again."""
        if self._client is not None:
            self._client.close()

    async def aclose(self) -> None:
        """End the servers that `from_mcp` has connected. The next run connects them again."""
        if self._client is not None:
            await self._client.aclose()

    def _answering(self, config: ChatConfig) -> Flow[MCPAgentRun]:
        asked = self._equipped(config)
        response = yield from either(self._kit.chat, self._kit.achat, asked)
        fields = {name: getattr(response, name) for name in LLMResponse.model_fields}
        question = Message(role=MessageRole.USER, content=config.user_message, attachments=config.attachments or [])
        return MCPAgentRun.model_construct(**fields, asked=[*config.history, question])

    def _equipped(self, config: ChatConfig) -> ChatConfig:
        if not isinstance(config, ChatConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongTypeError(f"run takes a ChatConfig, not a {type(config).__name__}.")
        changes = {"tools": self._registry, "auto_execute_tools": True, "max_tool_turns": self._max_turns - 1}
        return config.model_copy(update=changes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<MCPAgent: {self._kit!r}, {len(self._registry)} tools, {self._max_turns} turns>"

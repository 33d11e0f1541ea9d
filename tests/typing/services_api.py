"""Typical user code of limits, memory, Redis, Celery, Kafka and MCP, checked by pyright and mypy, both strict, and never run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_type

import pandas as pd

from racto_nb import (
    BatchItem,
    BatchResult,
    CacheConfig,
    ChatMemory,
    ChatMemoryConfig,
    ExactMatchCache,
    KafkaAuditEvent,
    KafkaAuditLogger,
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaMessage,
    KafkaProducerClient,
    KafkaProducerConfig,
    KafkaProduceResult,
    KafkaPublishRequest,
    KafkaStreamConfig,
    KafkaStreamProcessor,
    MCPAgent,
    MCPClientConfig,
    MCPMultiClient,
    MCPServerConfig,
    MCPToolResult,
    RactoCeleryWorker,
    RactoMCPClient,
    RactoMCPServer,
    RateLimitConfig,
    RateLimiter,
    RedisChatMemory,
    RedisExactCache,
    RedisRateLimiter,
    RetryConfig,
    TaskResult,
    TaskStatus,
    ToolRegistry,
)
from racto_nb.celery import TaskGroup
from racto_nb.limiting import Reservation
from racto_nb.mcp import MCPAgentRun, ServedMCP
from racto_nb.openai_developer_kit import Chat, ChatConfig, Message
from racto_nb.tools import ToolSchema

URL = "redis://localhost:6379/0"


def limits_and_memory(*, shared: bool) -> list[Message]:
    limits = RateLimitConfig(max_tokens_per_minute=5_000)
    limiter = RedisRateLimiter(url=URL, config=limits) if shared else RateLimiter(limits)
    assert_type(limiter.check_and_consume("user_42", tokens=800), bool)
    assert_type(limiter.reserve("user_42", 4_000), Reservation)
    cache = RedisExactCache(url=URL, ttl_seconds=3600) if shared else ExactMatchCache(max_size=CacheConfig().max_size)
    kit = Chat(exact_cache=cache).with_rate_limiter(limiter, user_id="user_7", wait_s=10)
    kept = ChatMemoryConfig(max_turns=20)
    memory = RedisChatMemory(url=URL, config=kept) if shared else ChatMemory(kept)
    question = ChatConfig(user_message="Hi", history=memory.get_messages("one"))
    memory.add("one", Message(role="user", content="Hi"), *kit.chat(question).messages)
    return memory.get_messages("one")


def tasks(app: Any, frame: pd.DataFrame) -> pd.DataFrame:
    worker = RactoCeleryWorker(app, kit=Chat(), retry_config=RetryConfig(max_retries=5))
    result = worker.wait(worker.generate("Hi", temperature=0.2).id, timeout_s=60)
    assert_type(result, TaskResult)
    assert_type(result.status, TaskStatus)
    assert_type(result.ok, bool)
    group = worker.parallel_batch([BatchItem(custom_id="q1", user_message="Hi")])
    assert_type(group, TaskGroup)
    assert_type(worker.wait_parallel(group), list[TaskResult])
    return worker.map_frame(frame, "Translate: {title}", checkpoint="french.jsonl")


def answers(results: Sequence[BatchResult]) -> dict[str, str | None]:
    return {each.custom_id: each.response.content if each.response else each.error for each in results}


def shouted(messages: list[KafkaMessage]) -> list[str]:
    return [str(message.value).upper() for message in messages]


def events() -> int:
    producer = KafkaProducerClient(config=KafkaProducerConfig(bootstrap_servers="localhost:9092"))
    assert_type(producer.publish("events", {"a": 1}, key="k", headers={"from": "here"}), KafkaProduceResult | None)
    producer.publish_all([KafkaPublishRequest(topic="events", value="a")])
    consumer = KafkaConsumerClient(config=KafkaConsumerConfig(topics=["events"], group_id="readers"))
    assert_type(consumer.poll(timeout_ms=1000), list[KafkaMessage])
    consumer.commit()
    with KafkaAuditLogger(producer, topic="audit", spill="spill") as audit:
        assert_type(audit.log(user_id="u", model="m", prompt="p", response="r"), KafkaAuditEvent)
    processor = KafkaStreamProcessor(consumer=consumer, producer=producer, config=KafkaStreamConfig(max_tries=2))
    return processor.run(shouted, output_topic="loud", iterations=1)


def tools(registry: ToolRegistry) -> str | None:
    config = MCPClientConfig(transport="stdio", command="python", args=["server.py"])
    with RactoMCPClient(config) as client:
        assert_type(client.call_tool_sync("add", {"a": 1}), MCPToolResult)
        assert_type(client.list_tools_sync(), list[ToolSchema])
        answer = Chat().chat(ChatConfig(user_message="2 + 3?", tools=client, auto_execute_tools=True))
    with MCPMultiClient([config]) as several:
        assert_type(several.tool_names, list[str])
    with MCPAgent.from_mcp(Chat(), [config], max_turns=6) as agent:
        assert_type(agent.run(ChatConfig(user_message="2 + 3?")), MCPAgentRun)
    with RactoMCPServer.from_registry(registry, name="math").start() as running:
        assert_type(running, ServedMCP)
        assert_type(running.client_config, MCPClientConfig)
    assert_type(RactoMCPServer.from_config(MCPServerConfig(name="math")), RactoMCPServer)
    return answer.content


async def awaited_tools(config: MCPClientConfig) -> None:
    async with RactoMCPClient(config) as client:
        assert_type(await client.call_tool("add"), MCPToolResult)
        assert_type(await client.to_registry(), ToolRegistry)

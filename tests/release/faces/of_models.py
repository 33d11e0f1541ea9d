"""What the extras of models are for, tried where nothing else is installed. A server on this machine speaks for the providers."""

import asyncio

from release.faces.of_stores import refused

from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.testing import FakeProvider

QUESTION = ChatConfig(user_message="Capital of France?", max_tokens=8)


def answered(kit):
    with kit:
        assert kit.chat(QUESTION).content == "Paris"
        assert "".join(chunk.delta.text for chunk in kit.stream(QUESTION)) == "Paris"
    assert asyncio.run(later(kit.achat(QUESTION), kit)) == "Paris"


async def later(asking, kit):
    try:
        return (await asking).content
    finally:
        await kit.aclose()


def openai():
    from racto_nb import openai_developer_kit as gpt

    for api in ("responses", "chat"):
        with FakeProvider(["Paris"] * 3) as server:
            answered(gpt.Chat("gpt-6-luna", api_key="any", base_url=server.base_url("openai"), api=api))


def anthropic():
    from racto_nb import anthropic_developer_kit as claude

    with FakeProvider(["Paris"] * 3) as server:
        answered(claude.Chat(api_key="any", base_url=server.base_url("anthropic")))


def google():
    from racto_nb import google_developer_kit as gemini

    with FakeProvider(["Paris"] * 3) as server:
        answered(gemini.Chat(api_key="any", base_url=server.base_url("google")))


def ollama():
    from racto_nb import ollama_developer_kit as local

    with FakeProvider(["Paris"] * 3) as server:
        answered(local.Chat(base_url=server.base_url("ollama")))


def huggingface():
    from racto_nb import huggingface_developer_kit as hub

    with FakeProvider(["Paris"] * 3) as server:
        answered(hub.Chat(api_key="any", base_url=server.base_url("huggingface")))


def embedded():
    """The weights are not part of an extra: without them, the engine says that there are none."""
    import onnxruntime
    import tokenizers
    import xllamacpp

    from racto_nb import embedded_developer_kit as inside
    from racto_nb.providers.embedded.registry import Registry

    assert onnxruntime.get_available_providers()
    assert xllamacpp.Server
    assert tokenizers.Tokenizer
    ready = Registry.standard().installed_names()
    with inside.Chat("smollm2-135m", embedding_model="all-minilm-l6-v2") as kit:
        if {"smollm2-135m", "all-minilm-l6-v2"} <= set(ready):
            assert kit.chat(QUESTION).content
            assert len(kit.embed(EmbeddingConfig(texts=["Paris"])).vectors[0].embedding) == 384
            return
        refused(lambda: kit.chat(QUESTION))


def cache():
    """tiktoken counts where its vocabulary is on this machine, and its names of models are known in any case."""
    from racto_nb.finetune.vocabularies import counter_for, name_for_model

    assert name_for_model("gpt-4.1-mini") == "o200k_base"
    count = counter_for("o200k_base")
    assert count is None or count("Paris is a city.") == 5


def telemetry():
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from racto_nb import telemetry as traces
    from racto_nb.testing import FakeKit

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    traces.use(provider)
    FakeKit(["4"]).chat(QUESTION)
    (span,) = kept.get_finished_spans()
    assert span.name == "chat fake-model"


def mcp():
    """A server in a process of its own, asked over its stdin and stdout."""
    import sys
    from pathlib import Path

    from racto_nb.mcp import MCPClientConfig, RactoMCPClient

    Path("adding.py").write_text(
        "from racto_nb import ToolRegistry\nfrom racto_nb.mcp import RactoMCPServer\n\nregistry = ToolRegistry()\n\n\n"
        '@registry.register\ndef add(a: int, b: int) -> int:\n    """Add."""\n    return a + b\n\n\n'
        'RactoMCPServer.from_registry(registry, name="adding").run()\n'
    )
    with RactoMCPClient(MCPClientConfig(transport="stdio", command=sys.executable, args=["adding.py"])) as client:
        assert client.call_tool_sync("add", {"a": 20, "b": 22}).content == "42"


def mcp_sse():
    """The same server over HTTP."""
    from racto_nb import ToolRegistry
    from racto_nb.mcp import RactoMCPClient, RactoMCPServer

    registry = ToolRegistry()

    @registry.register
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    server = RactoMCPServer.from_registry(registry, name="adding")
    for transport in ("streamable-http", "sse"):
        with server.start(transport) as running, RactoMCPClient(running.client_config) as client:
            assert client.call_tool_sync("add", {"a": 20, "b": 22}).content == "42"

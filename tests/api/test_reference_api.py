"""Every documented name, import path, parameter, default and enum value of the built sections exists here too.

`BUILT` grows with each section that is built. Where we chose otherwise, `CHOSEN` says so with the reason; a choice that
makes no difference any more must leave the table.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from api.comparing import differences
from api.reference_facts import FACTS, SHEET, as_json, facts_in, parameters_in
from shared_material import MISSING, shared_path

# A section of the fact sheet, and which of its names are built (None: all).
BUILT: list[tuple[str, set[str] | None]] = [
    ("ractogateway.exceptions", None),
    ("ractogateway._models", None),
    ("ractogateway.adapters.base", None),
    ("ractogateway.adapters.openai_kit", None),
    ("ractogateway.adapters.anthropic_kit", None),
    ("ractogateway.adapters.google_kit", None),
    ("ractogateway.adapters.ollama_kit", None),
    ("ractogateway.adapters.huggingface_kit", None),
    ("ractogateway.adapters._openai_schema", None),
    ("ractogateway.gateway", None),
    ("ractogateway._validation", None),
    ("ractogateway._cot", None),
    ("ractogateway._tool_runtime", {"execute_tool_calls_async", "execute_tool_calls_sync"}),
    ("ractogateway.prompts.engine", None),
    ("ractogateway.openai_developer_kit.kit", None),
    ("ractogateway.anthropic_developer_kit.kit", None),
    ("ractogateway.tools.registry", None),
    ("ractogateway.google_developer_kit.kit", None),
    ("ractogateway.huggingface_developer_kit.kit", None),
    ("ractogateway.ollama_developer_kit.kit", None),
    ("ractogateway.ollama_developer_kit.server", None),
    ("ractogateway.routing", None),
    ("ractogateway.truncation", None),
    ("ractogateway.batch", None),
    ("ractogateway.cache", None),
    ("ractogateway.pipelines.sql_analyst", None),
    ("ractogateway.rag._models", None),
    ("ractogateway.rag.chunkers", None),
    ("ractogateway.rag.embedders", None),
    ("ractogateway.rag.pipeline", None),
    ("ractogateway.rag.processors", None),
    ("ractogateway.rag.readers", None),
    ("ractogateway.rag.stores", None),
    ("ractogateway.pipelines.list_classifier", None),
    ("ractogateway.finetune", None),
    ("ractogateway.redis", None),
    ("ractogateway.kafka", None),
    ("ractogateway.celery", None),
    ("ractogateway.mcp", None),
]

# Where a section lives here, if elsewhere.
MODULES = {
    "ractogateway.anthropic_developer_kit.kit": "racto_nb.anthropic_developer_kit",
    "ractogateway.google_developer_kit.kit": "racto_nb.google_developer_kit",
    "ractogateway.huggingface_developer_kit.kit": "racto_nb.huggingface_developer_kit",
    "ractogateway.ollama_developer_kit.kit": "racto_nb.ollama_developer_kit",
    "ractogateway.ollama_developer_kit.server": "racto_nb.ollama_developer_kit",
    "ractogateway.openai_developer_kit.kit": "racto_nb.openai_developer_kit",
    "ractogateway.rag._models": "racto_nb.rag",
}

# Import paths that the documents use beside those of the sections.
PATHS = {
    "racto_nb._models.chat": ["ChatConfig", "Message", "MessageRole"],
    "racto_nb._models.embedding": ["EmbeddingConfig", "EmbeddingResponse", "EmbeddingVector"],
    "racto_nb._models.stream": ["StreamChunk", "StreamDelta"],
}

_MISSPELT = "a misspelt field is refused with the nearest name; ignored, it would change what is asked without a trace"
_SLOTS = "streams make thousands of them: a slots class with the same fields, model_dump and model_validate"
_NO_CONSTRAINT = "the documents also show an empty string: it means 'none', leaves the section out and gets a hint"
_BOTH_CALLS = "the table of the documents shows it positional, the package keyword-only: both calls work"

_OUR_KEYS = "keys of this package bear its name: what another program keeps has another form"
_MAY_BE_NONE = "the documents show None for the estimate, which the package itself refuses: None, and the estimate"

_ONE_KEY = "optional: the documents also show get(key), put(key, response) and invalidate(key)"
_FIVE_PARTS = ("system_prompt", "model", "temperature", "max_tokens")
_TRACED = "only a detail of the package, and what it took (a tracer, metrics) is not built yet"

_MADE_LATE = "made of the rows when it is looked at: a property, which stands in the JSON all the same where it is data"

_DOCUMENTED = "the default that the documents show"
_OTHER_SPELLING = "another spelling of max_sentences, which is the first of the documents and stands in its place"

CHOSEN: dict[str, str] = {
    "mcp.MCPClientConfig extra": _MISSPELT,
    "mcp.MCPServerConfig extra": _MISSPELT,
    "mcp.RactoMCPServer.from_registry(name) default": "named after this package",
    "mcp.RactoMCPServer.from_registry(description) default": "named after this package",
    "mcp.RactoMCPServer.run(host) default": "this machine alone, unless somebody asks for more; then clients need a token",
    "rag._models.Chunk.chunk_id default": "the id follows from what the chunk holds, so that the same file again changes nothing",
    "rag._models.Document.doc_id default": "the id follows from source and content",
    "rag.embedders.GoogleEmbedder(model) default": "text-embedding-004 was shut down in January 2026",
    "rag.chunkers.FixedChunker(chunk_size) default": _DOCUMENTED,
    "rag.chunkers.FixedChunker(overlap) default": _DOCUMENTED,
    "rag.chunkers.SemanticChunker(threshold) default": _DOCUMENTED,
    "rag.chunkers.SentenceChunker(sentences_per_chunk) default": _OTHER_SPELLING,
    "rag.chunkers.SentenceChunker(sentences_per_chunk) place": _OTHER_SPELLING,
    "rag.stores.PGVectorStore(dsn) default": "the documents also show connection_string=: one of the two, and without both an error",
    **{
        f"pipelines.list_classifier.{name}({parameter}){what}": reason
        for name in ("ListClassifierPipeline", "AsyncListClassifierPipeline")
        for parameter, what, reason in (
            ("fuzzy_fallback", " default", "a repair may turn a label into its opposite: it is off unless somebody asks for it"),
            ("tracer", "", _TRACED),
            ("metrics", "", _TRACED),
        )
    },
    **{
        f"finetune.GeminiFineTuner.{method}({parameter}) default": reason
        for method in ("create_job", "run_pipeline")
        for parameter, reason in (
            ("base_model", "the developer API has no model to tune since May 2025: one that Vertex AI has"),
            ("batch_size", "Vertex AI takes none for Gemini models"),
        )
    },
    "finetune.RactoDataset.split(seed) default": "as the documents write it: a split is the same again unless another is asked for",
    "finetune.RactoTrainingMessage(attachments) default": "a value that cannot be changed: an empty tuple",
    "finetune.RactoTrainingMessage(content) default": "an assistant that only calls a tool says nothing",
    "_models.ChatConfig extra": _MISSPELT,
    "batch.BatchItem extra": _MISSPELT,
    "batch.AnthropicBatchProcessor(model) default": "the default of the kit",
    "batch.OpenAIBatchProcessor(model) default": "the default of the kit",
    "_models.EmbeddingConfig extra": _MISSPELT,
    "_models.EmbeddingConfig.dimensions limits": "a vector of no or fewer dimensions does not exist; refused before the call",
    "_models.MessageRole values": "tool: the result of a call stands in the conversation as a turn of its own",
    "_models.StreamChunk pydantic": _SLOTS,
    "_models.StreamDelta pydantic": _SLOTS,
    "prompts.engine.RactoPrompt extra": _MISSPELT,
    "prompts.engine.RactoPrompt.constraints limits": _NO_CONSTRAINT,
    "prompts.engine.RactoPrompt.tone limits": _NO_CONSTRAINT,
    "prompts.engine.RactoPrompt.to_messages(attachments) kind": _BOTH_CALLS,
    "prompts.engine.RactoPrompt.to_messages(provider) kind": _BOTH_CALLS,
    "openai_developer_kit.kit.OpenAIDeveloperKit(model) default": "gpt-4o is being shut down: the default is a model of today",
    "openai_developer_kit.kit.OpenAIDeveloperKit.astream async": "it hands out an async generator and is none: used alike",
    "openai_developer_kit.kit.OpenAIDeveloperKit(tracer)": _TRACED,
    "openai_developer_kit.kit.OpenAIDeveloperKit(metrics)": _TRACED,
    "anthropic_developer_kit.kit.AnthropicDeveloperKit(model) default": "claude-sonnet-4-5 is being shut down: a model of today",
    "anthropic_developer_kit.kit.AnthropicDeveloperKit.astream async": "it hands out an async generator and is none: used alike",
    "anthropic_developer_kit.kit.AnthropicDeveloperKit(tracer)": _TRACED,
    "anthropic_developer_kit.kit.AnthropicDeveloperKit(metrics)": _TRACED,
    "adapters.openai_kit.OpenAILLMKit(model) default": "the default of the kit",
    "adapters.anthropic_kit.AnthropicLLMKit(model) default": "the default of the kit",
    "adapters.google_kit.GoogleLLMKit(model) default": "the default of the kit",
    "adapters.ollama_kit.OllamaLLMKit(base_url) default": "None: OLLAMA_HOST, and without it that same address",
    "tools.registry.ParamSchema extra": _MISSPELT,
    "tools.registry.ToolSchema extra": _MISSPELT,
    "google_developer_kit.kit.GoogleDeveloperKit(model) default": "gemini-2.0-flash was shut down: the default is a model of today",
    "google_developer_kit.kit.GoogleDeveloperKit(embedding_model) default": "text-embedding-004 was shut down: a model of today",
    "google_developer_kit.kit.GoogleDeveloperKit.astream async": "it hands out an async generator and is none: used alike",
    "google_developer_kit.kit.GoogleDeveloperKit(tracer)": _TRACED,
    "google_developer_kit.kit.GoogleDeveloperKit(metrics)": _TRACED,
    "huggingface_developer_kit.kit.HuggingFaceDeveloperKit.astream async": "it hands out an async generator and is none: used alike",
    "huggingface_developer_kit.kit.HuggingFaceDeveloperKit(tracer)": _TRACED,
    "huggingface_developer_kit.kit.HuggingFaceDeveloperKit(metrics)": _TRACED,
    **{
        f"{cache}.{method}({name}) default": _ONE_KEY
        for cache in ("cache.ExactMatchCache", "redis.RedisExactCache")
        for method, names in (("get", _FIVE_PARTS), ("put", (*_FIVE_PARTS, "response")), ("invalidate", _FIVE_PARTS))
        for name in names
    },
    "cache.SemanticCache(embed_fn) default": "None: the documents call it embedder, which works as well; one of them is required",
    "kafka.KafkaConsumerConfig extra": _MISSPELT,
    "kafka.KafkaProducerConfig extra": _MISSPELT,
    "kafka.KafkaPublishRequest extra": _MISSPELT,
    "kafka.KafkaStreamConfig extra": _MISSPELT,
    "ollama_developer_kit.kit.OllamaDeveloperKit(base_url) default": "None: OLLAMA_HOST, and without it that same address",
    "ollama_developer_kit.kit.OllamaDeveloperKit.astream async": "it hands out an async generator and is none: used alike",
    "redis.ChatMemoryConfig extra": _MISSPELT,
    "redis.ChatMemoryConfig.key_prefix default": _OUR_KEYS,
    "redis.ChatMemoryConfig.ttl_seconds limits": "what is no time (nan) or has no end is refused too",
    "redis.RateLimitConfig extra": _MISSPELT,
    "redis.RateLimitConfig.key_prefix default": _OUR_KEYS,
    "redis.RedisExactCache(key_prefix) default": _OUR_KEYS,
    "routing.RoutingTier extra": _MISSPELT,
    "truncation.TruncationConfig extra": _MISSPELT,
    "truncation.TruncationConfig.token_counter default": _MAY_BE_NONE,
    "ollama_developer_kit.kit.OllamaDeveloperKit(tracer)": _TRACED,
    "ollama_developer_kit.kit.OllamaDeveloperKit(metrics)": _TRACED,
    "pipelines.sql_analyst.SQLAnalystPipeline(tracer)": _TRACED,
    "pipelines.sql_analyst.SQLAnalystPipeline(metrics)": _TRACED,
    "pipelines.sql_analyst.AsyncSQLAnalystPipeline(tracer)": _TRACED,
    "pipelines.sql_analyst.AsyncSQLAnalystPipeline(metrics)": _TRACED,
    "pipelines.sql_analyst.SQLAnalystResult.raw_rows": _MADE_LATE,
    "pipelines.sql_analyst.SQLAnalystResult.plotly_figure": _MADE_LATE,
}


def committed() -> dict[str, dict[str, Any]]:
    return json.loads(FACTS.read_text(encoding="utf-8"))


def found_in(section: str, only: set[str] | None) -> dict[str, str]:
    facts = committed()[section]
    if only is not None:
        assert only <= set(facts), f"{only - set(facts)} are no names of {section}"
        facts = {name: facts[name] for name in only}
    module = importlib.import_module(MODULES.get(section) or section.replace("ractogateway", "racto_nb", 1))
    return differences(module, facts, section.removeprefix("ractogateway."))


@pytest.mark.parametrize(("section", "only"), BUILT, ids=[section for section, _ in BUILT])
def test_every_fact_of_a_built_section_holds_unless_we_chose_otherwise(section: str, only: set[str] | None):
    unexplained = {what: how for what, how in found_in(section, only).items() if what not in CHOSEN}
    assert unexplained == {}


def test_a_choice_that_makes_no_difference_any_more_leaves_the_table():
    found = {what for section, only in BUILT for what in found_in(section, only)}
    assert set(CHOSEN) - found == set()


@pytest.mark.parametrize("path", PATHS)
def test_a_documented_import_path_leads_to_the_same_objects(path: str):
    names = PATHS[path]
    package = importlib.import_module("racto_nb._models")
    module = importlib.import_module(path)
    assert sorted(names) == module.__all__
    assert all(getattr(module, name) is getattr(package, name) for name in names)


def test_the_committed_facts_are_those_of_the_fact_sheet():
    shared = shared_path()
    if shared is None:
        pytest.skip(MISSING)
    assert FACTS.read_text(encoding="utf-8") == as_json(facts_in((shared / SHEET).read_text(encoding="utf-8")))


def test_a_line_that_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="unreadable line"):
        facts_in("# Appendix A\n\n#### `m`\n\n- [sead] `class A()` ctor `()`\n")


def test_a_signature_is_read_with_kinds_and_defaults():
    assert parameters_in("(a: int, b: str = 'x', *, c: Kind = <Kind.A: 1>, **rest: Any) -> None") == [
        {"name": "a", "kind": "positional"},
        {"name": "b", "kind": "positional", "default": "'x'"},
        {"name": "c", "kind": "keyword", "default": "'<Kind.A: 1>'"},
        {"name": "rest", "kind": "var_keyword"},
    ]


class _Ours:
    """A counterpart that gets everything wrong."""

    def __init__(self, size: int, ttl: float = 2.0, *, fresh: bool) -> None: ...

    def stats(self) -> int: ...


def test_each_kind_of_difference_is_found():
    sheet = """# Appendix A
#### `m`
- [seed] `class Ours(dict)` ctor `(ttl: float = 1.0, size: int = 3, *, client: Any = None)`
  - [seed] `stats (property -> int)`
  - [seed] `async stats2() -> int`
- [seed] `class Absent()` ctor `()`
- [extra] `class NotWanted()` ctor `()`
"""
    module = type("m", (), {"Ours": _Ours})
    assert set(differences(module, facts_in(sheet)["m"], "m")) == {
        "m.Ours base dict",
        "m.Ours(ttl) default",
        "m.Ours(ttl) place",
        "m.Ours(size) default",
        "m.Ours(size) place",
        "m.Ours(client)",
        "m.Ours(fresh)",
        "m.Ours.stats kind",
        "m.Ours.stats2",
        "m.Absent",
    }

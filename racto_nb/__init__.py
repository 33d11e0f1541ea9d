"""racto_nb: RACTO prompts, live streaming answers and trustworthy results in Jupyter.

    %load_ext racto_nb

    %%racto
    What is a database index?

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racto_nb._lazy import lazy_names
from racto_nb._places_of_names import PLACES
from racto_nb._version import __version__ as __version__

if TYPE_CHECKING:
    from racto_nb import anthropic_developer_kit as anthropic_developer_kit
    from racto_nb import batch as batch
    from racto_nb import budgets as budgets
    from racto_nb import cache as cache
    from racto_nb import celery as celery
    from racto_nb import embedded_developer_kit as embedded_developer_kit
    from racto_nb import exceptions as exceptions
    from racto_nb import finetune as finetune
    from racto_nb import google_developer_kit as google_developer_kit
    from racto_nb import huggingface_developer_kit as huggingface_developer_kit
    from racto_nb import kafka as kafka
    from racto_nb import ledger as ledger
    from racto_nb import limiting as limiting
    from racto_nb import mcp as mcp
    from racto_nb import ollama_developer_kit as ollama_developer_kit
    from racto_nb import openai_developer_kit as openai_developer_kit
    from racto_nb import pipelines as pipelines
    from racto_nb import rag as rag
    from racto_nb import redis as redis
    from racto_nb import remembering as remembering
    from racto_nb import replay as replay
    from racto_nb import routing as routing
    from racto_nb import telemetry as telemetry
    from racto_nb import testing as testing
    from racto_nb import truncation as truncation
    from racto_nb.batch import AnthropicBatchProcessor as AnthropicBatchProcessor
    from racto_nb.batch import BatchItem as BatchItem
    from racto_nb.batch import BatchJobInfo as BatchJobInfo
    from racto_nb.batch import BatchResult as BatchResult
    from racto_nb.batch import BatchStatus as BatchStatus
    from racto_nb.batch import OpenAIBatchProcessor as OpenAIBatchProcessor
    from racto_nb.budgets.budget import Budget as Budget
    from racto_nb.cache.memory import ExactMatchCache as ExactMatchCache
    from racto_nb.cache.semantic import SemanticCache as SemanticCache
    from racto_nb.cache.stats import CacheConfig as CacheConfig
    from racto_nb.cache.stats import CacheStats as CacheStats
    from racto_nb.celery import RactoCeleryWorker as RactoCeleryWorker
    from racto_nb.celery import RetryConfig as RetryConfig
    from racto_nb.celery import TaskResult as TaskResult
    from racto_nb.celery import TaskStatus as TaskStatus
    from racto_nb.exceptions import ClassifierRateLimitExceededError as ClassifierRateLimitExceededError
    from racto_nb.exceptions import RactoGatewayAPIError as RactoGatewayAPIError
    from racto_nb.exceptions import RactoGatewayAuthError as RactoGatewayAuthError
    from racto_nb.exceptions import RactoGatewayError as RactoGatewayError
    from racto_nb.exceptions import RactoGatewayTimeoutError as RactoGatewayTimeoutError
    from racto_nb.exceptions import RateLimitExceededError as RateLimitExceededError
    from racto_nb.exceptions import ReadOnlyViolationError as ReadOnlyViolationError
    from racto_nb.exceptions import ResponseModelValidationError as ResponseModelValidationError
    from racto_nb.finetune import AnthropicFineTuner as AnthropicFineTuner
    from racto_nb.finetune import GeminiFineTuner as GeminiFineTuner
    from racto_nb.finetune import LocalFineTuner as LocalFineTuner
    from racto_nb.finetune import OpenAIFineTuner as OpenAIFineTuner
    from racto_nb.finetune import RactoDataset as RactoDataset
    from racto_nb.finetune import RactoTrainingExample as RactoTrainingExample
    from racto_nb.finetune import RactoTrainingMessage as RactoTrainingMessage
    from racto_nb.gateway import Gateway as Gateway
    from racto_nb.kafka import KafkaAuditEvent as KafkaAuditEvent
    from racto_nb.kafka import KafkaAuditLogger as KafkaAuditLogger
    from racto_nb.kafka import KafkaConsumerClient as KafkaConsumerClient
    from racto_nb.kafka import KafkaConsumerConfig as KafkaConsumerConfig
    from racto_nb.kafka import KafkaMessage as KafkaMessage
    from racto_nb.kafka import KafkaProducerClient as KafkaProducerClient
    from racto_nb.kafka import KafkaProducerConfig as KafkaProducerConfig
    from racto_nb.kafka import KafkaProduceResult as KafkaProduceResult
    from racto_nb.kafka import KafkaPublishRequest as KafkaPublishRequest
    from racto_nb.kafka import KafkaStreamConfig as KafkaStreamConfig
    from racto_nb.kafka import KafkaStreamProcessor as KafkaStreamProcessor
    from racto_nb.limiting import RateLimitConfig as RateLimitConfig
    from racto_nb.limiting import RateLimiter as RateLimiter
    from racto_nb.mcp import MCPAgent as MCPAgent
    from racto_nb.mcp import MCPClientConfig as MCPClientConfig
    from racto_nb.mcp import MCPMultiClient as MCPMultiClient
    from racto_nb.mcp import MCPServerConfig as MCPServerConfig
    from racto_nb.mcp import MCPToolResult as MCPToolResult
    from racto_nb.mcp import RactoMCPClient as RactoMCPClient
    from racto_nb.mcp import RactoMCPServer as RactoMCPServer
    from racto_nb.models.response import LLMResponse as LLMResponse
    from racto_nb.pipelines import AsyncListClassifierPipeline as AsyncListClassifierPipeline
    from racto_nb.pipelines import AsyncSQLAnalystPipeline as AsyncSQLAnalystPipeline
    from racto_nb.pipelines import AuditEntry as AuditEntry
    from racto_nb.pipelines import ChartSpec as ChartSpec
    from racto_nb.pipelines import ClassifierResult as ClassifierResult
    from racto_nb.pipelines import ClassifierUsage as ClassifierUsage
    from racto_nb.pipelines import ListClassifierPipeline as ListClassifierPipeline
    from racto_nb.pipelines import PipelineUsage as PipelineUsage
    from racto_nb.pipelines import SQLAnalystPipeline as SQLAnalystPipeline
    from racto_nb.pipelines import SQLAnalystResult as SQLAnalystResult
    from racto_nb.prompts.engine import RactoPrompt as RactoPrompt
    from racto_nb.prompts.files import RactoFile as RactoFile
    from racto_nb.rag.chunkers import FixedChunker as FixedChunker
    from racto_nb.rag.chunkers import RecursiveChunker as RecursiveChunker
    from racto_nb.rag.chunkers import SemanticChunker as SemanticChunker
    from racto_nb.rag.chunkers import SentenceChunker as SentenceChunker
    from racto_nb.rag.embedders import GoogleEmbedder as GoogleEmbedder
    from racto_nb.rag.embedders import OpenAIEmbedder as OpenAIEmbedder
    from racto_nb.rag.embedders import VoyageEmbedder as VoyageEmbedder
    from racto_nb.rag.pipeline import RactoRAG as RactoRAG
    from racto_nb.rag.processors import Lemmatizer as Lemmatizer
    from racto_nb.rag.processors import ProcessingPipeline as ProcessingPipeline
    from racto_nb.rag.processors import TextCleaner as TextCleaner
    from racto_nb.rag.readers.registry import FileReaderRegistry as FileReaderRegistry
    from racto_nb.rag.stores import ChromaStore as ChromaStore
    from racto_nb.rag.stores import DuckDBStore as DuckDBStore
    from racto_nb.rag.stores import FAISSStore as FAISSStore
    from racto_nb.rag.stores import InMemoryVectorStore as InMemoryVectorStore
    from racto_nb.rag.stores import MilvusStore as MilvusStore
    from racto_nb.rag.stores import PGVectorStore as PGVectorStore
    from racto_nb.rag.stores import PineconeStore as PineconeStore
    from racto_nb.rag.stores import QdrantStore as QdrantStore
    from racto_nb.rag.stores import WeaviateStore as WeaviateStore
    from racto_nb.redis import RedisChatMemory as RedisChatMemory
    from racto_nb.redis import RedisExactCache as RedisExactCache
    from racto_nb.redis import RedisRateLimiter as RedisRateLimiter
    from racto_nb.remembering import ChatMemory as ChatMemory
    from racto_nb.remembering import ChatMemoryConfig as ChatMemoryConfig
    from racto_nb.routing import CostAwareRouter as CostAwareRouter
    from racto_nb.routing import RoutingTier as RoutingTier
    from racto_nb.tools.registry import ToolRegistry as ToolRegistry
    from racto_nb.tools.registry import tool as tool
    from racto_nb.truncation import TokenTruncator as TokenTruncator
    from racto_nb.truncation import TruncationConfig as TruncationConfig

__all__ = [
    "AnthropicBatchProcessor",
    "AnthropicFineTuner",
    "AsyncListClassifierPipeline",
    "AsyncSQLAnalystPipeline",
    "AuditEntry",
    "BatchItem",
    "BatchJobInfo",
    "BatchResult",
    "BatchStatus",
    "Budget",
    "CacheConfig",
    "CacheStats",
    "ChartSpec",
    "ChatMemory",
    "ChatMemoryConfig",
    "ChromaStore",
    "ClassifierRateLimitExceededError",
    "ClassifierResult",
    "ClassifierUsage",
    "CostAwareRouter",
    "DuckDBStore",
    "ExactMatchCache",
    "FAISSStore",
    "FileReaderRegistry",
    "FixedChunker",
    "Gateway",
    "GeminiFineTuner",
    "GoogleEmbedder",
    "InMemoryVectorStore",
    "KafkaAuditEvent",
    "KafkaAuditLogger",
    "KafkaConsumerClient",
    "KafkaConsumerConfig",
    "KafkaMessage",
    "KafkaProduceResult",
    "KafkaProducerClient",
    "KafkaProducerConfig",
    "KafkaPublishRequest",
    "KafkaStreamConfig",
    "KafkaStreamProcessor",
    "LLMResponse",
    "Lemmatizer",
    "ListClassifierPipeline",
    "LocalFineTuner",
    "MCPAgent",
    "MCPClientConfig",
    "MCPMultiClient",
    "MCPServerConfig",
    "MCPToolResult",
    "MilvusStore",
    "OpenAIBatchProcessor",
    "OpenAIEmbedder",
    "OpenAIFineTuner",
    "PGVectorStore",
    "PineconeStore",
    "PipelineUsage",
    "ProcessingPipeline",
    "QdrantStore",
    "RactoCeleryWorker",
    "RactoDataset",
    "RactoFile",
    "RactoGatewayAPIError",
    "RactoGatewayAuthError",
    "RactoGatewayError",
    "RactoGatewayTimeoutError",
    "RactoMCPClient",
    "RactoMCPServer",
    "RactoPrompt",
    "RactoRAG",
    "RactoTrainingExample",
    "RactoTrainingMessage",
    "RateLimitConfig",
    "RateLimitExceededError",
    "RateLimiter",
    "ReadOnlyViolationError",
    "RecursiveChunker",
    "RedisChatMemory",
    "RedisExactCache",
    "RedisRateLimiter",
    "ResponseModelValidationError",
    "RetryConfig",
    "RoutingTier",
    "SQLAnalystPipeline",
    "SQLAnalystResult",
    "SemanticCache",
    "SemanticChunker",
    "SentenceChunker",
    "TaskResult",
    "TaskStatus",
    "TextCleaner",
    "TokenTruncator",
    "ToolRegistry",
    "TruncationConfig",
    "VoyageEmbedder",
    "WeaviateStore",
    "__version__",
    "anthropic_developer_kit",
    "batch",
    "budgets",
    "cache",
    "celery",
    "embedded_developer_kit",
    "exceptions",
    "finetune",
    "google_developer_kit",
    "huggingface_developer_kit",
    "kafka",
    "ledger",
    "limiting",
    "load_ipython_extension",
    "mcp",
    "ollama_developer_kit",
    "openai_developer_kit",
    "pipelines",
    "rag",
    "redis",
    "remembering",
    "replay",
    "routing",
    "telemetry",
    "testing",
    "tool",
    "truncation",
    "unload_ipython_extension",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, PLACES)


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext racto_nb`."""
    from racto_nb.notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by `%unload_ext racto_nb`."""
    from racto_nb.notebook.extension import unload

    unload(shell)

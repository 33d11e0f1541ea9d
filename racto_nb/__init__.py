"""racto_nb: RACTO prompts, live streaming answers and trustworthy results in Jupyter.

    %load_ext racto_nb

    %%racto
    What is a database index?

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racto_nb._lazy import lazy_names
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
    from racto_nb import ollama_developer_kit as ollama_developer_kit
    from racto_nb import openai_developer_kit as openai_developer_kit
    from racto_nb import rag as rag
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
    from racto_nb.exceptions import RactoGatewayAPIError as RactoGatewayAPIError
    from racto_nb.exceptions import RactoGatewayAuthError as RactoGatewayAuthError
    from racto_nb.exceptions import RactoGatewayError as RactoGatewayError
    from racto_nb.exceptions import RactoGatewayTimeoutError as RactoGatewayTimeoutError
    from racto_nb.exceptions import ResponseModelValidationError as ResponseModelValidationError
    from racto_nb.finetune import AnthropicFineTuner as AnthropicFineTuner
    from racto_nb.finetune import GeminiFineTuner as GeminiFineTuner
    from racto_nb.finetune import LocalFineTuner as LocalFineTuner
    from racto_nb.finetune import OpenAIFineTuner as OpenAIFineTuner
    from racto_nb.finetune import RactoDataset as RactoDataset
    from racto_nb.finetune import RactoTrainingExample as RactoTrainingExample
    from racto_nb.finetune import RactoTrainingMessage as RactoTrainingMessage
    from racto_nb.gateway import Gateway as Gateway
    from racto_nb.models.response import LLMResponse as LLMResponse
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
    from racto_nb.routing import CostAwareRouter as CostAwareRouter
    from racto_nb.routing import RoutingTier as RoutingTier
    from racto_nb.tools.registry import ToolRegistry as ToolRegistry
    from racto_nb.tools.registry import tool as tool
    from racto_nb.truncation import TokenTruncator as TokenTruncator
    from racto_nb.truncation import TruncationConfig as TruncationConfig

_PUBLIC = {
    "AnthropicBatchProcessor": "racto_nb.batch",
    "AnthropicFineTuner": "racto_nb.finetune",
    "BatchItem": "racto_nb.batch",
    "BatchJobInfo": "racto_nb.batch",
    "BatchResult": "racto_nb.batch",
    "BatchStatus": "racto_nb.batch",
    "Budget": "racto_nb.budgets.budget",
    "CacheConfig": "racto_nb.cache.stats",
    "CacheStats": "racto_nb.cache.stats",
    "ChromaStore": "racto_nb.rag.stores",
    "CostAwareRouter": "racto_nb.routing",
    "DuckDBStore": "racto_nb.rag.stores",
    "ExactMatchCache": "racto_nb.cache.memory",
    "FAISSStore": "racto_nb.rag.stores",
    "FileReaderRegistry": "racto_nb.rag.readers.registry",
    "FixedChunker": "racto_nb.rag.chunkers",
    "Gateway": "racto_nb.gateway",
    "GeminiFineTuner": "racto_nb.finetune",
    "GoogleEmbedder": "racto_nb.rag.embedders",
    "InMemoryVectorStore": "racto_nb.rag.stores",
    "LLMResponse": "racto_nb.models.response",
    "Lemmatizer": "racto_nb.rag.processors",
    "LocalFineTuner": "racto_nb.finetune",
    "MilvusStore": "racto_nb.rag.stores",
    "OpenAIBatchProcessor": "racto_nb.batch",
    "OpenAIEmbedder": "racto_nb.rag.embedders",
    "OpenAIFineTuner": "racto_nb.finetune",
    "PGVectorStore": "racto_nb.rag.stores",
    "PineconeStore": "racto_nb.rag.stores",
    "ProcessingPipeline": "racto_nb.rag.processors",
    "QdrantStore": "racto_nb.rag.stores",
    "RactoDataset": "racto_nb.finetune",
    "RactoFile": "racto_nb.prompts.files",
    "RactoGatewayAPIError": "racto_nb.exceptions",
    "RactoGatewayAuthError": "racto_nb.exceptions",
    "RactoGatewayError": "racto_nb.exceptions",
    "RactoGatewayTimeoutError": "racto_nb.exceptions",
    "RactoPrompt": "racto_nb.prompts.engine",
    "RactoRAG": "racto_nb.rag.pipeline",
    "RactoTrainingExample": "racto_nb.finetune",
    "RactoTrainingMessage": "racto_nb.finetune",
    "RecursiveChunker": "racto_nb.rag.chunkers",
    "ResponseModelValidationError": "racto_nb.exceptions",
    "RoutingTier": "racto_nb.routing",
    "SemanticCache": "racto_nb.cache.semantic",
    "SemanticChunker": "racto_nb.rag.chunkers",
    "SentenceChunker": "racto_nb.rag.chunkers",
    "TextCleaner": "racto_nb.rag.processors",
    "TokenTruncator": "racto_nb.truncation",
    "ToolRegistry": "racto_nb.tools.registry",
    "TruncationConfig": "racto_nb.truncation",
    "VoyageEmbedder": "racto_nb.rag.embedders",
    "WeaviateStore": "racto_nb.rag.stores",
    "anthropic_developer_kit": "racto_nb.anthropic_developer_kit",
    "batch": "racto_nb.batch",
    "budgets": "racto_nb.budgets",
    "cache": "racto_nb.cache",
    "celery": "racto_nb.celery",
    "embedded_developer_kit": "racto_nb.embedded_developer_kit",
    "exceptions": "racto_nb.exceptions",
    "finetune": "racto_nb.finetune",
    "google_developer_kit": "racto_nb.google_developer_kit",
    "huggingface_developer_kit": "racto_nb.huggingface_developer_kit",
    "kafka": "racto_nb.kafka",
    "ledger": "racto_nb.ledger",
    "ollama_developer_kit": "racto_nb.ollama_developer_kit",
    "openai_developer_kit": "racto_nb.openai_developer_kit",
    "rag": "racto_nb.rag",
    "replay": "racto_nb.replay",
    "routing": "racto_nb.routing",
    "telemetry": "racto_nb.telemetry",
    "testing": "racto_nb.testing",
    "tool": "racto_nb.tools.registry",
    "truncation": "racto_nb.truncation",
}

__all__ = [
    "AnthropicBatchProcessor",
    "AnthropicFineTuner",
    "BatchItem",
    "BatchJobInfo",
    "BatchResult",
    "BatchStatus",
    "Budget",
    "CacheConfig",
    "CacheStats",
    "ChromaStore",
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
    "LLMResponse",
    "Lemmatizer",
    "LocalFineTuner",
    "MilvusStore",
    "OpenAIBatchProcessor",
    "OpenAIEmbedder",
    "OpenAIFineTuner",
    "PGVectorStore",
    "PineconeStore",
    "ProcessingPipeline",
    "QdrantStore",
    "RactoDataset",
    "RactoFile",
    "RactoGatewayAPIError",
    "RactoGatewayAuthError",
    "RactoGatewayError",
    "RactoGatewayTimeoutError",
    "RactoPrompt",
    "RactoRAG",
    "RactoTrainingExample",
    "RactoTrainingMessage",
    "RecursiveChunker",
    "ResponseModelValidationError",
    "RoutingTier",
    "SemanticCache",
    "SemanticChunker",
    "SentenceChunker",
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
    "load_ipython_extension",
    "ollama_developer_kit",
    "openai_developer_kit",
    "rag",
    "replay",
    "routing",
    "telemetry",
    "testing",
    "tool",
    "truncation",
    "unload_ipython_extension",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext racto_nb`."""
    from racto_nb.notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by `%unload_ext racto_nb`."""
    from racto_nb.notebook.extension import unload

    unload(shell)

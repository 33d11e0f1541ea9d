"""The two colours of a method are one method: same name, parameters, defaults, annotations and first line."""

from __future__ import annotations

import inspect
import re

import pytest
from contracts.kit_table import KITS

from racto_nb.adapters.base import BaseLLMAdapter
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.batch import BatchProcessor, OpenAIBatchProcessor
from racto_nb.celery import RactoCeleryWorker
from racto_nb.dask import RactoDaskCluster
from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit
from racto_nb.finetune import AnthropicFineTuner, GeminiFineTuner, LocalFineTuner, OpenAIFineTuner, RactoDataset
from racto_nb.gateway import Gateway
from racto_nb.google_developer_kit import GoogleDeveloperKit
from racto_nb.huggingface_developer_kit import HuggingFaceDeveloperKit
from racto_nb.kafka import KafkaAuditLogger, KafkaConsumerClient, KafkaProducerClient, KafkaStreamProcessor
from racto_nb.kits.kit import DeveloperKit
from racto_nb.limiting import Limiter, RateLimiter, Reservation
from racto_nb.models.sources import Retriever
from racto_nb.ollama_developer_kit import OllamaDeveloperKit
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.pipelines import CarefulClassifier, Cascade, EmbeddingClassifier, ListClassifierPipeline, SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource
from racto_nb.pipelines.sql_analyst.sources.mysql import MySQLSource
from racto_nb.pipelines.sql_analyst.sources.postgres import PostgresSource
from racto_nb.pipelines.sql_analyst.sources.sqlite import SQLiteSource
from racto_nb.rag import Ingestions, RactoRAG
from racto_nb.rag.embedders import BaseEmbedder, CachedEmbedder, EmbeddingCache, KitEmbedder, VoyageEmbedder
from racto_nb.rag.stores.row_store import RowStore
from racto_nb.rag.stores.vector_store import BaseVectorStore
from racto_nb.redis import RedisChatMemory, RedisExactCache, RedisRateLimiter
from racto_nb.remembering import ChatMemory, Memory
from racto_nb.testing import FakeKit

TWINNED = (
    DeveloperKit, FakeKit, EmbeddedDeveloperKit, GoogleDeveloperKit, HuggingFaceDeveloperKit, OllamaDeveloperKit,
    OpenAIDeveloperKit, Retriever, BaseLLMAdapter, KitAdapter, Gateway, BatchProcessor, OpenAIBatchProcessor,
    RactoRAG, Ingestions, BaseEmbedder, KitEmbedder, CachedEmbedder, EmbeddingCache, VoyageEmbedder,
    BaseVectorStore, RowStore, CarefulClassifier, Cascade, EmbeddingClassifier, DuckDBSource, MySQLSource,
    PostgresSource, SQLiteSource, ListClassifierPipeline,
    Limiter, RateLimiter, RedisRateLimiter, Reservation, Memory, ChatMemory, RedisChatMemory, RedisExactCache,
    SQLAnalystPipeline, AnthropicFineTuner, GeminiFineTuner, LocalFineTuner, OpenAIFineTuner, RactoDataset,
    KafkaAuditLogger, KafkaConsumerClient, KafkaProducerClient, KafkaStreamProcessor,
    RactoCeleryWorker, RactoDaskCluster,
)  # fmt: skip


def twins() -> list[tuple[type, str, str]]:
    """(class, name, async name), for each public method of which there is an async one."""
    return [
        (owner, name[1:], name)
        for owner in TWINNED
        for name in sorted(dir(owner))
        if name.startswith("a") and not name.startswith("__") and name[1:] in dir(owner)
    ]


def colourless(annotation: object) -> str:
    """The annotation without what must differ: an async generator has no return value."""
    text = str(annotation)
    generator = re.fullmatch(r"(?:Async)?Generator\[(?P<item>\w+), None(?:, \w+)?\]", text)
    return f"Generator[{generator['item']}]" if generator else text


def first_line(function: object) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]


@pytest.mark.parametrize(("owner", "plain", "awaited"), twins(), ids=lambda value: getattr(value, "__name__", value))
def test_twins_agree(owner: type, plain: str, awaited: str):
    one, other = getattr(owner, plain), getattr(owner, awaited)
    left, right = inspect.signature(one), inspect.signature(other)
    assert list(left.parameters.values()) == list(right.parameters.values())
    assert colourless(left.return_annotation) == colourless(right.return_annotation)
    assert first_line(one) == first_line(other) != ""


@pytest.mark.parametrize(("owner", "plain", "awaited"), twins(), ids=lambda value: getattr(value, "__name__", value))
def test_only_the_async_twin_is_async(owner: type, plain: str, awaited: str):
    function = getattr(owner, awaited)
    assert inspect.iscoroutinefunction(function) or "AsyncGenerator" in str(inspect.signature(function).return_annotation)
    assert not inspect.iscoroutinefunction(getattr(owner, plain))


@pytest.mark.parametrize("owner", [DeveloperKit], ids=lambda owner: owner.__name__)
def test_every_method_that_asks_or_closes_has_a_twin(owner: type):
    methods = {name for name, value in vars(owner).items() if inspect.isfunction(value) and not name.startswith("_")}
    without = {name for name in methods if f"a{name}" not in methods and name[1:] not in methods}
    # A flow is of no colour; the others make a copy, or wait for nothing.
    assert {name for name in without if not name.startswith("with_")} == {"answering", "asking_anew", "estimate", "spec_of"}


def kit_classes() -> set[type[DeveloperKit]]:
    found: set[type[DeveloperKit]] = set()
    left = [DeveloperKit]
    while left:
        below = [kit for kit in left.pop().__subclasses__() if kit.__module__.startswith("racto_nb")]
        found.update(below)
        left += below
    return found


def test_every_kit_of_the_package_is_in_the_table():
    import importlib
    import pkgutil

    import racto_nb

    for module in pkgutil.walk_packages(racto_nb.__path__, "racto_nb."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert kit_classes() == {entry.kit_class for entry in KITS}


def test_every_gap_names_a_case_that_exists():
    from pathlib import Path

    cases = set(re.findall(r"^def (test_\w+)", Path(__file__).with_name("test_kits.py").read_text(), re.MULTILINE))
    assert {case for entry in KITS for case in entry.gaps} <= cases

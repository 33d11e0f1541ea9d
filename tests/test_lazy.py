"""Public names that are imported on first use, and optional libraries that may be missing."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from racto_nb._extras import requires
from racto_nb._lazy import lazy_names
from racto_nb.exceptions import MissingExtraError


@pytest.fixture
def package() -> Iterator[types.ModuleType]:
    """A package of the test's own with three lazy names."""
    module = types.ModuleType("lazy_example")
    sys.modules["lazy_example"] = module
    table = {"OrderedDict": "collections", "decoder": "json.decoder", "gone": "lazy_example_that_does_not_exist"}
    vars(module)["__getattr__"], vars(module)["__dir__"] = lazy_names("lazy_example", table)
    yield module
    del sys.modules["lazy_example"]


def test_a_name_is_what_its_module_holds(package: types.ModuleType):
    from collections import OrderedDict

    assert package.OrderedDict is OrderedDict


def test_a_name_that_is_the_modules_own_is_the_module(package: types.ModuleType):
    import json.decoder

    assert package.decoder is json.decoder


def test_a_name_is_looked_up_once(package: types.ModuleType):
    assert "OrderedDict" not in vars(package)
    first = package.OrderedDict
    assert vars(package)["OrderedDict"] is first


def test_an_unknown_name_is_an_attribute_error_with_the_nearest_name(package: types.ModuleType):
    with pytest.raises(AttributeError, match=r"has no attribute 'OrderedDcit'. Did you mean 'OrderedDict'") as caught:
        package.OrderedDcit  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("OrderedDcit", package)


def test_asking_whether_there_is_a_name_works_as_usual(package: types.ModuleType):
    assert hasattr(package, "OrderedDict")
    assert not hasattr(package, "nothing_like_it")


def test_completion_sees_all_names_before_they_are_imported(package: types.ModuleType):
    assert {"OrderedDict", "decoder", "gone"} <= set(dir(package))
    assert dir(package) == sorted(dir(package))


def test_a_module_that_cannot_be_imported_says_so_and_not_that_the_name_is_unknown(package: types.ModuleType):
    with pytest.raises(ModuleNotFoundError, match="lazy_example_that_does_not_exist"):
        package.gone  # noqa: B018


def test_a_missing_library_becomes_the_line_that_installs_it():
    with (
        pytest.raises(MissingExtraError, match=r"needs 'no_such_library'. Install it with: pip install 'racto-nb\[rag\]'"),
        requires("rag"),
    ):
        import no_such_library  # noqa: F401


def test_a_present_library_is_imported():
    with requires("rag"):
        import json
    assert json.loads("1") == 1


def test_another_error_inside_the_block_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), requires("rag"):
        raise ZeroDivisionError


def test_a_broken_library_is_not_called_missing():
    with pytest.raises(ImportError) as caught, requires("rag"):
        from json import no_such_name  # noqa: F401
    assert not isinstance(caught.value, MissingExtraError)


# What the documents import from the package itself, as far as it is built.
AT_THE_ROOT = (
    "AnthropicBatchProcessor", "BatchItem", "BatchJobInfo", "BatchResult", "BatchStatus", "CacheConfig", "CacheStats", "ChromaStore",
    "CostAwareRouter", "ExactMatchCache", "FAISSStore", "FileReaderRegistry", "FixedChunker", "Gateway", "GoogleEmbedder",
    "InMemoryVectorStore", "LLMResponse", "Lemmatizer", "MilvusStore", "OpenAIBatchProcessor", "OpenAIEmbedder", "PGVectorStore",
    "PineconeStore", "ProcessingPipeline", "QdrantStore", "RactoFile", "RactoPrompt", "RactoRAG", "RecursiveChunker", "RoutingTier",
    "SemanticCache", "SemanticChunker", "SentenceChunker", "TextCleaner", "TokenTruncator", "ToolRegistry", "TruncationConfig",
    "ChatMemoryConfig", "RateLimitConfig", "RedisChatMemory", "RedisExactCache", "RedisRateLimiter", "VoyageEmbedder",
    "WeaviateStore", "batch", "cache", "rag", "redis", "routing", "tool", "truncation",
)  # fmt: skip


@pytest.mark.parametrize("name", AT_THE_ROOT)
def test_what_the_documents_import_from_the_package_is_there(name: str):
    import racto_nb

    assert name in racto_nb.__all__
    found = getattr(racto_nb, name)
    assert found.__name__.rpartition(".")[2] == name or name == "tool"

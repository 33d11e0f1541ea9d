"""The public surface: what is promised is there, and nothing else is."""

import ast
import importlib
import pickle
import re

import pytest
from architecture.sources import PACKAGE, Function, module_name, python_files, tree_of

import racto_nb
from racto_nb import exceptions

# Where `Any` may stand in a public signature: the documents fix it, or IPython does.
ANY_IS_FIXED = {
    "racto_nb._extras", "racto_nb._lazy", "racto_nb.models.stream", "racto_nb.models.response", "racto_nb.models.embedding",
    "racto_nb.models.raw",  # a provider's own JSON
    "racto_nb.models.sources",  # arguments and JSON schemas of tools
    "racto_nb.tools.arguments", "racto_nb.tools.checking", "racto_nb.tools.declaring", "racto_nb.tools.describing",
    "racto_nb.tools.enums", "racto_nb.tools.registry", "racto_nb.tools.schema",
    "racto_nb.flow.effects", "racto_nb.flow.sync_driver", "racto_nb.flow.async_driver", "racto_nb.flow.twins",  # what an effect answers is anything
    "racto_nb.flow.portal",  # a coroutine's type parameters
    "racto_nb.providers.wire", "racto_nb.testing.fake_kit", "racto_nb.testing.replies", "racto_nb.testing.scripted", "racto_nb.testing.network",  # a provider's own events
    "racto_nb.providers.connecting", "racto_nb.providers.http_port", "racto_nb.providers.service", "racto_nb.providers.sdk_service", "racto_nb.flow.pooling",  # clients and responses of several HTTP libraries
    "racto_nb.providers.chat_completions.embedding", "racto_nb.providers.chat_completions.events", "racto_nb.providers.shapes",
    "racto_nb.providers.chat_completions.request", "racto_nb.providers.chat_completions.schemas",
    # The JSON of a provider's requests, replies and events.
    "racto_nb.providers.anthropic.choosing", "racto_nb.providers.anthropic.client", "racto_nb.providers.anthropic.events",
    "racto_nb.providers.anthropic.reading", "racto_nb.providers.anthropic.request", "racto_nb.providers.anthropic.schemas",
    "racto_nb.providers.anthropic.wire",
    "racto_nb.providers.openai.chat_request", "racto_nb.providers.openai.client",
    "racto_nb.providers.direct_http", "racto_nb.providers.ollama.client", "racto_nb.providers.ollama.embedding",
    "racto_nb.providers.ollama.events", "racto_nb.providers.ollama.request", "racto_nb.providers.ollama.wire",
    "racto_nb.providers.huggingface.client", "racto_nb.providers.huggingface.request",
    "racto_nb.providers.openai.events", "racto_nb.providers.openai.responses_request",
    "racto_nb.providers.openai.wire",
    "racto_nb.finetune.making.requests",  # the JSON of recorded requests
    "racto_nb._validation", "racto_nb.adapters._openai_schema", "racto_nb.adapters.base", "racto_nb.adapters.google_kit", "racto_nb.adapters.kit_adapter",  # as documented
    "racto_nb.kits.running",  # what tools return
    "racto_nb.mcp.client", "racto_nb.mcp.describing", "racto_nb.mcp.hosts", "racto_nb.mcp.keeping", "racto_nb.mcp.multi", "racto_nb.mcp.sdk_client",
    "racto_nb.mcp.sdk_server", "racto_nb.mcp.server", "racto_nb.mcp.tools",  # arguments and JSON schemas of tools, messages of ASGI
    "racto_nb.providers.answering", "racto_nb.providers.conversation", "racto_nb.providers.given", "racto_nb.providers.anthropic.keeping",
    "racto_nb.providers.google.client", "racto_nb.providers.google.contents", "racto_nb.providers.google.embedding",
    "racto_nb.providers.google.events",
    "racto_nb.providers.google.request", "racto_nb.providers.google.schemas", "racto_nb.providers.google.wire",
    "racto_nb.providers.batching", "racto_nb.providers.anthropic.batching", "racto_nb.providers.google.batching",
    "racto_nb.providers.openai.batching", "racto_nb.batch.desk", "racto_nb.batch.reading",  # the JSON of batch APIs
    "racto_nb._secrecy", "racto_nb.providers.counting",  # JSON of any shape
    # The JSON of tuning APIs; what status and events are, as documented.
    "racto_nb.kits.exchanging", "racto_nb.providers.tuning", "racto_nb.providers.openai.tuning", "racto_nb.providers.google.tuning",
    "racto_nb.providers.google.vertex", "racto_nb.finetune.tuning.anthropic_tuner", "racto_nb.finetune.tuning.gemini_flows",
    "racto_nb.finetune.tuning.gemini_tuner", "racto_nb.finetune.tuning.openai_flows", "racto_nb.finetune.tuning.openai_tuner",
    "racto_nb.finetune.tuning.recipes", "racto_nb.finetune.tuning.starting", "racto_nb.finetune.tuning.tuner",
    "racto_nb.finetune.tuning.waiting", "racto_nb.finetune.tuning.desk", "racto_nb.finetune.tuning.turns",
    "racto_nb.kits.recording", "racto_nb.ledger.entries",  # the fields of a row
    "racto_nb.ledger", "racto_nb.ledger.ledger", "racto_nb.ledger.reading",  # frames of polars or pandas
    # What a database's library takes and gives: conditions, cursors, clients.
    "racto_nb.rag.stores.batching", "racto_nb.rag.stores.rows", "racto_nb.rag.stores.chroma_port", "racto_nb.rag.stores.chroma_words",
    "racto_nb.rag.stores.milvus_port", "racto_nb.rag.stores.pinecone_port", "racto_nb.rag.stores.pinecone_words",
    "racto_nb.rag.stores.weaviate_port", "racto_nb.rag.stores.pgvector_conditions", "racto_nb.rag.stores.pgvector_connections",
    "racto_nb.rag.stores.pgvector_table",
    "racto_nb.rag.stores.qdrant_exchange", "racto_nb.rag.stores.qdrant_port", "racto_nb.rag.stores.qdrant_words",
    "racto_nb.pipelines.sql_analyst.sources.mysql_connections", "racto_nb.pipelines.sql_analyst.sources.opening", "racto_nb.pipelines.sql_analyst.sources.postgres",
    "racto_nb.pipelines.sql_analyst.sources.postgres_connections", "racto_nb.pipelines.sql_analyst.sources.postgres_rows",
    "racto_nb.pipelines.sql_analyst.results", "racto_nb.pipelines.sql_analyst.sources.sqlite_child",
    "racto_nb.rag.stores.duckdb_store", "racto_nb.rag.stores.duck.showing", "racto_nb.rag.scores", "racto_nb.rag.ingestion_files",  # frames of polars or pandas
    # A result as a dict, keyword arguments that are handed on, values of another provider's JSON.
    "racto_nb.kits.likelihoods", "racto_nb.pipelines.list_classifier.async_pipeline", "racto_nb.pipelines.list_classifier.calls",
    "racto_nb.pipelines.list_classifier.pipeline", "racto_nb.pipelines.list_classifier.results",
    "racto_nb.pipelines.list_classifier.running",
    "racto_nb.remembering.memory", "racto_nb.remembering.turns",  # messages as dicts, as documented
    "racto_nb.redis.connecting", "racto_nb.redis.opening",  # clients and replies of redis-py
    "racto_nb.kafka.auditing", "racto_nb.kafka.coding", "racto_nb.kafka.library", "racto_nb.kafka.lines", "racto_nb.kafka.producing",  # values, as documented
    # Handles of Celery, JSON that travels, metadata as keyword arguments.
    "racto_nb.celery.asking", "racto_nb.celery.claiming", "racto_nb.celery.library", "racto_nb.celery.tasks", "racto_nb.celery.worker",
    "racto_nb.dask.library", "racto_nb.fleet.carrying", "racto_nb.fleet.frames", "racto_nb.fleet.mapper", "racto_nb.fleet.sent_classes",
    "racto_nb", "racto_nb.notebook.extension",  # the IPython shell
}  # fmt: skip


def test_all_is_sorted_and_equals_the_lazy_table():
    promised = set(racto_nb.__all__) - {"__version__", "load_ipython_extension", "unload_ipython_extension"}

    assert racto_nb.__all__ == sorted(racto_nb.__all__)
    assert promised == set(racto_nb.PLACES)


def test_type_checkers_see_the_same_names():
    block = next(node for node in tree_of(PACKAGE / "__init__.py").body if isinstance(node, ast.If))
    seen = {alias.asname or alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}

    assert seen == set(racto_nb.PLACES)


@pytest.mark.parametrize("name", racto_nb.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(racto_nb, name) is not None


def test_an_unknown_name_is_an_attribute_error_with_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean 'RactoPrompt'"):
        _ = racto_nb.RactoPromt


def test_every_all_in_the_package_is_sorted_and_true():
    for path in python_files("racto_nb"):
        module = importlib.import_module(module_name(path))
        names = getattr(module, "__all__", [])
        assert list(names) == sorted(names), module.__name__
        assert all(hasattr(module, name) for name in names), module.__name__


def test_the_types_are_shipped():
    assert (PACKAGE / "py.typed").exists()


def _leaves():
    return [
        kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, exceptions.RactoGatewayError)
    ]


@pytest.mark.parametrize("kind", _leaves(), ids=lambda kind: kind.__name__)
def test_every_error_stands_in_the_drawn_tree(kind):
    assert re.search(rf"\b{kind.__name__}\b", exceptions.__doc__ or "")


def test_public_errors_outside_the_tree_end_inside_the_package():
    elsewhere = {
        node.name
        for path in python_files("racto_nb")
        if path.name
        not in {
            "exceptions.py",
            "_finetune_errors.py",
            "_local_errors.py",
            "_pipeline_errors.py",
            "_service_errors.py",
        }  # the tree
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and re.search(r"(Error|Exception|Interrupt)$", " ".join(map(ast.unparse, node.bases)))
    }

    # Interrupted and FrameInterrupted are KeyboardInterrupts; the others are caught by the provider or the source that raises them, or are
    # leaves of the tree.
    assert elsewhere <= {
        "RactoGatewayError",
        "BatchError",
        "BatchTimeoutError",
        "BatchUndecidedError",
        "Interrupted",
        "FrameInterrupted",
        "EngineRefusedError",
        "CallerLeftError",
        "ToolTroubleError",
        "TooLongError",
        "SourceFailedError",
        "HttpFailure",
        "EventTooLongError",
        "ChildDiedError",
        "ChildRefusedError",
        "ChildTimeoutError",
        "Refused",
        "FilesError",
        "MisfitError",
        "NoChatError",
        "BrokerError",
        "DeliveryError",
        "CommitError",
        "SpillFullError",
        "UnreadableError",
    }


def test_errors_survive_pickling_with_their_data():
    error = exceptions.UnsupportedError("no", provider="p", wish="w")

    copy = pickle.loads(pickle.dumps(error))

    assert (type(copy), copy.args, copy.provider, copy.wish) == (type(error), error.args, "p", "w")


def test_any_stands_in_public_signatures_only_where_it_is_fixed():
    found = set()
    for path in python_files("racto_nb"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, Function) and not node.name.startswith("_") and "Any" in _annotations(node):
                found.add(module_name(path))

    assert {name for name in found if not _is_inside(name)} <= ANY_IS_FIXED


def _is_inside(module: str) -> bool:
    """Modules that users do not import: their functions are public to the package only."""
    inside = (
        "racto_nb.notebook.",
        "racto_nb.providers.embedded.",
        "racto_nb.prompts.",
        "racto_nb.command_line",
        "racto_nb.replay.",
        "racto_nb.telemetry.within",
        "racto_nb._secrecy",
    )
    return module.startswith(inside)


def _annotations(function: Function) -> str:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    notes = [argument.annotation for argument in arguments] + [function.returns]
    return " ".join(re.findall(r"\bAny\b", " ".join(ast.unparse(note) for note in notes if note is not None)))

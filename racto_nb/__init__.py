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
    from racto_nb import embedded_developer_kit as embedded_developer_kit
    from racto_nb import exceptions as exceptions
    from racto_nb import google_developer_kit as google_developer_kit
    from racto_nb import huggingface_developer_kit as huggingface_developer_kit
    from racto_nb import ledger as ledger
    from racto_nb import ollama_developer_kit as ollama_developer_kit
    from racto_nb import openai_developer_kit as openai_developer_kit
    from racto_nb import rag as rag
    from racto_nb import replay as replay
    from racto_nb import routing as routing
    from racto_nb import testing as testing
    from racto_nb import truncation as truncation
    from racto_nb.budgets.budget import Budget as Budget
    from racto_nb.exceptions import RactoGatewayAPIError as RactoGatewayAPIError
    from racto_nb.exceptions import RactoGatewayAuthError as RactoGatewayAuthError
    from racto_nb.exceptions import RactoGatewayError as RactoGatewayError
    from racto_nb.exceptions import RactoGatewayTimeoutError as RactoGatewayTimeoutError
    from racto_nb.exceptions import ResponseModelValidationError as ResponseModelValidationError
    from racto_nb.gateway import Gateway as Gateway
    from racto_nb.models.response import LLMResponse as LLMResponse
    from racto_nb.prompts.engine import RactoPrompt as RactoPrompt
    from racto_nb.prompts.files import RactoFile as RactoFile
    from racto_nb.rag.pipeline import RactoRAG as RactoRAG
    from racto_nb.rag.readers.registry import FileReaderRegistry as FileReaderRegistry
    from racto_nb.routing import CostAwareRouter as CostAwareRouter
    from racto_nb.routing import RoutingTier as RoutingTier
    from racto_nb.tools.registry import ToolRegistry as ToolRegistry
    from racto_nb.tools.registry import tool as tool
    from racto_nb.truncation import TokenTruncator as TokenTruncator
    from racto_nb.truncation import TruncationConfig as TruncationConfig

_PUBLIC = {
    "Budget": "racto_nb.budgets.budget",
    "CostAwareRouter": "racto_nb.routing",
    "FileReaderRegistry": "racto_nb.rag.readers.registry",
    "Gateway": "racto_nb.gateway",
    "LLMResponse": "racto_nb.models.response",
    "RactoFile": "racto_nb.prompts.files",
    "RactoGatewayAPIError": "racto_nb.exceptions",
    "RactoGatewayAuthError": "racto_nb.exceptions",
    "RactoGatewayError": "racto_nb.exceptions",
    "RactoGatewayTimeoutError": "racto_nb.exceptions",
    "RactoPrompt": "racto_nb.prompts.engine",
    "RactoRAG": "racto_nb.rag.pipeline",
    "ResponseModelValidationError": "racto_nb.exceptions",
    "RoutingTier": "racto_nb.routing",
    "TokenTruncator": "racto_nb.truncation",
    "ToolRegistry": "racto_nb.tools.registry",
    "TruncationConfig": "racto_nb.truncation",
    "anthropic_developer_kit": "racto_nb.anthropic_developer_kit",
    "batch": "racto_nb.batch",
    "cache": "racto_nb.cache",
    "budgets": "racto_nb.budgets",
    "embedded_developer_kit": "racto_nb.embedded_developer_kit",
    "exceptions": "racto_nb.exceptions",
    "google_developer_kit": "racto_nb.google_developer_kit",
    "huggingface_developer_kit": "racto_nb.huggingface_developer_kit",
    "ledger": "racto_nb.ledger",
    "ollama_developer_kit": "racto_nb.ollama_developer_kit",
    "openai_developer_kit": "racto_nb.openai_developer_kit",
    "rag": "racto_nb.rag",
    "replay": "racto_nb.replay",
    "routing": "racto_nb.routing",
    "testing": "racto_nb.testing",
    "tool": "racto_nb.tools.registry",
    "truncation": "racto_nb.truncation",
}

__all__ = [
    "Budget",
    "CostAwareRouter",
    "FileReaderRegistry",
    "Gateway",
    "LLMResponse",
    "RactoFile",
    "RactoGatewayAPIError",
    "RactoGatewayAuthError",
    "RactoGatewayError",
    "RactoGatewayTimeoutError",
    "RactoPrompt",
    "RactoRAG",
    "ResponseModelValidationError",
    "RoutingTier",
    "TokenTruncator",
    "ToolRegistry",
    "TruncationConfig",
    "__version__",
    "anthropic_developer_kit",
    "batch",
    "budgets",
    "cache",
    "embedded_developer_kit",
    "exceptions",
    "google_developer_kit",
    "huggingface_developer_kit",
    "ledger",
    "load_ipython_extension",
    "ollama_developer_kit",
    "openai_developer_kit",
    "rag",
    "replay",
    "routing",
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

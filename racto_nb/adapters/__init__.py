"""The low-level layer: one adapter for each provider, for programs that talk to a model without a kit.

The adapters are in `racto_nb.adapters.openai_kit`, `anthropic_kit`, `google_kit`, `ollama_kit` and `huggingface_kit`.
"""

from racto_nb.adapters.base import BaseLLMAdapter, ChatTurn, FinishReason, LLMResponse, ToolCallResult

__all__ = ["BaseLLMAdapter", "ChatTurn", "FinishReason", "LLMResponse", "ToolCallResult"]

"""What every adapter answers with, under the import path that users of the reference library know."""

from racto_nb.models.response import FinishReason, LLMResponse, ToolCallResult, strip_markdown_fences, try_parse_json

__all__ = ["FinishReason", "LLMResponse", "ToolCallResult", "strip_markdown_fences", "try_parse_json"]

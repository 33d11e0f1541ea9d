"""The words everything speaks: what is asked, what is answered, and the pieces in between."""

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.messages import ToolCallResult, ToolRun, ToolStop
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.sources import Retriever, ToolSource
from racto_nb.models.stream import StreamChunk, StreamDelta

__all__ = [
    "ChatConfig",
    "EmbeddingConfig",
    "EmbeddingResponse",
    "EmbeddingVector",
    "FinishReason",
    "LLMResponse",
    "Message",
    "MessageRole",
    "Retriever",
    "StreamChunk",
    "StreamDelta",
    "ToolCallResult",
    "ToolRun",
    "ToolSource",
    "ToolStop",
]

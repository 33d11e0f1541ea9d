"""The models under the import path that users of the reference library know; they live in `racto_nb.models`."""

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.stream import StreamChunk, StreamDelta

__all__ = [
    "ChatConfig",
    "EmbeddingConfig",
    "EmbeddingResponse",
    "EmbeddingVector",
    "Message",
    "MessageRole",
    "StreamChunk",
    "StreamDelta",
]

"""The pieces of a streamed answer, under a known import path; see `racto_nb.models.stream`."""

from racto_nb.models.stream import StreamChunk, StreamDelta

__all__ = ["StreamChunk", "StreamDelta"]

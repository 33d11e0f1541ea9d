"""What to ask a model, under a known import path; see `racto_nb.models.chat`."""

from racto_nb.models.chat import ChatConfig, Message, MessageRole

__all__ = ["ChatConfig", "Message", "MessageRole"]

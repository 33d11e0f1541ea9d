"""What was said in conversations, turn by turn.

from racto_nb.remembering import ChatMemory, ChatMemoryConfig

memory = ChatMemory(ChatMemoryConfig(max_turns=20))
memory.append("conversation_1", "user", "What is the capital of France?")

`racto_nb.redis.RedisChatMemory` is the same for a fleet.
"""

from __future__ import annotations

from racto_nb.remembering.in_process import ChatMemory
from racto_nb.remembering.memory import Memory
from racto_nb.remembering.settings import ChatMemoryConfig

__all__ = ["ChatMemory", "ChatMemoryConfig", "Memory"]

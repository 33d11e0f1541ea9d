"""How many tokens a question has, by a counter of texts. An estimate: only the provider's own count is exact. Pure.

What is counted is what is sent: the system text with its output rules, the schema of the answer, the tools, the history with its
calls and their results, the question, and the files. For what is no text the figures below stand; they lie at the upper end of
what providers publish for usual files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from racto_nb.models.chat import ChatConfig, Message, OngoingChat
from racto_nb.models.messages import MessageRole
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.conversation import has_tools, question, system_text

TokenCounter = Callable[[str], int]

MESSAGE_TOKENS = 4
"""What stands around a message: who speaks, where it begins and ends."""
TOOL_TOKENS, TOOLS_TOKENS = 8, 350
"""What stands around a tool, and what providers tell the model of how to call tools."""
IMAGE_TOKENS = 2_000
"""A picture: from 258 (a small one, Gemini) to about 1,600 (most of Claude) and 2,500 (GPT); the largest count up to 5,000."""
PAGE_TOKENS, PAGE_BYTES = 2_500, 20_000
"""A page of a document, with its picture, and the bytes that make one where the pages cannot be counted."""

_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")


def documented_count(text: str) -> int:
    """The tokens of `text` by the rule of the documents: four characters make one."""
    return len(text) // 4


def bare_tokens(config: ChatConfig, count: TokenCounter) -> int:
    """The tokens of what `config` itself says: its history, tools, files and message, without what stands around each of them."""
    told = (message_tokens(turn, count) - MESSAGE_TOKENS for turn in [*config.history, *asked_in(config)])
    return sum(told) + max(tools_tokens(config, count) - TOOLS_TOKENS, 0)


def asked_in(config: ChatConfig) -> list[Message]:
    """The question, and what was said after it."""
    return [question(config), *(config.transcript if isinstance(config, OngoingChat) else [])]


def system_tokens(config: ChatConfig, count: TokenCounter) -> int:
    """The tokens of the system text of a resolved `config`, and of the schema that goes along for the answer."""
    text, model = system_text(config), config.response_model
    told = MESSAGE_TOKENS + count(text) if text else 0
    return told + (count(_json(schema_of(model))) if model is not None else 0)


def tools_tokens(config: ChatConfig, count: TokenCounter) -> int:
    """The tokens of the descriptions of the tools."""
    if config.tools is None or not has_tools(config):
        return 0
    told = ([tool.name, tool.description, tool.to_json_schema()] for tool in config.tools.schemas)
    return TOOLS_TOKENS + sum(TOOL_TOKENS + count(_json(each)) for each in told)


def message_tokens(turn: Message, count: TokenCounter) -> int:
    """The tokens of one turn, with its calls and files. What its model wants back of it is counted where that is more."""
    said = count(turn.content) + sum(TOOL_TOKENS + count(_json([call.name, call.arguments])) for call in turn.tool_calls)
    kept = max((count(_json(own)) for own in (turn.own or {}).values()), default=0)
    name = count(turn.name) if turn.role is MessageRole.TOOL else 0
    return MESSAGE_TOKENS + max(said, kept) + name + files_tokens(turn.attachments, count)


def files_tokens(files: Iterable[RactoFile], count: TokenCounter) -> int:
    """The tokens of some files."""
    return sum(_file_tokens(file, count) for file in files)


def _file_tokens(file: RactoFile, count: TokenCounter) -> int:
    if file.is_text:
        return MESSAGE_TOKENS + count(f"[File: {file.name}]\n{file.read_text()}")
    if file.is_image:
        return IMAGE_TOKENS
    pages = len(_PAGE.findall(file.data)) or -(-len(file.data) // PAGE_BYTES)
    return PAGE_TOKENS * max(pages, 1)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
